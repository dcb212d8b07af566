//! The documents that hold the words of a question, all or enough of them, stretch by stretch.
//!
//! The rarest word is read, and as many more as it takes where some are enough: of the others only what stands where these stand is
//! looked at. A stretch is so short that a table by document
//! of it stays in the processor's nearest memory: lists are poured into it instead of being compared with each other.

use std::ops::Range;

use tantivy::postings::SegmentPostings;
use tantivy::{DocId, DocSet, TERMINATED};

use super::holders::Holders;
use super::rank;
use crate::search::candidate::Candidate;

/// Documents of a stretch. Tests want several of them among few documents.
const STRETCH: usize = if cfg!(test) { 64 } else { 8_192 };

/// Of a list that holds so many times more documents of a stretch than are left there, those are sought instead of reading all.
const SOUGHT_FROM: u64 = 8;

/// What the words of a question are worth in each document that holds all of them, or enough.
pub struct Walk<'r> {
    /// What a document must hold one of: the rarest word, or the rarest ones where some are enough.
    read: Vec<Lists>,
    others: Vec<Lists>,
    /// What the words count together, of which half is enough; 0 where all must be held.
    all: u32,
    /// Of words that may stand side by side.
    pairs: Vec<SegmentPostings>,
    ranges: std::slice::Iter<'r, Range<DocId>>,
    range: Range<DocId>,
    docs: DocId,
    table: Table,
}

/// The lists of one word's variants.
pub struct Lists {
    pub lists: Vec<Holders>,
    pub weight: u32,
    pub required: bool,
    /// What the word counts where some words are enough; none where all must be held.
    pub counts: Option<u32>,
}

/// Grades of the documents of one stretch, which sixteen bits hold ([`rank`]); all 0 between its uses.
struct Table {
    from: DocId,
    grades: Box<[u16; STRETCH]>,
    /// By document: whether it has a grade, of a word that several lists hold.
    held: [u64; STRETCH / 64],
}

impl<'r> Walk<'r> {
    /// Takes     the words, those first that are `read`; `docs`: how many documents the segment has.
    pub fn new(
        mut words: Vec<Lists>,
        read: usize,
        all: u32,
        pairs: Vec<SegmentPostings>,
        ranges: &'r [Range<DocId>],
        docs: DocId,
    ) -> Self {
        let others = words.split_off(read);
        let table = Table { from: 0, grades: Box::new([0; STRETCH]), held: [0; STRETCH / 64] };
        Self { read: words, others, all, pairs, ranges: ranges.iter(), range: 0..0, docs, table }
    }

    /// Puts the next candidates into an emptied block, in their order; false when there are no more.
    pub fn next(&mut self, block: &mut Vec<Candidate>) -> bool {
        block.clear();
        while block.is_empty() {
            let Some(stretch) = self.next_stretch() else { return false };
            self.table.from = stretch.start;
            self.read.iter_mut().for_each(|word| word.read(stretch.end, &mut self.table, block));
            if self.read.len() > 1 {
                block.sort_by_key(|candidate| candidate.doc);
                block.dedup_by(|again, known| joined(known, again));
            }
            self.others.iter_mut().for_each(|word| word.meet(block, &mut self.table, self.docs));
            if self.all > 0 {
                block.retain(|candidate| u32::from(candidate.held) * 2 >= self.all);
            }
            self.pairs.iter_mut().for_each(|pair| add_pair(pair, block));
        }
        true
    }

    fn next_stretch(&mut self) -> Option<Range<DocId>> {
        loop {
            let lists = self.read.iter().flat_map(|word| &word.lists).filter(|list| list.left > 0);
            let next = lists.map(Holders::doc).min().unwrap_or(TERMINATED);
            if next < self.range.end {
                return Some(next..self.range.end.min(next.saturating_add(STRETCH as DocId)));
            }
            self.range = self.ranges.next()?.clone();
            self.read.iter_mut().flat_map(|word| &mut word.lists).for_each(|list| list.seek(self.range.start));
        }
    }
}

