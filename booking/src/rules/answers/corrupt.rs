//! State that contradicts itself: a fault of ours, or of whoever wrote the rows.

/// Rows or memory that contradict one another or the code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("corrupt {what}: {detail}")]
pub struct Corrupt {
    pub what: &'static str,
    pub detail: String,
}

impl Corrupt {
    pub fn new(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self { what, detail: detail.to_string() }
    }
}
