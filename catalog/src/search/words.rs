//! The words of a question and what each may stand for: itself, a longer word it begins, a word one or two slips away, the same
//! word written apart or together, another word for it.

use std::collections::HashMap;

use super::snapshot::Snapshot;
use super::spans;
use super::spelling;
use super::synonyms::Synonyms;
use crate::index::{Fault, MAX_START_CHARS, terms};

/// Further words of a question are not looked at.
pub const MAX_WORDS: usize = 16;
/// The most longer words that a beginning stands for: the most frequent ones.
const MAX_PREFIXES: usize = 40;
/// How many terms of the dictionary one expansion looks at in a segment.
pub const MAX_SCANNED: usize = 20_000;

/// Words that need not be there. Source: those that the query sets of the relevance bench do not require.
const STOP_WORDS: [&str; 18] =
    ["a", "an", "the", "of", "in", "at", "on", "by", "for", "and", "with", "v", "vs", "from", "to", "de", "la", "le"];

pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// Months as they are indexed; a question may shorten them to three letters, or four.
pub const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

fn month(text: &str) -> Option<&'static str> {
    let short = (3..=4).contains(&text.len());
    MONTHS.into_iter().find(|month| short && month.starts_with(text) && *month != text)
}

/// Whether a word says in which year or month.
fn is_time(text: &str) -> bool {
    let year = || text.len() == 4 && text.parse().is_ok_and(|year| (1_000..3_000).contains(&year));
    MONTHS.contains(&text) || month(text).is_some() || year()
}

/// How much a question may be bent to find something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Every word is there; only unknown words are corrected.
    Strict,
    /// The same, but years and months need not be there.
    Untimed,
    /// Every word is there; all may be misspelt.
    Forgiving,
    /// Some words are there.
    Relaxed,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Strict, Self::Untimed, Self::Forgiving, Self::Relaxed];

    /// Whether reading a question so may find what the stage before did not.
    pub fn bends(self, texts: &[String]) -> bool {
        let named = || texts.iter().any(|text| !is_time(text) && !is_stop_word(text));
        self != Self::Untimed || texts.iter().any(|text| is_time(text)) && named()
    }
}

/// Which posting lists a variant is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Whole words; several with spaces between must all be held.
    Words,
    /// All words that begin so.
    Start,
}

/// What a word may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub term: String,
    pub list: List,
    /// Of 64.
    pub worth: u32,
    pub frequency: u32,
}

impl Variant {
    pub const EXACT: u32 = 64;
    /// Written apart or together, or another word for it.
    pub const ANOTHER: u32 = 56;
    pub const PREFIX: u32 = 48;

    pub fn word(term: &str, worth: u32, frequency: u32) -> Self {
        Self { term: term.to_owned(), list: List::Words, worth, frequency }
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

    /// Adds a variant unless it is one already.
    pub fn add(&mut self, variant: Variant) {
        if !self.variants.iter().any(|known| known.term == variant.term && known.list == variant.list) {
            self.variants.push(variant);
            order(&mut self.variants);
        }
    }
}

/// Cuts a question into folded words.
pub fn split(text: &str) -> Vec<String> {
    let mut words = terms::question(text);
    words.truncate(MAX_WORDS);
    words
}

/// Finds what each word may stand for.
///
/// Cost      exact words a look-up a segment; beginnings and typos a walk over a part of the dictionary, at most 20,000 terms.
pub fn resolve(snapshot: &Snapshot, synonyms: &Synonyms, texts: &[String], stage: Stage) -> Result<Vec<Word>, Fault> {
    let mut words = as_written(snapshot, synonyms, texts, stage)?;
    bend(snapshot, &mut words, stage)?;
    Ok(words)
}

/// The same without typos: what the words stand for as they are written.
pub fn as_written(snapshot: &Snapshot, synonyms: &Synonyms, texts: &[String], stage: Stage) -> Result<Vec<Word>, Fault> {
    let only_stop_words = texts.iter().all(|text| is_stop_word(text));
    let mut words = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let unfinished = at + 1 == texts.len() && (texts.len() == 1 || !is_stop_word(text));
        let left_out = is_stop_word(text) || stage == Stage::Untimed && is_time(text);
        let required = only_stop_words || !left_out;
        words.push(Word { text: text.clone(), required, variants: known(snapshot, text, unfinished)? });
    }
    spans::add(snapshot, synonyms, &mut words)?;
    Ok(words)
}

