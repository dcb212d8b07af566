//! One segment of the index as a snapshot sees it.

use std::ops::Range;
use std::sync::{Arc, RwLock};

use tantivy::index::SegmentId;
use tantivy::{DocId, SegmentReader};

use super::columns::Columns;
use super::counted::Counted;
use super::dates::DateLists;
use super::derived::Derived;
use super::docs::Docs;
use super::names::Names;
use super::orders::OrderedBy;
use super::register::Register;
use crate::index::Fault;
use crate::index::schema::Fields;
use crate::search::candidate::Candidate;

/// A segment as one snapshot sees it: its columns and which of its documents are alive.
#[derive(Clone)]
pub struct Segment {
    pub reader: SegmentReader,
    pub columns: Arc<Columns>,
    pub derived: Arc<Derived>,
    /// The documents that are not alive: one more set beside that of all.
    pub deleted: Arc<Register>,
}

impl Segment {
    pub fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    /// Opens the columns and numbers their values.
    pub fn open(reader: &SegmentReader, fields: &Fields, names: &RwLock<Names>) -> Result<Self, Fault> {
        let columns = Arc::new(Columns::open(reader, fields, names)?);
        Ok(Self { reader: reader.clone(), columns, derived: Arc::new(Derived::new(reader.max_doc())), deleted: deleted(reader) })
    }

    /// Makes what was asked of another segment, so that nobody waits for it when this one is searched.
    pub fn make_like(&self, other: &Self, names: &RwLock<Names>) {
        self.derived.all.make_like(&other.derived.all, &self.columns, names);
        self.derived.orders.make_like(&other.derived.orders, &self.columns, self.reader.max_doc());
    }

    /// Makes an order that nobody has asked for yet, so that nobody waits for it.
    ///
    /// Gives     whether one was missing.
    pub fn prepare(&self) -> bool {
        let missing = [OrderedBy::Name, OrderedBy::Popularity].into_iter().find(|by| !self.derived.orders.has(*by));
        missing.is_some_and(|by| {
            self.ordered(by);
            true
        })
    }

    /// This segment as a reader sees it now: its columns, and what was made of them, stay.
    pub fn seen_by(&self, reader: &SegmentReader) -> Self {
        // what is deleted stays so: as many are the same
        let same = self.reader.num_deleted_docs() == reader.num_deleted_docs();
        let deleted = if same { Arc::clone(&self.deleted) } else { deleted(reader) };
        Self { reader: reader.clone(), columns: Arc::clone(&self.columns), derived: Arc::clone(&self.derived), deleted }
    }

    /// How many documents of a range are alive.
    pub fn living_in(&self, range: &Range<DocId>) -> u64 {
        u64::from(range.end.saturating_sub(range.start) - self.deleted.len_in(range))
    }

    /// Takes deleted documents out of a block.
    pub fn keep_living(&self, block: &mut Vec<Candidate>) {
        if self.reader.has_deletes() {
            block.retain(|candidate| self.is_alive(candidate.doc));
        }
    }

    /// Adds the counts of the living documents of a range, by number.
    pub fn count(&self, what: Counted, range: &Range<DocId>, counts: &mut Vec<u32>) {
        self.derived.all.add(what, &self.columns, range, counts);
        self.deleted.subtract(what, &self.columns, range, counts);
    }

    /// The events of each category by name or popularity, deleted ones included.
    pub fn ordered(&self, by: OrderedBy) -> &DateLists {
        self.derived.orders.by(by, &self.columns, self.reader.max_doc())
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

/// The documents that are not alive.
fn deleted(reader: &SegmentReader) -> Arc<Register> {
    let docs = reader.alive_bitset().map(|alive| (0..reader.max_doc()).filter(|doc| !alive.is_alive(*doc)).collect());
    Arc::new(Register::new(Docs::Listed(docs.unwrap_or_default())))
}
