//! The documents of a segment that hold one variant of a word, each with what that is worth.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, TERMINATED, Term};

use super::blocks::Blocks;
use crate::index::Fault;
use crate::index::schema::{Fields, class, level};
use crate::search::segment::Segment;
use crate::search::words::word::{List, Variant};

/// What a word is worth in a text of each class.
pub type Grades = [u32; class::COUNT];

/// A list of documents in their order.
pub struct Holders {
    first: Blocks,
    /// Further words that must be held too.
    others: Vec<Blocks>,
    /// By term frequency of the list.
    grades: Grades,
    /// How many more of its documents are wanted, where it is read.
    pub left: usize,
}

impl Holders {
    /// Opens the list of a variant; none when the segment has none.
    pub fn open(fields: &Fields, segment: &Segment, variant: &Variant, grades: &Grades) -> Result<Option<Self>, Fault> {
        let columns = &segment.columns;
        let with = IndexRecordOption::WithFreqs;
        if matches!(variant.list, List::Key | List::When) {
            return Self::meant(fields, segment, variant, grades);
        }
        if variant.list == List::Start {
            let first = columns.starts.read_block_postings(&Term::from_field_text(fields.starts, &variant.term), with)?;
            let grades = std::array::from_fn(|level| level::CLASS.get(level).map_or(0, |class| grades[usize::from(*class)]));
            return Ok(first.map(|first| Self { first: Blocks::new(first), others: Vec::new(), grades, left: usize::MAX }));
        }
        let mut lists = Vec::new();
        for term in variant.term.split(' ') {
            let Some(list) = columns.words.read_block_postings(&Term::from_field_text(fields.words, term), with)? else {
                return Ok(None);
            };
            lists.push(Blocks::new(list));
        }
        lists.sort_by_key(Blocks::len);
        let mut lists = lists.into_iter();
        let Some(first) = lists.next() else { return Ok(None) };
        let mut holders = Self { first, others: lists.collect(), grades: *grades, left: usize::MAX };
        holders.meet();
        Ok(Some(holders))
    }

    /// Opens the list of what a word means; all that is in it is worth as much as a name, and is none.
    fn meant(fields: &Fields, segment: &Segment, variant: &Variant, grades: &Grades) -> Result<Option<Self>, Fault> {
        let first = match &variant.when {
            Some(when) => Some(Blocks::listed(when.docs(segment))),
            None => {
                let term = Term::from_field_text(fields.key, &variant.term);
                segment.columns.keys.read_block_postings(&term, IndexRecordOption::Basic)?.map(Blocks::new)
            }
        };
        let grades = [grades[usize::from(class::NAME)] & !1; class::COUNT];
        Ok(first.map(|first| Self { first, others: Vec::new(), grades, left: usize::MAX }))
    }

    /// Takes     `most`: how many of its documents are wanted where it is read.
    pub fn bounded(self, most: usize) -> Self {
        Self { left: most, ..self }
    }

    #[inline]
    pub fn doc(&self) -> DocId {
        self.first.doc()
    }

    #[inline]
    pub fn advance(&mut self) {
        self.first.advance();
        if !self.others.is_empty() {
            self.meet();
        }
    }

    /// How many documents hold the variant, or its rarest part.
    #[inline]
    pub fn frequency(&self) -> u32 {
        self.first.len()
    }

    /// Gives every document before `end` in which the word is worth something, with its grade, and goes past them.
    #[inline]
    pub fn drain(&mut self, end: DocId, mut one: impl FnMut(DocId, u32)) {
        if self.others.is_empty() {
            let grades = &self.grades;
            return self.first.drain(end, |docs, frequencies| {
                for (doc, frequency) in docs.iter().zip(frequencies) {
                    let grade = grade(grades, *frequency);
                    if grade > 0 {
                        one(*doc, grade);
                    }
                }
            });
        }
        while self.doc() < end {
            let grade = self.grade();
            if grade > 0 {
                one(self.doc(), grade);
            }
            self.advance();
        }
    }

    /// Goes to the first document that is not before `target`.
    #[inline]
    pub fn seek(&mut self, target: DocId) {
        if self.first.doc() < target {
            self.first.seek(target);
            if !self.others.is_empty() {
                self.meet();
            }
        }
    }

    /// What the word is worth in this document: by the weakest of its parts.
    #[inline]
    pub fn grade(&self) -> u32 {
        let of = |list: &Blocks| grade(&self.grades, list.frequency());
        self.others.iter().fold(of(&self.first), |least, other| least.min(of(other)))
    }

    /// Goes on to a document that all lists hold.
    fn meet(&mut self) {
        'next: while self.first.doc() != TERMINATED {
            let doc = self.first.doc();
            for other in &mut self.others {
                other.seek(doc);
                let reached = other.doc();
                if reached == TERMINATED {
                    self.first.seek(TERMINATED);
                    return;
                }
                if reached > doc {
                    self.first.seek(reached);
                    continue 'next;
                }
            }
            return;
        }
    }
}

#[inline]
fn grade(grades: &Grades, frequency: u32) -> u32 {
    grades[(frequency as usize).min(class::COUNT - 1)]
}
