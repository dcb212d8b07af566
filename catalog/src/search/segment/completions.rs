//! The most frequent words of a segment by their beginnings.

use std::collections::HashMap;

use tantivy::index::InvertedIndexReader;

use crate::index::stop_words::is_stop_word;
use crate::index::{Fault, MAX_START_CHARS};

/// The most frequent words kept for each beginning.
pub const KEPT: usize = 12;

/// The most frequent words of a segment by their first one, two and three characters. A few megabytes for any size of index.
pub struct Completions(HashMap<Box<str>, Vec<(u32, Box<str>)>>);

impl Completions {
    /// Cost      one walk over the dictionary, when the segment is opened.
    pub fn read(words: &InvertedIndexReader) -> Result<Self, Fault> {
        let mut tops: HashMap<Box<str>, Vec<(u32, Box<str>)>> = HashMap::new();
        let mut terms = words.terms().stream()?;
        while terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            let frequency = terms.value().doc_freq;
            if term.chars().nth(1).is_none() || is_stop_word(term) {
                continue;
            }
            for end in term.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_START_CHARS) {
                keep(&mut tops, &term[..end], frequency, term);
            }
        }
        Ok(Self(tops))
    }

    pub fn of(&self, start: &str) -> &[(u32, Box<str>)] {
        self.0.get(start).map_or(&[], Vec::as_slice)
    }
}

fn keep(tops: &mut HashMap<Box<str>, Vec<(u32, Box<str>)>>, start: &str, frequency: u32, term: &str) {
    let top = match tops.get_mut(start) {
        Some(top) => top,
        None => tops.entry(start.into()).or_default(),
    };
    if top.len() == KEPT && top.last().is_some_and(|(least, _)| *least >= frequency) {
        return;
    }
    let at = top.partition_point(|(known, _)| *known >= frequency);
    top.insert(at, (frequency, term.into()));
    top.truncate(KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_words_are_kept_in_order() {
        let mut tops = HashMap::new();
        for frequency in [3, 9, 1, 7] {
            keep(&mut tops, "n", frequency, &format!("n{frequency}"));
        }
        (0..20).for_each(|n| keep(&mut tops, "n", 5, &format!("nn{n:02}")));
        let kept: Vec<u32> = tops["n"].iter().map(|(frequency, _)| *frequency).collect();
        assert_eq!(kept, [9, 7, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
    }
}
