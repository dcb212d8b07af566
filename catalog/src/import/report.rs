//! What an import says of itself: how far it is, what it did, and which lines cannot be taken.

use crate::model::Kind;

/// Bad lines that are told one by one; the rest is only counted.
pub const MAX_REPORTED: usize = 100;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Of the file as it lies on disk.
    pub bytes_read: u64,
    pub bytes_total: u64,
    pub lines: u64,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportReport {
    pub kind: Kind,
    pub lines: u64,
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// A line that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// 1 is the first line of the file.
    pub line: u64,
    pub field: Option<String>,
    pub detail: String,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "line {}, field {field}: {}", self.line, self.detail),
            None => write!(f, "line {}: {}", self.line, self.detail),
        }
    }
}

/// The bad lines so far: the first few in full, all in number.
#[derive(Debug, Default)]
pub struct BadLines {
    pub total: u64,
    lines: Vec<BadLine>,
}

impl BadLines {
    pub fn push(&mut self, line: BadLine) {
        self.total += 1;
        if self.lines.len() < MAX_REPORTED {
            self.lines.push(line);
        }
    }

    /// Takes over what somebody else found.
    pub fn extend(&mut self, more: Self) {
        self.total += more.total;
        let room = MAX_REPORTED.saturating_sub(self.lines.len());
        self.lines.extend(more.lines.into_iter().take(room));
    }

    pub fn sorted(mut self) -> Vec<BadLine> {
        self.lines.sort_by_key(|line| line.line);
        self.lines
    }
}

/// A number of bad lines, in words.
pub(super) fn bad_lines(total: u64) -> String {
    if total == 1 { "1 bad line".to_owned() } else { format!("{total} bad lines") }
}
