//! What a question may be about to become: its last word completed, or the word that follows it in a name.

use std::sync::PoisonError;

use domain::text::fold;
use jiff::Timestamp;
use tantivy::DocId;

use super::phrases::{Phrase, whole};
use crate::index::card::EventCard;
use crate::index::stop_words::is_stop_word;
use crate::index::{Fault, row, terms};
use crate::search::segment::Segment;
use crate::search::segment::completions::KEPT;
use crate::search::segment::snapshot::Snapshot;
use crate::search::walk::holders::Holders;
use crate::search::words::intent::Intent;
use crate::search::words::word::{Found, List, Variant, Word, add, best};

/// The most pairs of a dictionary that one completion looks at in a segment.
const MAX_PAIRS: usize = 5_000;

/// Finds questions that go on from this one and have something to come: the names that are known, then, as far as there is room, what the
/// last word may become, unless a name says it already.
///
/// Takes     `from`: the second from which on an event counts.
pub fn queries(
    snapshot: &Snapshot,
    words: &[Word],
    from: i64,
    (typed, names): (Phrase, Vec<Phrase>),
    most: usize,
) -> Result<Vec<String>, Fault> {
    let mut found: Vec<String> = names.iter().map(|name| name.told.clone()).collect();
    let Some((last, before)) = words.split_last().filter(|_| found.len() < most) else { return Ok(found) };
    let front: Vec<&str> = before.iter().map(spelt).collect();
    let mut ends = Vec::new();
    if let Some(previous) = front.last() {
        ends.extend(pairs(snapshot, &format!("{previous} {}", last.text))?);
    }
    ends.extend(completed(snapshot, last));
    if spelt(last) == last.text {
        ends.extend(pairs(snapshot, &format!("{} ", last.text))?.into_iter().map(|next| format!("{} {next}", last.text)));
    }
    let mut tried = vec![words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")];
    for end in ends {
        let question = front.iter().copied().chain([end.as_str()]).collect::<Vec<_>>().join(" ");
        if found.len() == most {
            break;
        }
        let known = |phrase: &Phrase| names.iter().any(|name| name.holds(phrase)) || typed.holds(phrase);
        if tried.contains(&question) || known(&Phrase::of(&question)) {
            continue;
        }
        if let Some((segment, doc)) = comes(snapshot, &question, from)?
            && let Some(phrase) = told(snapshot, segment, doc, &question)?
            && !known(&phrase)
            && !found.contains(&phrase.told)
        {
            found.push(phrase.told);
        }
        tried.push(question);
    }
    Ok(found)
}

/// A question as something whole: the name of the event's that holds all of its words, else itself where each of its words means something,
/// or there is but one.
fn told(snapshot: &Snapshot, segment: &Segment, doc: DocId, question: &str) -> Result<Option<Phrase>, Fault> {
    let columns = &segment.columns;
    let card = columns.card(doc)?;
    let title = EventCard::title(&card).unwrap_or_default();
    let names = snapshot.names.read().unwrap_or_else(PoisonError::into_inner);
    let needed = needed(question);
    let in_name = |name: &str| whole(name, &needed);
    let performers =
        || columns.performer.all(doc).find_map(|number| in_name(&names.performer.shown(number, row::read_performer)?.name));
    let series = || in_name(&names.series.shown(columns.label(doc).series, row::read_series)?.title);
    let venue = || names.venues.get(columns.row(doc).venue as usize)?.shown.as_ref();
    let place = || venue().and_then(|venue| in_name(&venue.name).or_else(|| in_name(&venue.city)));
    let named = in_name(title).or_else(performers).or_else(series).or_else(place);
    let words: Vec<String> = question.split(' ').map(str::to_owned).collect();
    // of the words only kinds and cities matter here: what month it is says nothing
    let says_all = || words.len() == 1 || Intent::read(&words, &names, Timestamp::UNIX_EPOCH).says_all();
    Ok(named.or_else(|| says_all().then(|| Phrase::of(&respelt(question, title)))))
}

/// The words of a question that an event must hold.
fn needed(question: &str) -> Vec<String> {
    question.split(' ').filter(|word| !is_stop_word(word)).map(|word| word.replace('\'', "")).collect()
}

/// A folded question with the accents that its words have in a title.
fn respelt(question: &str, title: &str) -> String {
    let pieces: Vec<(String, &str)> = title.split(|c| !terms::is_word(c)).map(|piece| (fold(piece), piece)).collect();
    let accented = |word: &str| {
        let piece = pieces.iter().find(|(folded, piece)| *folded == word && !piece.is_ascii());
        piece.map_or_else(|| word.to_owned(), |(_, piece)| piece.to_lowercase())
    };
    question.split(' ').map(accented).collect::<Vec<_>>().join(" ")
}

/// A word as the index spells it.
fn spelt(word: &Word) -> &str {
    let whole = word.variants.iter().find(|variant| variant.list == List::Words);
    whole.filter(|best| best.worth < Variant::PREFIX).map_or(word.text.as_str(), |best| best.term.as_str())
}

/// The words that the last one may become, the most frequent first.
fn completed(snapshot: &Snapshot, last: &Word) -> Vec<String> {
    if last.variants.iter().any(|variant| variant.list == List::Start) {
        let mut frequencies = Found::new();
        let tops = snapshot.segments.iter().flat_map(|segment| segment.columns.completions.of(&last.text));
        tops.for_each(|(frequency, term)| add(&mut frequencies, term, *frequency));
        return most_frequent(frequencies, KEPT);
    }
    last.variants.iter().take(KEPT).map(|variant| variant.term.clone()).collect()
}

/// The second words of pairs that begin so, the most frequent first.
fn pairs(snapshot: &Snapshot, beginning: &str) -> Result<Vec<String>, Fault> {
    let mut end = beginning.as_bytes().to_vec();
    end.push(0xff);
    let mut frequencies = Found::new();
    for segment in &snapshot.segments {
        let mut terms = segment.columns.pairs.terms().range().ge(beginning).lt(&end).into_stream()?;
        let mut scanned = 0;
        while scanned < MAX_PAIRS && terms.advance() {
            scanned += 1;
            if let Some((_, second)) = std::str::from_utf8(terms.key()).ok().and_then(|pair| pair.split_once(' ')) {
                add(&mut frequencies, second, terms.value().doc_freq);
            }
        }
    }
    frequencies.retain(|second, _| !is_stop_word(second));
    Ok(most_frequent(frequencies, KEPT))
}

fn most_frequent(frequencies: Found, most: usize) -> Vec<String> {
    let variants = frequencies.into_iter().map(|(term, frequency)| Variant::word(&term, 0, frequency));
    best(variants.collect(), most).into_iter().map(|variant| variant.term).collect()
}

/// The first event from then on that holds all words of a question.
fn comes<'a>(snapshot: &'a Snapshot, question: &str, from: i64) -> Result<Option<(&'a Segment, DocId)>, Fault> {
    let all = Variant::word(&needed(question).join(" "), Variant::EXACT, 0);
    for segment in &snapshot.segments {
        let Some(mut holders) = Holders::open(&snapshot.fields, segment, &all, &[1; _])? else { continue };
        holders.seek(segment.first_from(from).max(segment.columns.undated));
        while holders.doc() < segment.reader.max_doc() {
            if segment.is_alive(holders.doc()) {
                return Ok(Some((segment, holders.doc())));
            }
            holders.advance();
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_spelt_as_the_title_spells_it() {
        let table = [
            ("dvorak rusalka", "Opera: Dvořák – Rusalka", "dvořák rusalka"),
            ("nachtmusik grosse", "GROẞE Nachtmusik", "nachtmusik große"),
            ("dvoraks", "Dvořák’s Rusalka", "dvořák’s"),
            ("dvor", "Dvořák", "dvor"),
            ("night owls", "The Night-Owls", "night owls"),
        ];
        for (question, title, expected) in table {
            assert_eq!(respelt(question, title), expected);
        }
    }
}
