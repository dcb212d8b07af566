//! The statements that every table of the catalogue has.

/// A table's two statements; each store file has its own.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    /// Rows from `$1` on, `$2` of them: id, slug, when it changed.
    pub page: &'static str,
    /// Every `$1`-th id, from the first: from one to the next by the index, nothing is numbered.
    pub marks: &'static str,
}
