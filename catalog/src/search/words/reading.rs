//! The words of a question and what each may stand for: itself, a longer word it begins, a word one or two slips away, the same
//! word written apart or together, another word for it.

use super::spans;
use super::spelling;
use super::synonyms::Synonyms;
use super::word::{Found, List, MAX_SCANNED, Stage, Variant, Word, add, best, is_time, order};
use crate::index::stop_words::{is_stop_word, month};
use crate::index::{Fault, MAX_START_CHARS};
use crate::search::effort::Effort;
use crate::search::segment::snapshot::Snapshot;

/// The most longer words that a beginning stands for: the most frequent ones.
const MAX_PREFIXES: usize = 40;

/// Finds what each word may stand for.
///
/// Cost      exact words a look-up a segment; beginnings and typos a walk over a part of the dictionary, at most 20,000 terms.
pub fn resolve(
    snapshot: &Snapshot,
    synonyms: &Synonyms,
    texts: &[String],
    stage: Stage,
    effort: &Effort,
) -> Result<Vec<Word>, Fault> {
    let mut words = as_written(snapshot, synonyms, texts, stage, effort)?;
    bend(snapshot, &mut words, stage, effort)?;
    Ok(words)
}

/// Finds what the words stand for as they are written, without typos.
pub fn as_written(
    snapshot: &Snapshot,
    synonyms: &Synonyms,
    texts: &[String],
    stage: Stage,
    effort: &Effort,
) -> Result<Vec<Word>, Fault> {
    let only_stop_words = texts.iter().all(|text| is_stop_word(text));
    let mut words = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let unfinished = at + 1 == texts.len() && (texts.len() == 1 || !is_stop_word(text));
        let left_out = is_stop_word(text) || stage == Stage::Untimed && is_time(text);
        let required = only_stop_words || !left_out;
        words.push(Word { text: text.clone(), required, variants: known(snapshot, text, unfinished, effort)? });
    }
    spans::add(snapshot, synonyms, &mut words)?;
    Ok(words)
}

/// Adds the words that a misspelt one may mean: to unknown ones, and to all where the stage bends all.
///
/// Gives     whether any word was looked for.
pub fn bend(snapshot: &Snapshot, words: &mut [Word], stage: Stage, effort: &Effort) -> Result<bool, Fault> {
    let (words_in_all, mut bent) = (words.len(), false);
    for (at, word) in words.iter_mut().enumerate() {
        if is_bent(word, stage) {
            let last = at + 1 == words_in_all;
            bent = true;
            spelling::typos(snapshot, &word.text, last, stage, effort)?.into_iter().for_each(|variant| word.add(variant));
        }
    }
    Ok(bent)
}

/// Whether a stage looks for what a word may be misspelt for.
pub fn is_bent(word: &Word, stage: Stage) -> bool {
    word.variants.is_empty() || (stage > Stage::Untimed && !is_stop_word(&word.text))
}

/// The word itself, the owner of a possessive, and if the word may be unfinished what it begins.
fn known(snapshot: &Snapshot, text: &str, unfinished: bool, effort: &Effort) -> Result<Vec<Variant>, Fault> {
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
            variants.push(Variant { term: joined, list: List::Start, worth: Variant::PREFIX, frequency, when: None });
        }
    } else if unfinished {
        variants.extend(prefixes(snapshot, &joined, effort)?);
    }
    if let Some(month) = month(text) {
        let frequency = snapshot.frequency(month)?;
        variants.extend((frequency > 0).then(|| Variant::word(month, Variant::ANOTHER, frequency)));
    }
    order(&mut variants);
    Ok(variants)
}

fn prefixes(snapshot: &Snapshot, beginning: &str, effort: &Effort) -> Result<Vec<Variant>, Fault> {
    let mut end = beginning.as_bytes().to_vec();
    end.push(0xff);
    let mut frequencies = Found::new();
    for segment in &snapshot.segments {
        let mut terms = segment.columns.words.terms().range().gt(beginning).lt(&end).into_stream()?;
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
    let variants = frequencies.into_iter().map(|(term, frequency)| Variant::word(&term, Variant::PREFIX, frequency));
    Ok(best(variants.collect(), MAX_PREFIXES))
}
