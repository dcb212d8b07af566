//! Words of the vocabulary one or two slips away from what was typed.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::word::{Found, MAX_SCANNED, Stage, Variant, add, best};
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::segment::snapshot::Snapshot;

/// The most words that a misspelt one stands for: the nearest, then the most frequent ones.
const MAX_TYPOS: usize = 12;

/// What a word is worth that is so far away, of 64, by what the slips between cost.
const WORTH: [(usize, u32); 6] =
    [(0, Variant::EXACT), (SLIP, 32), (OTHER, 18), (2 * SLIP, TWO_SLIPS), (SLIP + OTHER, 10), (2 * OTHER, 8)];
const TWO_SLIPS: u32 = 16;

/// A slip of the fingers: a letter left out, typed twice, swapped with the next, or the key beside it.
const SLIP: usize = 4;
/// Any other letter, or one too many. Less than two slips.
const OTHER: usize = 7;

/// How many looks a walk over a dictionary costs that forgives none, one, two slips in a word of at most so many letters.
const WALK_LETTERS: u64 = 12;
const WALK: [u64; 3] = [16, 1_000, 6_000];

/// From so many letters on two slips are forgiven.
const LONG: usize = 8;
/// Letters beside each other or diagonally.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Longer words are no words: nobody's slips, and dear to walk with.
const LONGEST: usize = 40;

/// How many slips a word forgives: none below 4 letters, one from 4, two from 8, none beyond 40 or where a digit stands.
pub fn slips(text: &str) -> u8 {
    match text.chars().count() {
        _ if text.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..4 => 0,
        4..LONG => 1,
        LONG..=LONGEST => 2,
        _ => 0,
    }
}

/// Words within the allowed slips (insertion, deletion, substitution, transposition) that begin with the same letter. The last word
/// may also be misspelt and unfinished. Two slips only count when one explains nothing, at first. A long word that lost its length by
/// two slips is found too, when nothing else is.
pub fn typos(snapshot: &Snapshot, text: &str, last: bool, stage: Stage, effort: &Effort) -> Result<Vec<Variant>, Fault> {
    let slips = slips(text);
    if slips == 0 {
        return Ok(Vec::new());
    }
    let mut found = near(snapshot, text, slips, false, effort)?;
    if stage <= Stage::Untimed && found.iter().any(|variant| variant.worth > TWO_SLIPS) {
        found.retain(|variant| variant.worth > TWO_SLIPS);
    }
    if found.is_empty() && (LONG - 2..LONG).contains(&text.chars().count()) {
        found = near(snapshot, text, 2, false, effort)?;
        found.retain(|variant| variant.term.chars().count() >= LONG);
    }
    if last && found.is_empty() {
        found = near(snapshot, text, slips, true, effort)?;
    }
    Ok(best(found, MAX_TYPOS))
}

fn near(snapshot: &Snapshot, text: &str, slips: u8, unfinished: bool, effort: &Effort) -> Result<Vec<Variant>, Fault> {
    let lengths = (text.chars().count() as u64).div_ceil(WALK_LETTERS);
    if !effort.spend(WALK[usize::from(slips.min(2))] * lengths * snapshot.segments.len() as u64) {
        return Ok(Vec::new());
    }
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
            if scanned % Effort::TERMS == 0 && !effort.spend(Effort::TERMS as u64) {
                return Ok(Vec::new());
            }
            if let Ok(term) = std::str::from_utf8(terms.key()) {
                add(&mut frequencies, term, terms.value().doc_freq);
            }
        }
    }
    let worth = |term: &str| if unfinished { TWO_SLIPS } else { worth(cost(text, term)) };
    Ok(frequencies.into_iter().map(|(term, frequency)| Variant::word(&term, worth(&term), frequency)).collect())
}

fn worth(cost: usize) -> u32 {
    WORTH.iter().find(|(most, _)| cost <= *most).map_or(WORTH[WORTH.len() - 1].1, |(_, worth)| *worth)
}

/// What the slips cost at least that make `typed` of `meant`. Source: optimal string alignment (Damerau 1964, restricted), weighted.
fn cost(typed: &str, meant: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    (0..=b.len()).for_each(|j| rows[0][j] = j * SLIP);
    for i in 1..=a.len() {
        let twice = i > 1 && a[i - 1] == a[i - 2];
        let more = if twice { SLIP } else { OTHER };
        rows[i][0] = rows[i - 1][0] + more;
        for j in 1..=b.len() {
            let mut least =
                (rows[i - 1][j] + more).min(rows[i][j - 1] + SLIP).min(rows[i - 1][j - 1] + instead(a[i - 1], b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + SLIP);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

/// What one letter costs that stands for another.
fn instead(typed: char, meant: char) -> usize {
    if typed == meant {
        return 0;
    }
    let key = |letter| {
        KEYS.iter()
            .zip(0_i32..)
            .find_map(|(row, y)| row.chars().zip(0_i32..).find(|(key, _)| *key == letter).map(|(_, x)| (x, y)))
    };
    let (Some(typed), Some(meant)) = (key(typed), key(meant)) else { return OTHER };
    // the rows stand half a key to the right of those above them
    let beside = match (typed.0 - meant.0, typed.1 - meant.1) {
        (across, 0) => across.abs() == 1,
        (across, 1) => across == 0 || across == -1,
        (across, -1) => across == 0 || across == 1,
        _ => false,
    };
    if beside { SLIP } else { OTHER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_by_length_and_never_in_numbers() {
        let long = "a".repeat(LONGEST);
        let longer = "a".repeat(LONGEST + 1);
        for (word, allowed) in
            [(&*long, 2), (&*longer, 0), ("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2), ("1985", 0), ("b2b", 0)]
        {
            assert_eq!(slips(word), allowed, "{word}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_costs_less_than_another_letter() {
        let table = [
            ("a", "a", 0),
            ("carneige", "carnegie", SLIP),
            ("philharmonc", "philharmonic", SLIP),
            ("philhharmonic", "philharmonic", SLIP),
            ("philjarmonic", "philharmonic", SLIP),
            ("philkarmonic", "philharmonic", OTHER),
            ("philxharmonic", "philharmonic", OTHER),
            ("aa", "aaa", SLIP),
            ("abc", "", 3 * OTHER),
            ("kitten", "sitting", 2 * OTHER + SLIP),
        ];
        for (typed, meant, expected) in table {
            assert_eq!(cost(typed, meant), expected, "{typed} {meant}");
        }
    }

    #[test]
    fn keys_are_beside_each_other_both_ways() {
        let beside = |letter: char| ('a'..='z').filter(|other| instead(letter, *other) == SLIP).collect::<String>();
        assert_eq!((beside('g'), beside('q'), beside('m')), ("bfhtvy".into(), "aw".into(), "jkn".into()));
        assert!(('a'..='z').all(|a| ('a'..='z').all(|b| instead(a, b) == instead(b, a))));
    }

    #[test]
    fn the_dearer_the_slips_the_less_a_word_is_worth() {
        assert!(WORTH.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
        assert_eq!((worth(2 * OTHER), worth(99)), (8, 8));
    }
}