/// Adds the words that a misspelt one may mean: to unknown ones, and to all where the stage bends all.
pub fn bend(snapshot: &Snapshot, words: &mut [Word], stage: Stage) -> Result<(), Fault> {
    let words_in_all = words.len();
    for (at, word) in words.iter_mut().enumerate() {
        if word.variants.is_empty() || (stage > Stage::Untimed && !is_stop_word(&word.text)) {
            let last = at + 1 == words_in_all;
            spelling::typos(snapshot, &word.text, last, stage)?.into_iter().for_each(|variant| word.add(variant));
        }
    }
    Ok(())
}

/// The word itself, the owner of a possessive, and if the word may be unfinished what it begins.
fn known(snapshot: &Snapshot, text: &str, unfinished: bool) -> Result<Vec<Variant>, Fault> {
    let mut variants = Vec::new();
    let joined = text.replace('\'', "");
    for term in text.strip_suffix("'s").into_iter().chain([joined.as_str()]) {
        let frequency = snapshot.frequency(term)?;
        if frequency > 0 {
            variants.push(Variant::word(term, Variant::EXACT, frequency));
        }
    }
    if unfinished && joined.chars().count() <= MAX_START_CHARS {
        let frequency = snapshot.start_frequency(&joined)?;
        if frequency > 0 {
            variants.push(Variant { term: joined, list: List::Start, worth: Variant::PREFIX, frequency });
        }
    } else if unfinished {
        variants.extend(prefixes(snapshot, &joined)?);
    }
    if let Some(month) = month(text) {
        let frequency = snapshot.frequency(month)?;
        variants.extend((frequency > 0).then(|| Variant::word(month, Variant::ANOTHER, frequency)));
    }
    order(&mut variants);
    Ok(variants)
}

/// Terms and how many documents hold them.
pub type Found = HashMap<String, u32>;

fn prefixes(snapshot: &Snapshot, beginning: &str) -> Result<Vec<Variant>, Fault> {
    let mut end = beginning.as_bytes().to_vec();
    end.push(0xff);
    let mut frequencies: Found = HashMap::new();
    for segment in &snapshot.segments {
        let mut terms = segment.columns.words.terms().range().gt(beginning).lt(&end).into_stream()?;
        let mut scanned = 0;
        while scanned < MAX_SCANNED && terms.advance() {
            scanned += 1;
            if let Ok(term) = std::str::from_utf8(terms.key()) {
                add(&mut frequencies, term, terms.value().doc_freq);
            }
        }
    }
    let variants = frequencies.into_iter().map(|(term, frequency)| Variant::word(&term, Variant::PREFIX, frequency));
    Ok(best(variants.collect(), MAX_PREFIXES))
}

pub fn add(frequencies: &mut Found, term: &str, frequency: u32) {
    match frequencies.get_mut(term) {
        Some(sum) => *sum += frequency,
        None => {
            frequencies.insert(term.to_owned(), frequency);
        }
    }
}

fn order(variants: &mut [Variant]) {
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

    #[test]
    fn months_may_be_short() {
        for (text, expected) in
            [("oct", Some("october")), ("sept", Some("september")), ("may", None), ("oc", None), ("octo", Some("october"))]
        {
            assert_eq!(month(text), expected, "{text}");
        }
    }

    #[test]
    fn years_and_months_can_be_left_out_when_something_else_is_asked_for() {
        let bends = |text| Stage::Untimed.bends(&split(text));
        assert!(["mahler 1850", "mahler oct", "the owls in october"].into_iter().all(bends));
        assert!(!["mahler", "1850", "october 1850", "the 1850", "mahler 18500", "mahler 0850"].into_iter().any(bends));
    }

    #[test]
    fn a_question_is_cut_into_folded_words() {
        assert_eq!(split("  Dvořák’s “Rusalka” "), ["dvorak's", "rusalka"]);
        assert_eq!(split("?!… "), Vec::<String>::new());
        assert_eq!(split(&"word ".repeat(100)).len(), MAX_WORDS);
    }
}
