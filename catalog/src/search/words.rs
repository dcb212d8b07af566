//! The words of a question and what each may stand for: itself, a longer word it begins, a word one or two slips away.

use std::collections::HashMap;

use domain::text::fold;
use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::snapshot::Snapshot;
use crate::index::Fault;
use crate::index::tokens::cut;

/// Further words of a question are not looked at.
const MAX_WORDS: usize = 16;
/// The most longer words that a beginning stands for: the most frequent ones.
const MAX_PREFIXES: usize = 40;
/// The most words that a misspelt one stands for: the nearest, then the most frequent ones.
const MAX_TYPOS: usize = 12;
/// How many terms of the dictionary one expansion looks at in a segment.
const MAX_SCANNED: usize = 20_000;

/// What a variant is worth, of 64.
const EXACT: u32 = 64;
const PREFIX: u32 = 48;
const ONE_TYPO: u32 = 32;
const TWO_TYPOS: u32 = 16;

/// Words that need not be there. Source: those that the query sets of the relevance bench do not require.
const STOP_WORDS: [&str; 17] =
    ["a", "an", "the", "of", "in", "at", "on", "by", "for", "and", "with", "v", "vs", "from", "to", "de", "la"];

pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word) || word == "le"
}

/// How much a question may be bent to find something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Every word is there; only unknown words are corrected.
    Strict,
    /// Every word is there; all may be misspelt.
    Forgiving,
    /// Some words are there.
    Relaxed,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Strict, Self::Forgiving, Self::Relaxed];
}

/// A term of the index that a word stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub term: String,
    /// Of 64.
    pub worth: u32,
    pub frequency: u32,
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
}

/// Cuts a question into folded words.
pub fn split(text: &str) -> Vec<String> {
    let folded = fold(text);
    folded.split(' ').filter(|word| !word.is_empty()).map(|word| cut(word).to_owned()).take(MAX_WORDS).collect()
}

/// Finds what each word may stand for.
///
/// Cost      exact words a look-up a segment; beginnings and typos a walk over a part of the dictionary, at most 20,000 terms.
pub fn resolve(snapshot: &Snapshot, texts: &[String], stage: Stage) -> Result<Vec<Word>, Fault> {
    let only_stop_words = texts.iter().all(|text| is_stop_word(text));
    let mut words = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let last = at + 1 == texts.len();
        let required = only_stop_words || !is_stop_word(text) || (last && texts.len() == 1);
        let variants = variants(snapshot, text, last, stage)?;
        words.push(Word { text: text.clone(), required, variants });
    }
    Ok(words)
}

fn variants(snapshot: &Snapshot, text: &str, last: bool, stage: Stage) -> Result<Vec<Variant>, Fault> {
    let frequency = snapshot.frequency(text)?;
    let mut found = HashMap::new();
    if frequency > 0 {
        found.insert(text.to_owned(), (EXACT, frequency));
    }
    if last && !is_stop_word(text) {
        merge(&mut found, prefixes(snapshot, text)?);
    }
    if found.is_empty() || (stage > Stage::Strict && !is_stop_word(text)) {
        merge(&mut found, typos(snapshot, text, last, stage)?);
    }
    let mut variants: Vec<Variant> =
        found.into_iter().map(|(term, (worth, frequency))| Variant { term, worth, frequency }).collect();
    variants.sort_by(|a, b| b.worth.cmp(&a.worth).then(b.frequency.cmp(&a.frequency)).then(a.term.cmp(&b.term)));
    Ok(variants)
}

type Found = HashMap<String, (u32, u32)>;

fn merge(into: &mut Found, more: Vec<Variant>) {
    for variant in more {
        let entry = into.entry(variant.term).or_insert((0, variant.frequency));
        entry.0 = entry.0.max(variant.worth);
    }
}

fn prefixes(snapshot: &Snapshot, beginning: &str) -> Result<Vec<Variant>, Fault> {
    let mut end = beginning.as_bytes().to_vec();
    end.push(0xff);
    let mut frequencies: HashMap<String, u32> = HashMap::new();
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
    let variants = frequencies.into_iter().map(|(term, frequency)| Variant { term, worth: PREFIX, frequency });
    Ok(best(variants.collect(), MAX_PREFIXES))
}

