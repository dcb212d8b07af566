//! Some documents of a segment, in their order.

use std::ops::Range;

use tantivy::DocId;

/// Documents in their order.
pub enum Docs {
    /// As many as there are.
    All(DocId),
    Listed(Box<[DocId]>),
}

impl Docs {
    pub fn len(&self) -> u32 {
        match self {
            Self::All(docs) => *docs,
            Self::Listed(docs) => docs.len() as u32,
        }
    }

    /// The places at which the documents of a range stand.
    pub fn places(&self, range: &Range<DocId>) -> Range<u32> {
        let at = |doc: DocId| match self {
            Self::All(docs) => doc.min(*docs),
            Self::Listed(docs) => docs.partition_point(|known| *known < doc) as u32,
        };
        at(range.start)..at(range.end.max(range.start))
    }

    /// Gives the documents of some places, in their order.
    #[inline]
    pub fn each(&self, places: Range<u32>, one: impl FnMut(DocId)) {
        match self {
            Self::All(_) => places.for_each(one),
            Self::Listed(docs) => docs[places.start as usize..places.end as usize].iter().copied().for_each(one),
        }
    }
}
