//! A word of a question and what it may stand for.

use std::collections::HashMap;
use std::sync::Arc;

use super::when::When;
use crate::index::stop_words::{MONTHS, is_stop_word, month};
use crate::search::effort::Effort;

/// How many terms of the dictionary one expansion looks at in a segment.
pub const MAX_SCANNED: usize = 20_000;

/// Whether a word says in which year or month.
pub fn is_time(text: &str) -> bool {
    let year = || text.len() == 4 && text.parse().is_ok_and(|year| (1_000..3_000).contains(&year));
    MONTHS.contains(&text) || month(text).is_some() || year()
}

/// How much a question may be bent to find something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Every word is there; only unknown words are corrected.
    Strict,
    /// Every word is there but years and months; only unknown words are corrected.
    Untimed,
    /// Every word is there; all may be misspelt.
    Forgiving,
    /// Some words are there.
    Relaxed,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Strict, Self::Untimed, Self::Forgiving, Self::Relaxed];

    /// Whether reading a question so may find what the stage before did not.
    ///
    /// Takes     `means_time`: whether the word at that place means a time that is none of its own.
    pub fn bends(self, texts: &[String], means_time: impl Fn(usize) -> bool) -> bool {
        let time = |at: usize| is_time(&texts[at]) || means_time(at);
        let named = || (0..texts.len()).any(|at| !time(at) && !is_stop_word(&texts[at]));
        self != Self::Untimed || (0..texts.len()).any(time) && named()
    }
}

/// Which posting lists a variant is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Whole words; several with spaces between must all be held.
    Words,
    /// All words that begin so.
    Start,
    /// An exact term: a category, a genre, a city.
    Key,
    /// The events of a time.
    When,
}

/// What a word may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub term: String,
    pub list: List,
    /// Of 64.
    pub worth: u32,
    pub frequency: u32,
    /// Of [`List::When`].
    pub when: Option<Arc<When>>,
}

impl Variant {
    pub const EXACT: u32 = 64;
    /// Written apart or together, or another word for it.
    pub const ANOTHER: u32 = 56;
    pub const PREFIX: u32 = 48;

    pub fn word(term: &str, worth: u32, frequency: u32) -> Self {
        Self { term: term.to_owned(), list: List::Words, worth, frequency, when: None }
    }
}

/// One word of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Stop words only add to the score.
    pub required: bool,
    /// The best first.
    pub variants: Vec<Variant>,
}

impl Word {
    pub fn frequency(&self) -> u64 {
        self.variants.iter().map(|variant| u64::from(variant.frequency)).sum()
    }

    /// The [looks](Effort) that it takes to meet the word: a time is asked of each event, a list is unpacked.
    pub fn looks(&self) -> u64 {
        let of = |list: fn(&List) -> bool| {
            let variants = self.variants.iter().filter(move |variant| list(&variant.list));
            variants.map(|variant| u64::from(variant.frequency)).sum::<u64>()
        };
        of(|list| *list == List::When) + of(|list| *list != List::When) / Effort::POSTINGS
    }

    /// Adds a variant unless it is one already.
    pub fn add(&mut self, variant: Variant) {
        if !self.variants.iter().any(|known| known.term == variant.term && known.list == variant.list) {
            self.variants.push(variant);
            order(&mut self.variants);
        }
    }
}

/// Terms and how many documents hold them.
pub type Found = HashMap<String, u32>;

pub fn add(frequencies: &mut Found, term: &str, frequency: u32) {
    match frequencies.get_mut(term) {
        Some(sum) => *sum += frequency,
        None => {
            frequencies.insert(term.to_owned(), frequency);
        }
    }
}

pub fn order(variants: &mut [Variant]) {
    variants.sort_by(|a, b| b.worth.cmp(&a.worth).then(b.frequency.cmp(&a.frequency)).then_with(|| a.term.cmp(&b.term)));
}

/// The best variants, in order.
pub fn best(mut variants: Vec<Variant>, most: usize) -> Vec<Variant> {
    order(&mut variants);
    variants.truncate(most);
    variants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::question::cut::split;

    #[test]
    fn years_and_months_can_be_left_out_when_something_else_is_asked_for() {
        let bends = |text| Stage::Untimed.bends(&split(text), |_| false);
        assert!(["mahler 1850", "mahler oct", "the owls in october"].into_iter().all(bends));
        assert!(!["mahler", "1850", "october 1850", "the 1850", "mahler 18500", "mahler 0850"].into_iter().any(bends));
    }
}
