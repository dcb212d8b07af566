//! What of a segment a question's words are met in: the lists of each word, and those of words side by side.

use std::ops::Range;

use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Term};

use super::holders::{Grades, Holders};
use super::walk::{Lists, Walk};
use crate::index::Fault;
use crate::index::schema::Fields;
use crate::index::stop_words::is_stop_word;
use crate::search::segment::Segment;
use crate::search::words::word::{List, Stage, Variant, Word};

/// The words with their weights and the pairs to look for.
pub struct Wanted<'a> {
    pub fields: Fields,
    pub words: &'a [Word],
    pub weights: &'a [u32],
    pub stage: Stage,
    /// What a variant of that worth is worth in each class of text: the value in the upper bits, "in the name" in the lowest; 0 is
    /// no match.
    pub grades: fn(u32) -> Grades,
    /// Whether words side by side earn something.
    pub in_pairs: bool,
    /// So many documents of each list of the rarest word are enough, or hardly more: the first ones.
    pub most: usize,
}

impl Wanted<'_> {
    /// The documents that hold all required words, found as they are asked for; where some words are enough, words worth at least half of
    /// the question.
    ///
    /// Cost      about what the rarest word costs; where some are enough, the lists are read of so many, the rarest first, that the others
    ///           are worth less than half.
    pub fn walk<'r>(&self, segment: &Segment, ranges: &'r [Range<DocId>]) -> Result<Walk<'r>, Fault> {
        let some = self.stage == Stage::Relaxed;
        let weighs =
            |at: usize| if self.words[at].required && !self.words[at].variants.is_empty() { self.weights[at] } else { 0 };
        let all: u32 = if some { (0..self.words.len()).map(weighs).sum() } else { 0 };
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        order.retain(|at| !some || all > 0 && !self.words[*at].variants.is_empty());
        // what need not be there comes last
        order.sort_by_key(|at| (!self.words[*at].required, self.words[*at].frequency()));
        let (mut words, mut read, mut left) = (Vec::with_capacity(order.len()), 0, all);
        for at in order {
            let mut lists = Vec::with_capacity(self.words[at].variants.len());
            for variant in &self.words[at].variants {
                let list = Holders::open(&self.fields, segment, variant, &(self.grades)(variant.worth))?;
                lists.extend(list.map(|list| list.bounded(self.most)));
            }
            read += usize::from(words.is_empty() || some && left * 2 >= all);
            left -= if some { weighs(at) } else { 0 };
            let (weight, required) = (self.weights[at], self.words[at].required && !some);
            words.push(Lists { lists, weight, required, counts: some.then(|| weighs(at)) });
        }
        let pairs = if self.in_pairs { self.pairs(segment)? } else { Vec::new() };
        Ok(Walk::new(words, read, all, pairs, ranges, segment.reader.max_doc()))
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
}

/// The whole word that a question's word stands for best; none of a word that says nothing there.
fn side(word: &Word) -> Option<&str> {
    let says = |variant: &&Variant| variant.worth > 0 || is_stop_word(&word.text);
    word.variants.iter().find(|variant| variant.list == List::Words).filter(says).map(|variant| variant.term.as_str())
}
