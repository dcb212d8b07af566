//! Words of the vocabulary one or two slips away from what was typed.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::snapshot::Snapshot;
use super::words::{Found, MAX_SCANNED, Stage, Variant, add, best};
use crate::index::Fault;

/// The most words that a misspelt one stands for: the nearest, then the most frequent ones.
const MAX_TYPOS: usize = 12;

/// What a word is worth that is so far away, of 64.
const ONE_TYPO: u32 = 32;
const TWO_TYPOS: u32 = 16;

/// How many slips a word forgives: none below 4 letters, one from 4, two from 8, none where a digit stands.
pub fn slips(text: &str) -> u8 {
    match text.chars().count() {
        _ if text.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Words within the allowed slips (insertion, deletion, substitution, transposition) that begin with the same letter. The last word
/// may also be misspelt and unfinished. Two slips only count when one explains nothing, at first.
pub fn typos(snapshot: &Snapshot, text: &str, last: bool, stage: Stage) -> Result<Vec<Variant>, Fault> {
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
    let mut frequencies: Found = HashMap::new();
    for segment in &snapshot.segments {
        let mut terms = segment.columns.words.terms().search(query.automaton()?).ge(&first).lt(&end).into_stream()?;
        let mut scanned = 0;
        while scanned < MAX_SCANNED && terms.advance() {
            scanned += 1;
            if let Ok(term) = std::str::from_utf8(terms.key()) {
                add(&mut frequencies, term, terms.value().doc_freq);
            }
        }
    }
    let worth = |term: &str| match (unfinished, distance(text, term)) {
        (true, _) => TWO_TYPOS,
        (false, 0) => Variant::EXACT,
        (false, 1) => ONE_TYPO,
        (false, _) => TWO_TYPOS,
    };
    Ok(frequencies.into_iter().map(|(term, frequency)| Variant::word(&term, worth(&term), frequency)).collect())
}

/// Edit distance with transpositions of neighbours. Source: optimal string alignment (Damerau 1964, restricted).
pub fn distance(a: &str, b: &str) -> usize {
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