impl Lists {
    /// Reads what some list holds of a stretch that begins where the table does.
    fn read(&mut self, end: DocId, table: &mut Table, block: &mut Vec<Candidate>) {
        let (weight, from) = (self.weight, block.len());
        if let [list] = &mut self.lists[..] {
            list.drain(end, |doc, grade| block.push(Candidate::plain(doc).with(grade, weight)));
            list.left = list.left.saturating_sub(block.len() - from);
        } else {
            for list in self.lists.iter_mut().filter(|list| list.left > 0) {
                let mut given = 0;
                list.drain(end, |doc, grade| {
                    given += 1;
                    table.hold(doc, grade);
                });
                list.left = list.left.saturating_sub(given);
            }
            table.take_held(|doc, grade| block.push(Candidate::plain(doc).with(grade, weight)));
        }
        if let Some(counts) = self.counts {
            block[from..].iter_mut().for_each(|candidate| count(candidate, counts));
        }
    }

    /// Adds what this word is worth where the others stand; where it is required and does not stand, nothing is left.
    fn meet(&mut self, block: &mut Vec<Candidate>, table: &mut Table, docs: DocId) {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { return };
        let (first, last) = (first.doc, last.doc);
        for list in &mut self.lists {
            list.seek(first);
            if list.doc() > last {
                continue;
            }
            let expected = u64::from(list.frequency()) * u64::from(last - first + 1) / u64::from(docs.max(1));
            if expected < SOUGHT_FROM * block.len() as u64 {
                list.drain(last + 1, |doc, grade| table.raise(doc, grade));
                continue;
            }
            for candidate in block.iter() {
                list.seek(candidate.doc);
                if list.doc() == candidate.doc {
                    table.raise(candidate.doc, list.grade());
                }
            }
        }
        if let Some(counts) = self.counts {
            let held = block.iter_mut().filter(|candidate| table.grade(candidate.doc) > 0);
            held.for_each(|candidate| count(candidate, counts));
        }
        block.retain_mut(|candidate| {
            let grade = table.grade(candidate.doc);
            *candidate = candidate.with(grade, self.weight);
            grade > 0 || !self.required
        });
        table.clear(first, last);
    }
}

impl Table {
    /// The place of a document of the stretch.
    #[inline]
    fn at(&self, doc: DocId) -> usize {
        (doc - self.from) as usize % STRETCH
    }

    #[inline]
    fn grade(&self, doc: DocId) -> u32 {
        self.grades[self.at(doc)].into()
    }

    #[inline]
    fn raise(&mut self, doc: DocId, grade: u32) {
        let at = self.at(doc);
        self.grades[at] = (grade as u16).max(self.grades[at]);
    }

    /// Raises a document's grade and marks it, to be [taken](Self::take_held) in the order of the documents.
    #[inline]
    fn hold(&mut self, doc: DocId, grade: u32) {
        self.raise(doc, grade);
        let at = self.at(doc);
        self.held[at / 64] |= 1 << (at % 64);
    }

    fn take_held(&mut self, mut one: impl FnMut(DocId, u32)) {
        for (word, held) in self.held.iter_mut().enumerate() {
            while *held != 0 {
                let at = word * 64 + held.trailing_zeros() as usize;
                *held &= *held - 1;
                one(self.from + at as DocId, std::mem::take(&mut self.grades[at]).into());
            }
        }
    }

    fn clear(&mut self, first: DocId, last: DocId) {
        let (first, last) = (self.at(first), self.at(last));
        self.grades[first..=last].fill(0);
    }
}

/// Counts a word that a candidate holds and need not.
fn count(candidate: &mut Candidate, counts: u32) {
    candidate.score += rank::MATCHED_WORD;
    candidate.held += counts as u16;
}

/// Adds what further words are worth if they stand in the same document; tells whether they do.
fn joined(candidate: &mut Candidate, further: &Candidate) -> bool {
    let same = candidate.doc == further.doc;
    if same {
        candidate.score += further.score;
        candidate.named += further.named;
        candidate.held += further.held;
    }
    same
}

/// Rewards the candidates that a list of pairs holds.
fn add_pair(pair: &mut SegmentPostings, block: &mut [Candidate]) {
    for candidate in block {
        if pair.doc() < candidate.doc {
            pair.seek(candidate.doc);
        }
        if pair.doc() == candidate.doc {
            candidate.score += rank::PAIR;
        }
    }
}
