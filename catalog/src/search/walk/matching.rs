//! Which documents of a segment hold the words of a question, and how well.
//!
//! Words are met rarest first. A list that is longer than what is left is not read but sought in, so a search costs about what its
//! rarest word costs.

use std::ops::Range;

use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, TERMINATED, Term};

use super::holders::{Grades, Holders};
use super::rank;
use super::walk::{Lists, Walk, add_pair};
use crate::index::Fault;
use crate::index::schema::Fields;
use crate::index::stop_words::is_stop_word;
use crate::search::candidate::Candidate;
use crate::search::segment::Segment;
use crate::search::words::word::{List, Stage, Variant, Word};

/// A list so many times shorter than the candidates is read, and its documents looked up among them; another is sought in.
const READ_FACTOR: u64 = 4;

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
    /// So many documents of a list are enough: the first ones of each range.
    pub most: usize,
}

impl Wanted<'_> {
    /// Finds the candidates of a question of which words may be missing, in their order, and rewards words side by side.
    pub fn candidates(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let mut found = self.some_words(segment, ranges)?;
        if !found.is_empty() {
            self.pairs(segment)?.iter_mut().for_each(|pair| add_pair(pair, &mut found));
        }
        Ok(found)
    }

    /// Finds the documents that hold all required words, in their order.
    pub fn all_words(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let mut found: Option<Vec<Candidate>> = None;
        for at in self.rarest_first() {
            let (word, weight) = (&self.words[at], self.weights[at]);
            found = Some(match found {
                None => {
                    let list = self.list(segment, word, ranges, self.most)?;
                    list.into_iter().map(|(doc, value)| Candidate::plain(doc).with(value, weight)).collect()
                }
                Some(found) if found.is_empty() => return Ok(found),
                Some(found) => self.meet(segment, found, word, weight)?,
            });
        }
        Ok(found.unwrap_or_default())
    }

    /// The places of the words in the order in which they are met: what need not be there comes last.
    fn rarest_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        order.sort_by_key(|at| (!self.words[*at].required, self.words[*at].frequency()));
        order
    }

    fn meet(&self, segment: &Segment, mut found: Vec<Candidate>, word: &Word, weight: u32) -> Result<Vec<Candidate>, Fault> {
        let mut values = self.values(segment, &found, word)?.into_iter();
        found.retain_mut(|candidate| {
            let value = values.next().unwrap_or(0);
            *candidate = candidate.with(value, weight);
            value > 0 || !word.required
        });
        Ok(found)
    }

    /// What a word is worth in each of these documents.
    fn values(&self, segment: &Segment, found: &[Candidate], word: &Word) -> Result<Vec<u32>, Fault> {
        let mut best = vec![0_u32; found.len()];
        let Some(first) = found.first() else { return Ok(best) };
        for variant in &word.variants {
            if let Some(mut holders) = self.holders(segment, variant)? {
                if u64::from(variant.frequency) * READ_FACTOR < found.len() as u64 {
                    holders.seek(first.doc);
                    look_up(&mut holders, found, &mut best);
                } else {
                    seek(&mut holders, found, &mut best);
                }
            }
        }
        Ok(best)
    }

    /// Documents that hold words worth at least half of the question.
    ///
    /// Cost      lists are read, the shortest first, until the words that are left are worth less than half; those are only looked up.
    fn some_words(&self, segment: &Segment, ranges: &[Range<DocId>]) -> Result<Vec<Candidate>, Fault> {
        let counts =
            |at: usize| if self.words[at].required && !self.words[at].variants.is_empty() { self.weights[at] } else { 0 };
        let all: u32 = (0..self.words.len()).map(counts).sum();
        if all == 0 {
            return Ok(Vec::new());
        }
        let mut order: Vec<usize> = (0..self.words.len()).filter(|at| !self.words[*at].variants.is_empty()).collect();
        order.sort_by_key(|at| (counts(*at) == 0, self.words[*at].frequency()));
        let mut left = all;
        let (mut found, mut held): (Vec<Candidate>, Vec<u32>) = (Vec::new(), Vec::new());
        for at in order {
            let (word, weight) = (&self.words[at], self.weights[at]);
            let values = if left * 2 >= all {
                let list = self.list(segment, word, ranges, usize::MAX)?;
                (found, held) = widen(found, held, &list);
                let mut best = vec![0_u32; found.len()];
                merge(&list, &found, &mut best);
                best
            } else {
                self.values(segment, &found, word)?
            };
            left -= counts(at);
            for ((candidate, held), value) in found.iter_mut().zip(&mut held).zip(values).filter(|(_, value)| *value > 0) {
                *candidate = candidate.with(value, weight);
                candidate.score += rank::MATCHED_WORD;
                *held += counts(at);
            }
        }
        let mut held = held.into_iter();
        found.retain(|_| held.next().is_some_and(|held| held > 0 && held * 2 >= all));
        Ok(found)
    }

    /// The documents in whose names words stand side by side as they do in the question.
    fn pairs(&self, segment: &Segment) -> Result<Vec<SegmentPostings>, Fault> {
        let mut pairs = Vec::with_capacity(self.words.len().saturating_sub(1));
        for pair in self.words.windows(2) {
            let (Some(first), Some(second)) = (side(&pair[0]), side(&pair[1])) else { continue };
            let term = Term::from_field_text(self.fields.pairs, &format!("{first} {second}"));
            pairs.extend(segment.columns.pairs.read_postings(&term, IndexRecordOption::Basic)?);
        }
        Ok(pairs)
    }

    fn holders(&self, segment: &Segment, variant: &Variant) -> Result<Option<Holders>, Fault> {
        Holders::open(&self.fields, segment, variant, &(self.grades)(variant.worth))
    }

    /// The candidates of a question all of whose words must be there, found as they are asked for; none when some may be missing.
    pub fn walk<'r>(&self, segment: &Segment, ranges: &'r [Range<DocId>]) -> Result<Option<Walk<'r>>, Fault> {
        if self.stage == Stage::Relaxed {
            return Ok(None);
        }
        let mut words = Vec::with_capacity(self.words.len());
        for at in self.rarest_first() {
            let word = &self.words[at];
            let mut lists = Vec::with_capacity(word.variants.len());
            for variant in &word.variants {
                lists.extend(self.holders(segment, variant)?);
            }
            words.push(Lists { lists, weight: self.weights[at], required: word.required });
        }
        Ok(Some(Walk::new(words, self.pairs(segment)?, ranges, segment.reader.max_doc())))
    }

    /// All documents within the ranges that hold a variant of the word, each with its best value.
    fn list(&self, segment: &Segment, word: &Word, ranges: &[Range<DocId>], most: usize) -> Result<Vec<Match>, Fault> {
        let mut list = Vec::new();
        for variant in &word.variants {
            if let Some(mut holders) = self.holders(segment, variant)? {
                read(&mut holders, ranges, most, &mut list);
            }
        }
        if word.variants.len() > 1 {
            list = best_of_each(list, word.variants.len(), segment.reader.max_doc());
        }
        Ok(list)
    }
}

