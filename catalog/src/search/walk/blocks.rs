//! A posting list as it is unpacked: blocks of documents instead of one after the other.

use tantivy::postings::BlockSegmentPostings;
use tantivy::{DocId, TERMINATED};

/// Documents of a block.  Source: tantivy's posting format, whose last block is filled up with [`TERMINATED`].
const BLOCK: usize = 128;

const ONES: &[u32] = &[1; BLOCK];

/// A place in a list.
pub struct Blocks {
    list: List,
    at: usize,
}

#[expect(clippy::large_enum_variant, reason = "a question has a handful of lists, and they are read all the time")]
enum List {
    Postings(BlockSegmentPostings),
    /// Documents in their order, each with a term frequency of 1.
    Listed(Vec<DocId>),
}

impl Blocks {
    pub fn new(list: BlockSegmentPostings) -> Self {
        Self { list: List::Postings(list), at: 0 }
    }

    /// Takes     `docs`: in their order.
    pub fn listed(docs: Vec<DocId>) -> Self {
        Self { list: List::Listed(docs), at: 0 }
    }

    /// The document here; [`TERMINATED`] behind the last.
    #[inline]
    pub fn doc(&self) -> DocId {
        match &self.list {
            List::Postings(list) => list.doc(self.at),
            List::Listed(docs) => docs.get(self.at).copied().unwrap_or(TERMINATED),
        }
    }

    /// The term frequency here.
    #[inline]
    pub fn frequency(&self) -> u32 {
        match &self.list {
            List::Postings(list) => list.freq(self.at),
            List::Listed(_) => 1,
        }
    }

    /// How many documents the list has.
    #[inline]
    pub fn len(&self) -> u32 {
        match &self.list {
            List::Postings(list) => list.doc_freq(),
            List::Listed(docs) => docs.len() as u32,
        }
    }

    #[inline]
    pub fn advance(&mut self) {
        self.at += 1;
        if self.at == BLOCK {
            self.next_block();
        }
    }

    /// Goes to the first document that is not before `target`.
    #[inline]
    pub fn seek(&mut self, target: DocId) {
        if self.doc() < target {
            self.at = match &mut self.list {
                List::Postings(list) => list.seek(target),
                List::Listed(docs) => self.at + docs[self.at..].partition_point(|doc| *doc < target),
            };
        }
    }

    /// Hands on the documents before `end` with their term frequencies, many at once, and goes past them.
    #[inline]
    pub fn drain(&mut self, end: DocId, mut run: impl FnMut(&[DocId], &[u32])) {
        while self.doc() < end {
            let (docs, frequencies) = match &self.list {
                // a list of exact terms has no frequencies
                List::Postings(list) if list.freqs().is_empty() => (&list.docs()[self.at..], ONES),
                List::Postings(list) => (&list.docs()[self.at..], &list.freqs()[self.at..]),
                List::Listed(docs) => (&docs[self.at..docs.len().min(self.at + BLOCK)], ONES),
            };
            let whole = docs.last().is_some_and(|last| *last < end);
            let inside = if whole { docs.len() } else { docs.partition_point(|doc| *doc < end) };
            run(&docs[..inside], &frequencies[..inside]);
            self.at += inside;
            if self.at == BLOCK {
                self.next_block();
            }
        }
    }

    fn next_block(&mut self) {
        if let List::Postings(list) = &mut self.list {
            self.at = 0;
            list.advance();
        }
    }
}
