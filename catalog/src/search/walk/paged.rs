//! A document that belongs on the page.

use domain::event::Availability;
use tantivy::DocId;

use super::order::Key;

/// A document that belongs on the page.
#[derive(Debug, Clone)]
pub struct Paged {
    pub segment: usize,
    pub doc: DocId,
    pub key: Key,
    pub name: Option<String>,
    /// By which it was let through, if that was asked for.
    pub availability: Option<Availability>,
    pub metres: Option<u32>,
    /// With `group=series`, for an event.
    pub dates: Option<Dates>,
}

/// The dates of one series that match.
#[derive(Debug, Clone)]
pub struct Dates {
    pub count: u64,
    /// Segment and document of the next one.
    pub next: (usize, DocId),
    /// City number and how many dates there, in the order of their first dates.
    pub cities: Vec<(u32, u64)>,
}
