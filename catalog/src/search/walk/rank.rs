//! What makes one hit better than another, in one place.
//!
//! A score is made of the document and the question alone, never of what else is indexed, so that pages can be cut by it:
//!
//! 0. all words before some: documents that hold only some are looked at when none holds all;
//! 1. each word: the text it stands in ([`WORD`]) × how exactly it stands there (`worth` of the variant) × how rare it is (its weight,
//!    fixed on the first page and carried in the cursor);
//! 2. words side by side as in the question: [`PAIR`] each, so that a work's own words stand before those of several works;
//! 3. a title or name of which no word is missing in the question: a whole name, more for what is not an event; of what is not an
//!    event also a part of the name, the more the larger the part, but less than any whole name: who is asked for stands before
//!    the events that name them;
//! 4. among equals the soonest (of what is over, the latest) and of those that start at once the most popular, for what has no date
//!    the one with most events, then the id.
//!
//! A variant's worth, of 64: the word itself 64; written apart or together, a synonym, a month cut short 56; what it begins 48; one
//! slip of the fingers away 32, another letter away 18; two slips 16, one and another letter 10, two other letters 8
//! (`spelling`). `the_rules_hold` in the tests of the search pins all of this.

use crate::index::schema::class;
use crate::model::Kind;
use crate::search::words::word::{Variant, Word};

/// What a word is worth by the class of the text it stands in.
pub const WORD: [u32; class::COUNT] = [0, 4, 20, 26, 32, 36, 40, 41, 58, 64];
/// What a variant of that worth is worth in each class; the lowest bit says "in the name of the thing itself". Without worth it is nowhere.
pub fn grades(worth: u32) -> [u32; class::COUNT] {
    if worth == 0 {
        return [0; class::COUNT];
    }
    std::array::from_fn(|class| ((WORD[class] * worth) << 1) | u32::from(class == usize::from(class::NAME)))
}

/// Two words side by side: more than both earn by standing in a title instead of in a work, unless they are rare.
pub const PAIR: u32 = 30_000;
/// Every further word, when not all need be there: more than three words earn by standing side by side.
pub const MATCHED_WORD: u32 = 70_000;

/// What a name earns of whose `words` so many as `named` are in the question.
pub fn name(kind: Kind, named: u32, words: u32) -> u32 {
    match kind {
        _ if words == 0 => 0,
        _ if named >= words => whole_name(kind),
        Kind::Event | Kind::Image => 0,
        Kind::Series | Kind::Performer | Kind::Venue | Kind::City => NAMED + PART_OF_A_NAME * named / words,
    }
}

fn whole_name(kind: Kind) -> u32 {
    match kind {
        Kind::Event | Kind::Image => 12_000,
        Kind::Series => 30_000,
        Kind::Performer | Kind::Venue | Kind::City => 40_000,
    }
}

/// Some word of a name that is not an event's.
const NAMED: u32 = 2_000;
/// What all of its words would earn on top; a part of them earns its share, and less than any whole name.
const PART_OF_A_NAME: u32 = 9_000;

/// The most that a whole name earns.
pub const MOST_OF_A_WHOLE_NAME: u32 = 40_000;

/// The weight of each word: 4 for one that is everywhere to 14 for one that is nearly nowhere.
pub fn weights(words: &[Word], docs: u64) -> Vec<u32> {
    let weight = |word: &Word| {
        let rarity = (docs.max(1) as f64 / (word.frequency().max(1)) as f64).max(1.0).log2();
        4 + (rarity / 2.0).round().clamp(0.0, 10.0) as u32
    };
    words.iter().map(weight).collect()
}

/// The weights where not all words need be there: what a misspelt word may have meant weighs less than any word that is known.
pub fn weights_of_some(words: &[Word], docs: u64) -> Vec<u32> {
    let mut weights = weights(words, docs);
    let known = |word: &Word| word.variants.first().is_some_and(|best| best.worth >= Variant::PREFIX);
    let of_known = words.iter().zip(&weights).filter(|(word, _)| word.required && known(word));
    if let Some(least) = of_known.map(|(_, weight)| *weight).min() {
        let guessed = words.iter().zip(&mut weights).filter(|(word, _)| !known(word));
        guessed.for_each(|(_, weight)| *weight = (*weight).min(least / 2));
    }
    weights
}