/// The whole word that a question's word stands for best; none of a word that says nothing there.
fn side(word: &Word) -> Option<&str> {
    let says = |variant: &&Variant| variant.worth > 0 || is_stop_word(&word.text);
    word.variants.iter().find(|variant| variant.list == List::Words).filter(says).map(|variant| variant.term.as_str())
}

fn read(holders: &mut Holders, ranges: &[Range<DocId>], most: usize, into: &mut Vec<Match>) {
    for range in ranges {
        holders.seek(range.start);
        let full = into.len().saturating_add(most);
        while holders.doc() < range.end && into.len() < full {
            let grade = holders.grade();
            if grade > 0 {
                into.push((holders.doc(), grade));
            }
            holders.advance();
        }
    }
}

/// Adds documents that were not found before, in their order, worth nothing yet.
fn widen(found: Vec<Candidate>, held: Vec<u32>, list: &[Match]) -> (Vec<Candidate>, Vec<u32>) {
    let mut wider = Vec::with_capacity(found.len() + list.len());
    let mut wider_held = Vec::with_capacity(found.len() + list.len());
    let mut new = list.iter().map(|(doc, _)| *doc).peekable();
    let none = |doc| Candidate { doc, score: 0, named: 0 };
    for (candidate, held) in found.into_iter().zip(held) {
        while let Some(doc) = new.next_if(|doc| *doc <= candidate.doc) {
            if doc < candidate.doc {
                wider.push(none(doc));
                wider_held.push(0);
            }
        }
        wider.push(candidate);
        wider_held.push(held);
    }
    wider.extend(new.map(none));
    wider_held.resize(wider.len(), 0);
    (wider, wider_held)
}

fn seek(holders: &mut Holders, found: &[Candidate], best: &mut [u32]) {
    for (candidate, best) in found.iter().zip(best) {
        holders.step_to(candidate.doc);
        if holders.doc() == candidate.doc {
            *best = holders.grade().max(*best);
        }
    }
}

/// Reads a short list and finds its documents among the candidates.
fn look_up(holders: &mut Holders, found: &[Candidate], best: &mut [u32]) {
    let mut from = 0;
    while holders.doc() != TERMINATED && from < found.len() {
        from += found[from..].partition_point(|candidate| candidate.doc < holders.doc());
        if found.get(from).is_some_and(|candidate| candidate.doc == holders.doc()) {
            best[from] = holders.grade().max(best[from]);
        }
        holders.advance();
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

/// Orders matches by document and keeps the best of each: by merging the variants' lists, or through a table by document when they
/// are many and long.
fn best_of_each(mut list: Vec<Match>, variants: usize, docs: DocId) -> Vec<Match> {
    if list.len() * (variants.ilog2() as usize + 1) < docs as usize / 2 {
        list.sort_by_key(|(doc, value)| (*doc, std::cmp::Reverse(*value)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_documents_join_in_order_and_known_ones_keep_what_they_have() {
        let known = Candidate { doc: 5, score: 9, named: 1 };
        let (found, held) = widen(vec![known], vec![7], &[(3, 1), (5, 1), (8, 1)]);
        assert_eq!(found.iter().map(|candidate| (candidate.doc, candidate.score)).collect::<Vec<_>>(), [(3, 0), (5, 9), (8, 0)]);
        assert_eq!(held, [0, 7, 0]);
    }

    #[test]
    fn both_ways_to_the_best_of_each_agree() {
        let list = vec![(2, 5), (4, 1), (9, 3), (1, 2), (2, 7), (9, 2)];
        let expected = [(1, 2), (2, 7), (4, 1), (9, 3)];
        assert_eq!(best_of_each(list.clone(), 2, 1_000), expected);
        assert_eq!(best_of_each(list, 2, 10), expected);
    }
}
