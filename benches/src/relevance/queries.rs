//! The queries of the data set, and what each expects.

use std::path::Path;

use anyhow::{Context, Result};
use catalog::search::Kind;
use serde::Deserialize;

pub const FILES: [&str; 3] = ["venues.ndjson.zst", "performers.ndjson.zst", "events.ndjson.zst"];
/// How many results count.
pub const TOP: usize = 10;

/// How a query is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The kind of thing is given.
    Typed,
    /// One list of all kinds.
    Mixed,
}

/// A query with every right answer.
#[derive(Debug)]
pub struct JudgedQuery {
    pub text: String,
    /// The sort of query: exact, one typo, prefix, …
    pub group: String,
    pub kind: Kind,
    /// External ids.
    pub expected: Vec<String>,
}

#[derive(Deserialize)]
struct QueryLine {
    q: String,
    kind: String,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    r#type: String,
    ids: Vec<String>,
}

/// Reads `queries-public.ndjson`.
pub fn read(catalogue: &Path) -> Result<Vec<JudgedQuery>> {
    let path = catalogue.join("queries-public.ndjson");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} (--catalogue names its folder)", path.display()))?;
    text.lines().map(asked).collect()
}

fn asked(line: &str) -> Result<JudgedQuery> {
    let line: QueryLine = serde_json::from_str(line)?;
    let kind = Kind::parse(&line.expect.r#type).with_context(|| format!("an unknown kind: {}", line.expect.r#type))?;
    Ok(JudgedQuery { text: line.q, group: line.kind, kind, expected: line.expect.ids })
}

impl JudgedQuery {
    /// The kinds to ask for.
    pub fn kinds(&self, mode: Mode) -> Vec<Kind> {
        match mode {
            Mode::Typed => vec![self.kind],
            Mode::Mixed => Kind::INDEXED.to_vec(),
        }
    }

    pub fn is_right(&self, (kind, external_id): &(String, String)) -> bool {
        kind == self.kind.as_str() && self.expected.contains(external_id)
    }

    /// Where the first right answer stands.
    pub fn rank(&self, rows: &[(String, String)]) -> Option<usize> {
        rows.iter().take(TOP).position(|row| self.is_right(row))
    }
}
