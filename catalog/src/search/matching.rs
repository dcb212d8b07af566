//! Which documents of a segment hold the words of a question, and how well.
//!
//! Words are met rarest first. A list that is much longer than what is left is not read but sought in, so a search costs about what
//! its rarest word costs.

use std::ops::Range;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::holders::{Grades, Holders};
use super::rank;
use super::segment::Segment;
use super::words::{List, Stage, Variant, Word};
use crate::index::Fault;
use crate::index::schema::Fields;

/// A list this much longer than the candidates is sought in, not read.
const SEEK_FACTOR: u64 = 8;

/// A document that holds the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub doc: DocId,
    pub score: u32,
    /// How many words stand in its own title or name.
    pub named: u32,
}

/// A document and what one word is worth there: the score in the upper bits, "in the name" in the lowest.
type Match = (DocId, u32);

/// The words with their weights and the pairs to look for.
pub struct Wanted<'a> {
    pub fields: Fields,
    pub words: &'a [Word],
    pub weights: &'a [u32],
    pub stage: Stage,
    /// What a variant of that worth is worth in each class of text: the value in the upper bits, "in the name" in the lowest; 0 is
    /// no match.
    pub grades: fn(u32) -> Grades,
}

impl Wanted<'_> {
    /// Finds the candidates of a segment within ranges of documents, in their order, and rewards words side by side.
    pub fn candidates(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let mut found = match self.stage {
            Stage::Strict | Stage::Forgiving => self.all_words(segment, ranges)?,
            Stage::Relaxed => self.some_words(segment, ranges)?,
        };
        self.add_pairs(segment, &mut found)?;
        Ok(found)
    }

    /// Finds the documents that hold all required words, in their order.
    pub fn all_words(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        order.sort_by_key(|at| (!self.words[*at].required, self.words[*at].frequency()));
        let mut found: Option<Vec<Candidate>> = None;
        for at in order {
            let (word, weight) = (&self.words[at], self.weights[at]);
            found = Some(match found {
                None => {
                    let list = self.list(segment, word, ranges)?;
                    list.into_iter().map(|(doc, value)| Candidate { doc, score: 0, named: 0 }.with(value, weight)).collect()
                }
                Some(found) if found.is_empty() => return Ok(found),
                Some(found) => self.meet(segment, found, word, weight, ranges)?,
            });
        }
        Ok(found.unwrap_or_default())
    }

    fn meet(
        &self,
        segment: &Segment,
        mut found: Vec<Candidate>,
        word: &Word,
        weight: u32,
        ranges: &[Range<DocId>],
    ) -> Result<Vec<Candidate>, Fault> {
        let mut best = vec![0_u32; found.len()];
        if word.frequency() > found.len() as u64 * SEEK_FACTOR {
            for variant in &word.variants {
                if let Some(mut postings) = self.holders(segment, variant)? {
                    seek(&mut postings, &found, &mut best);
                }
            }
        } else {
            merge(&self.list(segment, word, ranges)?, &found, &mut best);
        }
        let mut values = best.into_iter();
        found.retain_mut(|candidate| {
            let value = values.next().unwrap_or(0);
            *candidate = candidate.with(value, weight);
            value > 0 || !word.required
        });
        Ok(found)
    }

    /// Documents that hold words worth at least half of the question.
    fn some_words(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let docs = segment.reader.max_doc() as usize;
        let (mut scores, mut named, mut held) = (vec![0_u32; docs], vec![0_u8; docs], vec![0_u16; docs]);
        let mut all = 0;
        for (word, weight) in self.words.iter().zip(self.weights) {
            let counts = if word.required && !word.variants.is_empty() { *weight } else { 0 };
            all += counts;
            for (doc, value) in self.list(segment, word, ranges)? {
                let doc = doc as usize;
                scores[doc] += (value >> 1) * weight + rank::MATCHED_WORD;
                named[doc] += (value & 1) as u8;
                held[doc] += counts as u16;
            }
        }
        let enough = |held: u16| held > 0 && u32::from(held) * 2 >= all;
        let docs = held.iter().enumerate().filter(|(_, held)| enough(**held)).map(|(doc, _)| doc);
        Ok(docs.map(|doc| Candidate { doc: doc as DocId, score: scores[doc], named: u32::from(named[doc]) }).collect())
    }

    /// Rewards words that stand side by side in a name as they do in the question.
    fn add_pairs(&self, segment: &Segment, found: &mut [Candidate]) -> Result<(), Fault> {
        if found.is_empty() {
            return Ok(());
        }
        for pair in self.words.windows(2) {
            let (Some(first), Some(second)) = (side(&pair[0]), side(&pair[1])) else { continue };
            let term = Term::from_field_text(self.fields.pairs, &format!("{first} {second}"));
            let Some(mut postings) = segment.columns.pairs.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            for candidate in found.iter_mut() {
                if postings.doc() < candidate.doc {
                    postings.seek(candidate.doc);
                }
                if postings.doc() == candidate.doc {
                    candidate.score += rank::PAIR;
                }
            }
        }
        Ok(())
    }

    fn holders(&self, segment: &Segment, variant: &Variant) -> Result<Option<Holders>, Fault> {
        Holders::open(&self.fields, segment, variant, &(self.grades)(variant.worth))
    }

    /// All documents within the ranges that hold a variant of the word, each with its best value.
    fn list(&self, segment: &Segment, word: &Word, ranges: &[Range<DocId>]) -> Result<Vec<Match>, Fault> {
        let mut list = Vec::new();
        for variant in &word.variants {
            if let Some(mut holders) = self.holders(segment, variant)? {
                read(&mut holders, ranges, &mut list);
            }
        }
        if word.variants.len() > 1 {
            list = best_of_each(list, segment.reader.max_doc());
        }
        Ok(list)
    }
}