fn add(frequencies: &mut HashMap<String, u32>, term: &str, frequency: u32) {
    match frequencies.get_mut(term) {
        Some(sum) => *sum += frequency,
        None => {
            frequencies.insert(term.to_owned(), frequency);
        }
    }
}

fn best(mut variants: Vec<Variant>, most: usize) -> Vec<Variant> {
    variants.sort_by(|a, b| b.worth.cmp(&a.worth).then(b.frequency.cmp(&a.frequency)).then(a.term.cmp(&b.term)));
    variants.truncate(most);
    variants
}

/// How many slips a word forgives. Source: shared practice of Meilisearch and Algolia, from shorter words on.
fn slips(text: &str) -> u8 {
    match text.chars().count() {
        _ if text.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Words within the allowed slips (insertion, deletion, substitution, transposition) that begin with the same letter. The last word
/// may also be misspelt and unfinished. Two slips only count when one explains nothing, at first.
fn typos(snapshot: &Snapshot, text: &str, last: bool, stage: Stage) -> Result<Vec<Variant>, Fault> {
    let slips = slips(text);
    if slips == 0 {
        return Ok(Vec::new());
    }
    let mut found = near(snapshot, text, slips, false)?;
    if stage == Stage::Strict && found.iter().any(|variant| variant.worth == ONE_TYPO) {
        found.retain(|variant| variant.worth >= ONE_TYPO);
    }
    if last && found.is_empty() {
        found = near(snapshot, text, slips, true)?;
    }
    Ok(best(found, MAX_TYPOS))
}

fn near(snapshot: &Snapshot, text: &str, slips: u8, unfinished: bool) -> Result<Vec<Variant>, Fault> {
    let term = Term::from_field_text(snapshot.fields.words, text);
    let query = if unfinished { FuzzyTermQuery::new_prefix(term, slips, true) } else { FuzzyTermQuery::new(term, slips, true) };
    let first: String = text.chars().take(1).collect();
    let mut end = first.clone().into_bytes();
    end.push(0xff);
    let mut frequencies: HashMap<String, u32> = HashMap::new();
    for segment in &snapshot.segments {
        let mut terms = segment.columns.words.terms().search(query.automaton()?).ge(&first).lt(&end).into_stream()?;
        let mut scanned = 0;
        while scanned < MAX_SCANNED && terms.advance() {
            scanned += 1;
            if let Ok(term) = std::str::from_utf8(terms.key()).map(str::to_owned) {
                add(&mut frequencies, &term, terms.value().doc_freq);
            }
        }
    }
    let worth = |term: &str| match (unfinished, distance(text, term)) {
        (true, _) => TWO_TYPOS,
        (false, 0) => EXACT,
        (false, 1) => ONE_TYPO,
        (false, _) => TWO_TYPOS,
    };
    Ok(frequencies.into_iter().map(|(term, frequency)| Variant { worth: worth(&term), term, frequency }).collect())
}

/// Edit distance with transpositions of neighbours. Source: optimal string alignment (Damerau 1964, restricted).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    (0..=a.len()).for_each(|i| rows[i][0] = i);
    (0..=b.len()).for_each(|j| rows[0][j] = j);
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_cut_into_folded_words() {
        assert_eq!(split("  Dvořák’s “Rusalka” "), ["dvoraks", "rusalka"]);
        assert_eq!(split("?!… "), Vec::<String>::new());
        assert_eq!(split(&"word ".repeat(100)).len(), MAX_WORDS);
    }

    #[test]
    fn slips_are_forgiven_by_length_and_never_in_numbers() {
        for (word, allowed) in [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2), ("1985", 0), ("b2b", 0)] {
            assert_eq!(slips(word), allowed, "{word}");
        }
    }

    #[test]
    fn neighbouring_letters_swapped_are_one_slip() {
        for (a, b, apart) in
            [("carneige", "carnegie", 1), ("a", "a", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 1)]
        {
            assert_eq!(distance(a, b), apart, "{a} {b}");
        }
    }
}
