//! A posting list as it is unpacked: blocks of documents instead of one after the other.

use tantivy::DocId;
use tantivy::postings::BlockSegmentPostings;

/// Documents of a block.  Source: tantivy's posting format, whose last block is filled up with [`TERMINATED`](tantivy::TERMINATED).
const BLOCK: usize = 128;

/// A place in a posting list.
pub struct Blocks {
    list: BlockSegmentPostings,
    at: usize,
}

impl Blocks {
    pub fn new(list: BlockSegmentPostings) -> Self {
        Self { list, at: 0 }
    }

    /// The document here; [`TERMINATED`](tantivy::TERMINATED) behind the last.
    #[inline]
    pub fn doc(&self) -> DocId {
        self.list.doc(self.at)
    }

    /// The term frequency here.
    #[inline]
    pub fn frequency(&self) -> u32 {
        self.list.freq(self.at)
    }

    /// How many documents the list has.
    #[inline]
    pub fn len(&self) -> u32 {
        self.list.doc_freq()
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
            self.at = self.list.seek(target);
        }
    }

    /// Hands on the documents before `end` with their term frequencies, many at once, and goes past them.
    #[inline]
    pub fn drain(&mut self, end: DocId, mut run: impl FnMut(&[DocId], &[u32])) {
        while self.doc() < end {
            let (docs, frequencies) = (&self.list.docs()[self.at..], &self.list.freqs()[self.at..]);
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
        self.at = 0;
        self.list.advance();
    }
}
