//! What several words of a question stand for together: one word that was written apart, two that were written together, a phrase
//! that has another name.

use super::synonyms::Synonyms;
use super::word::{Variant, Word};
use crate::index::Fault;
use crate::index::stop_words::is_stop_word;
use crate::search::segment::snapshot::Snapshot;

/// The shortest half of a word that is taken apart, in bytes.
const LEAST_HALF: usize = 2;

/// Adds to each word what it stands for together with its neighbours.
///
/// Cost      one look-up for each pair of neighbours; one for each place where an unknown word may be cut.
pub fn add(snapshot: &Snapshot, synonyms: &Synonyms, words: &mut [Word]) -> Result<(), Fault> {
    join(snapshot, words)?;
    for word in words.iter_mut().filter(|word| word.variants.is_empty()) {
        if let Some(variant) = halves(snapshot, &word.text)? {
            word.add(variant);
        }
    }
    replace(snapshot, synonyms, words)
}

/// `base ball` stands for `baseball`.
fn join(snapshot: &Snapshot, words: &mut [Word]) -> Result<(), Fault> {
    for at in 1..words.len() {
        let (first, second) = (&words[at - 1].text, &words[at].text);
        if is_stop_word(first) || is_stop_word(second) || second.contains('\'') {
            continue;
        }
        let joined = format!("{first}{second}").replace('\'', "");
        let frequency = snapshot.frequency(&joined)?;
        if frequency > 0 {
            let variant = Variant::word(&joined, Variant::ANOTHER, frequency);
            words[at - 1..=at].iter_mut().for_each(|word| word.add(variant.clone()));
        }
    }
    Ok(())
}

/// `rollingstones` stands for `rolling stones`, if some name has these two side by side; of several cuts the most frequent.
fn halves(snapshot: &Snapshot, text: &str) -> Result<Option<Variant>, Fault> {
    let mut best = None;
    for (at, _) in text.char_indices().filter(|(at, _)| *at >= LEAST_HALF && text.len() - at >= LEAST_HALF) {
        let pair = format!("{} {}", &text[..at], &text[at..]);
        let frequency = snapshot.pair_frequency(&pair)?;
        if frequency > best.as_ref().map_or(0, |best: &Variant| best.frequency) {
            best = Some(Variant::word(&pair, Variant::ANOTHER, frequency));
        }
    }
    Ok(best)
}

/// Phrases that the list of synonyms knows stand for each of their other names.
fn replace(snapshot: &Snapshot, synonyms: &Synonyms, words: &mut [Word]) -> Result<(), Fault> {
    if synonyms.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = words.iter().map(|word| word.text.replace('\'', "")).collect();
    for (span, name) in synonyms.within(&texts) {
        let mut frequency = u32::MAX;
        for term in name.split(' ') {
            frequency = frequency.min(snapshot.frequency(term)?);
        }
        if frequency > 0 {
            words[span].iter_mut().for_each(|word| word.add(Variant::word(name, Variant::ANOTHER, frequency)));
        }
    }
    Ok(())
}