/// Orders by score: more stands first.
#[inline]
pub fn place(score: u32) -> u64 {
    u64::from(u32::MAX - score)
}

/// The score that was placed so.
#[inline]
pub fn score(place: u64) -> u32 {
    u32::MAX - u32::try_from(place).unwrap_or(u32::MAX)
}

/// The nearness of what is over is this or more.
pub const OVER: u64 = 1 << 40;

/// Orders equals: what is to come by its start, then what is over, the latest first.
pub fn nearness(start: i64, now: i64) -> u64 {
    if start >= now { start.abs_diff(now) } else { OVER + start.abs_diff(now) }
}

/// Takes so many bits beside the nearness; who is more popular is as popular as that.
const POPULARITY_BITS: u32 = 22;
const MOST_POPULAR: u64 = (1 << POPULARITY_BITS) - 1;

/// Orders equals by [`nearness`], and those that start at once by popularity.
pub fn among_equals(start: i64, now: i64, popularity: u64) -> u64 {
    nearness(start, now) << POPULARITY_BITS | (MOST_POPULAR - popularity.min(MOST_POPULAR))
}

/// The nearness in what [`among_equals`] gave.
pub fn nearness_of(among_equals: u64) -> u64 {
    among_equals >> POPULARITY_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soon_stands_before_late_and_the_past_behind_the_future() {
        let mut starts = vec![50, 100, 101, 99, 200];
        starts.sort_by_key(|start| nearness(*start, 100));
        assert_eq!(starts, [100, 101, 200, 99, 50]);
    }

    #[test]
    fn popularity_decides_between_what_starts_at_once_and_never_between_other_starts() {
        let order = |start, popularity| among_equals(start, 100, popularity);
        assert!(order(150, 9) < order(150, 8) && order(150, 0) < order(151, u64::MAX));
        assert!(order(i64::from(u32::MAX), u64::MAX) < order(99, u64::MAX), "what is over stands behind");
        for (start, popularity) in [(150, 0), (99, 7), (crate::index::schema::NO_START, u64::MAX), (253_402_207_200, 3)] {
            assert_eq!(nearness_of(order(start, popularity)), nearness(start, 100));
        }
    }

    #[test]
    fn rare_words_weigh_more() {
        let word = |frequency| Word {
            text: String::new(),
            required: true,
            variants: vec![Variant::word("", Variant::EXACT, frequency)],
        };
        assert_eq!(weights(&[word(1_000_000), word(1_000), word(1)], 1_000_000), [4, 9, 14]);
    }

    #[test]
    fn no_whole_name_earns_more_than_the_most() {
        assert_eq!(Kind::INDEXED.into_iter().map(whole_name).max(), Some(MOST_OF_A_WHOLE_NAME));
    }

    #[test]
    fn a_larger_part_of_a_name_earns_more_and_no_part_what_a_whole_one_does() {
        let parts: Vec<u32> = (1..=5).map(|words| name(Kind::Venue, 5, 10 - words)).collect();
        assert!(parts.windows(2).all(|pair| pair[0] < pair[1]), "{parts:?}");
        let least = Kind::INDEXED.into_iter().map(whole_name).min();
        assert!(Kind::INDEXED.into_iter().all(|kind| Some(name(kind, 254, 255)) < least));
        assert_eq!((name(Kind::Event, 1, 2), name(Kind::Venue, 1, 0)), (0, 0));
    }

    #[test]
    fn the_best_grade_fits_sixteen_bits() {
        assert!(grades(crate::search::words::word::Variant::EXACT).into_iter().all(|grade| u16::try_from(grade).is_ok()));
    }

    #[test]
    fn a_better_text_is_worth_more() {
        assert!(WORD.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
