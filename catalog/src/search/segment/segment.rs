//! One segment of the index as a snapshot sees it.

use std::ops::Range;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::{DocId, SegmentReader};

use super::columns::Columns;
use super::counted::Counted;
use super::dates::DateLists;
use super::derived::Derived;
use super::names::Names;
use super::tally::Tally;
use crate::index::Fault;
use crate::index::schema::Fields;
use crate::search::candidate::Candidate;

/// A segment as one snapshot sees it: its columns and which of its documents are alive.
#[derive(Clone)]
pub struct Segment {
    pub reader: SegmentReader,
    pub columns: Arc<Columns>,
    pub derived: Arc<Derived>,
    /// In their order.
    deleted: Arc<[DocId]>,
}

impl Segment {
    pub fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    /// Opens the columns and numbers their values.
    pub fn open(reader: &SegmentReader, fields: &Fields, names: &mut Names) -> Result<Self, Fault> {
        let columns = Arc::new(Columns::open(reader, fields, names)?);
        Ok(Self { reader: reader.clone(), columns, derived: Arc::new(Derived::new(reader.max_doc())), deleted: deleted(reader) })
    }

    /// This segment as a reader sees it now: its columns, and what was made of them, stay.
    pub fn seen_by(&self, reader: &SegmentReader) -> Self {
        let (columns, derived) = (Arc::clone(&self.columns), Arc::clone(&self.derived));
        Self { reader: reader.clone(), columns, derived, deleted: deleted(reader) }
    }

    /// The deleted documents of a range.
    pub fn deleted_in(&self, range: &Range<DocId>) -> &[DocId] {
        let at = |doc: DocId| self.deleted.partition_point(|deleted| *deleted < doc);
        &self.deleted[at(range.start)..at(range.end).max(at(range.start))]
    }

    /// Takes deleted documents out of a block.
    pub fn keep_living(&self, block: &mut Vec<Candidate>) {
        if !self.deleted.is_empty() {
            block.retain(|candidate| self.is_alive(candidate.doc));
        }
    }

    /// The running counts of a column.
    pub fn tally(&self, what: Counted) -> &Tally {
        self.derived.tally(what, &self.columns)
    }

    /// The dates of each venue.
    pub fn dates_by_venue(&self) -> &DateLists {
        self.derived.dates_by_venue(&self.columns)
    }

    /// The dates of each city.
    pub fn dates_by_city(&self, names: &Names) -> &DateLists {
        self.derived.dates_by_city(&self.columns, names)
    }

    #[inline]
    pub fn is_alive(&self, doc: DocId) -> bool {
        !self.reader.is_deleted(doc)
    }

    /// The first document that starts at that second or later; documents are ordered by start.
    pub fn first_from(&self, second: i64) -> DocId {
        self.columns.first_from(second, self.reader.max_doc())
    }
}

/// The documents that are not alive, in their order.
fn deleted(reader: &SegmentReader) -> Arc<[DocId]> {
    match reader.alive_bitset() {
        Some(alive) => (0..reader.max_doc()).filter(|doc| !alive.is_alive(*doc)).collect(),
        None => Arc::default(),
    }
}
