//! What is made of a segment's columns when it is first asked for, and kept as long as any snapshot holds the segment.

use tantivy::DocId;

use super::docs::Docs;
use super::orders::Orders;
use super::placed::Placed;
use super::register::Register;

/// Running counts, lists of dates, orders, and places of events.
pub struct Derived {
    /// All documents, deleted ones included.
    pub all: Register,
    pub orders: Orders,
    pub placed: Placed,
}

impl Derived {
    /// Of a segment of so many documents: nothing yet.
    pub fn new(docs: DocId) -> Self {
        Self { all: Register::new(Docs::All(docs)), orders: Orders::default(), placed: Placed::default() }
    }
}