impl Candidate {
    fn with(self, value: u32, weight: u32) -> Self {
        Self { doc: self.doc, score: self.score + (value >> 1) * weight, named: self.named + (value & 1) }
    }
}

/// The whole word that a question's word stands for best.
fn side(word: &Word) -> Option<&str> {
    word.variants.iter().find(|variant| variant.list == List::Words).map(|variant| variant.term.as_str())
}

fn read(holders: &mut Holders, ranges: &[Range<DocId>], into: &mut Vec<Match>) {
    for range in ranges {
        holders.seek(range.start);
        while holders.doc() < range.end && holders.doc() != TERMINATED {
            let grade = holders.grade();
            if grade > 0 {
                into.push((holders.doc(), grade));
            }
            holders.advance();
        }
    }
}

fn seek(holders: &mut Holders, found: &[Candidate], best: &mut [u32]) {
    for (candidate, best) in found.iter().zip(best) {
        holders.seek(candidate.doc);
        if holders.doc() == candidate.doc {
            *best = holders.grade().max(*best);
        }
    }
}

fn merge(list: &[Match], found: &[Candidate], best: &mut [u32]) {
    let mut rest = list.iter().peekable();
    for (candidate, best) in found.iter().zip(best) {
        while rest.next_if(|(doc, _)| *doc < candidate.doc).is_some() {}
        if let Some((_, value)) = rest.next_if(|(doc, _)| *doc == candidate.doc) {
            *best = *value;
        }
    }
}

/// Orders matches by document and keeps the best of each; through a table by document when there are many.
fn best_of_each(mut list: Vec<Match>, docs: DocId) -> Vec<Match> {
    if list.len() < docs as usize / 32 {
        list.sort_unstable_by_key(|(doc, value)| (*doc, std::cmp::Reverse(*value)));
        list.dedup_by_key(|(doc, _)| *doc);
        return list;
    }
    let mut table = vec![0_u32; docs as usize];
    for (doc, value) in list {
        let best = &mut table[doc as usize];
        *best = value.max(*best);
    }
    let held = table.into_iter().enumerate().filter(|(_, value)| *value > 0);
    held.map(|(doc, value)| (doc as DocId, value)).collect()
}
