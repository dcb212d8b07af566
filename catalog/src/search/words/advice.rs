//! Did you mean: a better spelling of a question, with the number of hits it gives.

use std::cmp::Reverse;

use serde::Serialize;

use super::intent::Intent;
use super::reading;
use super::spelling;
use super::synonyms::Synonyms;
use super::word::{Stage, Variant, Word};
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::segment::snapshot::Snapshot;

/// Spellings of one word that are tried: itself if the index knows it, and the nearest.
const MAX_SPELLINGS: usize = 4;
/// Spellings of the whole question that are tried.
const MAX_QUESTIONS: usize = 12;
/// A word in at most so many documents may be a slip of one that is far more frequent.
const RARE: u32 = 5;
/// So many times.
const FAR_MORE: u32 = 50;

/// A question and the number of hits that it gives under the same filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DidYouMean {
    pub q: String,
    pub total: u64,
}

/// How a question's words were typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The index knows every word, or words that begin so.
    Known,
    /// It knows them, but one is rare and very near to a frequent one.
    Doubtful,
    /// Some word stands nowhere.
    Unknown,
}

/// Other spellings of a question, the likeliest first.
///
/// Cost      a walk over the vocabulary for each word that is unknown or rare; for all words if nothing holds them together.
///
/// Takes     `intent`: what the words mean; one that means something is spelt well.
pub fn spellings(
    snapshot: &Snapshot,
    synonyms: &Synonyms,
    texts: &[String],
    held: bool,
    intent: &Intent,
    effort: &Effort,
) -> Result<(Typed, Vec<String>), Fault> {
    let words = reading::resolve(snapshot, synonyms, texts, Stage::Strict, effort)?;
    let mut typed = Typed::Known;
    let mut choices: Vec<Vec<String>> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let last = at + 1 == words.len();
        let understood = intent.is_understood(at);
        let known = understood || word.variants.first().is_some_and(|best| best.worth >= Variant::PREFIX);
        let mut spelt = if known { vec![word.text.clone()] } else { Vec::new() };
        if word.required && !known {
            typed = Typed::Unknown;
            spelt.extend(near(word.variants.clone(), 1));
        } else if word.required && !understood && (!held || word.frequency() <= u64::from(RARE)) {
            let least = if held { FAR_MORE * word.frequency().max(1) as u32 } else { 1 };
            let before = spelt.len();
            spelt.extend(near(spelling::typos(snapshot, &word.text, last, Stage::Strict, effort)?, least));
            if spelt.len() > before && typed == Typed::Known {
                typed = Typed::Doubtful;
            }
        }
        if spelt.is_empty() {
            spelt.push(word.text.clone());
        }
        choices.push(spelt);
    }
    Ok((typed, questions(&words, &choices)))
}

fn near(variants: Vec<Variant>, least: u32) -> impl Iterator<Item = String> {
    let other = variants.into_iter().filter(move |variant| variant.worth < Variant::PREFIX && variant.frequency >= least);
    other.map(|variant| variant.term).take(MAX_SPELLINGS - 1)
}

/// All ways to choose one spelling a word, those with the fewest steps down the lists first, without the question as it was typed.
fn questions(words: &[Word], choices: &[Vec<String>]) -> Vec<String> {
    let mut ways: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new())];
    for spelt in choices {
        let longer = |(steps, way): &(usize, Vec<usize>)| {
            let (steps, way) = (*steps, way.clone());
            (0..spelt.len()).map(move |next| (steps + next, way.iter().copied().chain([next]).collect()))
        };
        ways = ways.iter().flat_map(longer).collect();
        ways.sort_by_key(|(steps, way)| (*steps, Reverse(way.clone())));
        ways.truncate(MAX_QUESTIONS + 1);
    }
    let typed = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let spelt = ways.into_iter().map(|(_, way)| {
        let chosen = way.iter().zip(choices).map(|(at, spelt)| spelt[*at].as_str());
        chosen.collect::<Vec<_>>().join(" ")
    });
    spelt.filter(|question| *question != typed).take(MAX_QUESTIONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_spellings_come_first_and_never_the_typed_one() {
        let word = |text: &str| Word { text: text.into(), required: true, variants: vec![] };
        let choices = [vec!["one".to_owned(), "ones".into()], vec!["tow".to_owned(), "two".into(), "town".into()]];
        assert_eq!(
            questions(&[word("one"), word("tow")], &choices),
            ["ones tow", "one two", "ones two", "one town", "ones town"]
        );
        let many = vec![vec!["a".to_owned(), "b".into(), "c".into(), "d".into()]; 16];
        assert_eq!(questions(&vec![word("x"); 16], &many).len(), MAX_QUESTIONS);
    }
}
