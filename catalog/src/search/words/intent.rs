//! What the words of a question mean beside themselves: a kind of event, a time, a city, where whoever asks is.
//!
//! Nothing that the words alone would find is lost: what a word means is one more thing that it may stand for. Where every word of a
//! question means something, what is meant stands before what merely says so.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::when::When;
use super::word::{List, Variant, Word};
use crate::index::stop_words::is_stop_word;
use crate::index::{Fault, key};
use crate::search::question::phrase::{MAX_PHRASE_WORDS, Phrase, year};
use crate::search::segment::kinds::{KindOf, is_nearly};
use crate::search::segment::names::Names;
use crate::search::segment::snapshot::Snapshot;

/// Of 64: what is meant, before what has the word in its title.
const MEANT: u32 = 66;
/// A genre of the name of a category, and one that is only nearly called so: behind what has the word in its title.
const MEANT_LESS: u32 = 60;
/// Beside words that mean only themselves: as much as a text that says so.
const BESIDE: u32 = 20;

/// The most cities of one name that are meant: those with the most venues. Each is one more list that a search reads.
const CITIES: usize = 32;

/// So many years from now a month may be.
const YEARS: i16 = 10;

/// Words for an event of any kind, which say nothing beside a kind: `jazz concert`.
const GENERIC: [&str; 15] = [
    "concert",
    "concerts",
    "gig",
    "gigs",
    "match",
    "matches",
    "game",
    "games",
    "performance",
    "performances",
    "konzert",
    "konzerte",
    "concierto",
    "conciertos",
    "concerten",
];

/// Words of titles: they mean something only where all words do.
const ONLY_BESIDE_MEANT: [&str; 6] = ["weekend", "event", "events", "show", "shows", "morgen"];

/// A part of a question that was understood, and the filter that means the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Understood {
    /// Folded, as it stands in the question.
    pub text: String,
    pub filter: &'static str,
    /// Empty where only whoever asks can say: `near`.
    pub value: String,
}

/// What a part of a question means.
#[derive(Debug, Clone)]
enum Meaning {
    Said(Phrase),
    Year,
    /// Key and name, and what it is worth.
    Kind(Vec<(String, u32)>, Understood),
    City(Vec<String>, Understood),
}

/// What the words of a question mean.
#[derive(Debug, Default)]
pub struct Intent {
    texts: Vec<String>,
    parts: Vec<(Range<usize>, Meaning)>,
    /// Whether every word means something, and a kind, an occasion, nearness, or a city and a month are among it.
    whole: bool,
}

impl Intent {
    /// Takes     `texts`: the folded words of a question.
    /// Cost      a few look-ups for each word.
    pub fn read(texts: &[String], names: &Names, now: Timestamp) -> Self {
        // a number of a title is no year of a month: `1812 overture december`
        let this_year = now.to_zoned(TimeZone::UTC).year();
        let near = this_year.saturating_sub(YEARS)..=this_year.saturating_add(YEARS);
        let named_year = texts.iter().find_map(|text| year(text)).filter(|year| near.contains(year));
        let mut parts = Vec::new();
        let mut at = 0;
        while at < texts.len() {
            let longest = MAX_PHRASE_WORDS.min(texts.len() - at);
            let found = (1..=longest).rev().find_map(|length| {
                let meanings = meanings(&texts[at..at + length].join(" "), named_year, names, now);
                (!meanings.is_empty()).then_some((length, meanings))
            });
            let (length, meanings) = found.unwrap_or((1, Vec::new()));
            parts.extend(meanings.into_iter().map(|meaning| (at..at + length, meaning)));
            at += length;
        }
        let mut intent = Self { texts: texts.to_vec(), parts, whole: false };
        intent.whole = intent.is_whole();
        if !intent.whole {
            intent.parts.retain(|(span, _)| {
                !texts.get(span.start).is_some_and(|text| span.len() == 1 && ONLY_BESIDE_MEANT.contains(&&**text))
            });
        }
        intent
    }

    fn is_whole(&self) -> bool {
        let understood = |at: usize| self.is_understood(at) || is_stop_word(&self.texts[at]);
        let asks = |meaning: &Meaning| {
            matches!(meaning, Meaning::Kind(..) | Meaning::Said(Phrase::When(_) | Phrase::Near | Phrase::Anything))
        };
        let month = |meaning: &Meaning| matches!(meaning, Meaning::Said(Phrase::Month(_)));
        let city = |meaning: &Meaning| matches!(meaning, Meaning::City(..));
        let any = |is: &dyn Fn(&Meaning) -> bool| self.parts.iter().any(|(_, meaning)| is(meaning));
        (any(&asks) || any(&month) && any(&city)) && (0..self.texts.len()).all(understood)
    }

    /// Whether a word means something.
    pub fn is_understood(&self, at: usize) -> bool {
        self.parts.iter().any(|(span, _)| span.contains(&at))
    }

    /// Whether a word says when.
    pub fn is_time(&self, at: usize) -> bool {
        let times = |meaning: &Meaning| matches!(meaning, Meaning::Year | Meaning::Said(Phrase::When(_) | Phrase::Month(_)));
        self.parts.iter().any(|(span, meaning)| span.contains(&at) && times(meaning))
    }

    /// Whether nothing is asked for but what is near.
    pub fn is_only_near(&self) -> bool {
        let near = |meaning: &Meaning| matches!(meaning, Meaning::Said(Phrase::Near));
        let anything = |meaning: &Meaning| matches!(meaning, Meaning::Said(Phrase::Anything));
        let meanings = || self.parts.iter().map(|(_, meaning)| meaning);
        self.whole && meanings().any(near) && meanings().all(|meaning| near(meaning) || anything(meaning))
    }

    /// Adds to words what they mean, and says which need not be there.
    pub fn mean(&self, snapshot: &Snapshot, words: &mut [Word], now: Timestamp, untimed: bool) -> Result<(), Fault> {
        let worth = |of_whole: u32| if self.whole { of_whole } else { BESIDE };
        let mut variants = Vec::new();
        for (span, meaning) in &self.parts {
            match meaning {
                Meaning::Said(Phrase::When(occasion)) => {
                    let when = When::of_occasion(*occasion, now, snapshot);
                    variants.push((span, when.variant(occasion.as_str(), worth(MEANT), snapshot)));
                }
                Meaning::Said(Phrase::Month(first)) => {
                    let when = When::of_month(*first);
                    variants.push((span, when.variant(&first.to_string(), worth(MEANT), snapshot)));
                }
                Meaning::Kind(keys, _) => {
                    for (key, of_whole) in keys {
                        variants.push((span, held(snapshot, key, worth(*of_whole))?));
                    }
                }
                Meaning::City(keys, _) if self.whole => {
                    for key in keys {
                        variants.push((span, held(snapshot, key, MEANT)?));
                    }
                }
                _ => {}
            }
        }
        for (span, variant) in variants.into_iter().filter(|(_, variant)| variant.frequency > 0) {
            words[span.clone()].iter_mut().for_each(|word| word.add(variant.clone()));
        }
        self.release(words, untimed);
        if self.whole {
            // `in` sets nothing apart, nor do the words of `things to do`
            let small = |at: usize, word: &Word| !word.required && (is_stop_word(&word.text) || self.says_nothing(at));
            let small = words.iter_mut().enumerate().filter(|(at, word)| small(*at, word));
            small.flat_map(|(_, word)| &mut word.variants).for_each(|variant| variant.worth = 0);
        }
        Ok(())
    }

    /// Whether every word means something.
    pub fn says_all(&self) -> bool {
        self.whole
    }

    /// Whether a word is among those that set no event apart.
    fn says_nothing(&self, at: usize) -> bool {
        let said = |meaning: &Meaning| matches!(meaning, Meaning::Said(Phrase::Near | Phrase::Anything));
        self.parts.iter().any(|(span, meaning)| span.contains(&at) && said(meaning))
    }

    /// Words that need not be there; unless none would be left.
    fn release(&self, words: &mut [Word], untimed: bool) {
        let kinds = self.parts.iter().filter(|(_, meaning)| matches!(meaning, Meaning::Kind(..))).count();
        let free = |at: usize| {
            let generic = kinds > 1 && GENERIC.contains(&self.texts[at].as_str());
            generic || self.says_nothing(at) || untimed && self.is_time(at)
        };
        if (0..words.len()).any(|at| words[at].required && !free(at)) {
            (0..words.len()).filter(|at| free(*at)).for_each(|at| words[at].required = false);
        }
    }

    /// The parts that a filter could say, in their order.
    ///
    /// Takes     `near`: the place that was asked for, if any.  `relaxed`: the words that the hits need not hold: a month of a year of which
    ///           there is nothing is not what is shown.
    pub fn understood(&self, near: &str, relaxed: &[String]) -> Vec<Understood> {
        let shown = |month: &Date| !relaxed.iter().any(|word| year(word) == Some(month.year()));
        let of = |(span, meaning): &(Range<usize>, Meaning)| {
            let text = self.texts[span.clone()].join(" ");
            let say = |filter, value: String| Some(Understood { text: text.clone(), filter, value });
            match meaning {
                Meaning::Said(Phrase::When(occasion)) => say("when", occasion.as_str().to_owned()),
                Meaning::Said(Phrase::Month(first)) if shown(first) => say("month", first.strftime("%Y-%m").to_string()),
                Meaning::Said(Phrase::Near) => say("near", near.to_owned()),
                Meaning::Kind(_, said) => Some(said.clone()),
                Meaning::City(_, said) if self.whole => Some(said.clone()),
                _ => None,
            }
        };
        self.parts.iter().filter_map(of).collect()
    }
}

fn meanings(words: &str, named_year: Option<i16>, names: &Names, now: Timestamp) -> Vec<Meaning> {
    if year(words).is_some() {
        return vec![Meaning::Year];
    }
    let said = Phrase::read(words, named_year, now).map(Meaning::Said);
    said.into_iter().chain(kind(words, names)).chain(city(words, names)).collect()
}

/// The categories and genres of a name; genres of a category's name come behind it.
fn kind(words: &str, names: &Names) -> Option<Meaning> {
    let kinds = names.kinds.called(words);
    let as_category = kinds.iter().any(|kind| matches!(kind, KindOf::Category(_)));
    let key = |kind: &KindOf| match kind {
        KindOf::Category(number) => (key::category(names.category.text(*number)), MEANT),
        KindOf::Genre(number) => {
            let name = names.genre.text(*number);
            (key::genre(name), if as_category || is_nearly(words, name) { MEANT_LESS } else { MEANT })
        }
    };
    let value = |kind: &KindOf| match kind {
        KindOf::Category(number) => ("category", names.category.text(*number).to_owned()),
        KindOf::Genre(number) => ("genre", names.genre.text(*number).to_owned()),
    };
    let first = kinds.iter().find(|kind| matches!(kind, KindOf::Category(_))).or_else(|| kinds.first())?;
    let (filter, value) = value(first);
    Some(Meaning::Kind(kinds.iter().map(key).collect(), Understood { text: words.to_owned(), filter, value }))
}

fn city(words: &str, names: &Names) -> Option<Meaning> {
    let known = |number: &u32| names.cities.get(*number as usize).filter(|city| !city.venues.is_empty());
    let mut cities: Vec<_> = names.cities_called(words).iter().filter_map(known).collect();
    if cities.len() > CITIES {
        cities.sort_by_key(|city| Reverse(city.venues.len()));
        cities.truncate(CITIES);
    }
    let ids: Vec<_> = cities.into_iter().filter_map(|city| city.id).collect();
    let value = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let said = Understood { text: words.to_owned(), filter: "city", value };
    (!ids.is_empty()).then(|| Meaning::City(ids.into_iter().map(key::city).collect(), said))
}

/// What is found by an exact term.
fn held(snapshot: &Snapshot, key: &str, worth: u32) -> Result<Variant, Fault> {
    let frequency = snapshot.key_frequency(key)?;
    Ok(Variant { term: key.to_owned(), list: List::Key, worth, frequency, when: None })
}

impl When {
    fn variant(self, name: &str, worth: u32, snapshot: &Snapshot) -> Variant {
        let frequency = snapshot.segments.iter().map(|segment| self.range(segment).len() as u32).sum();
        Variant { term: name.to_owned(), list: List::When, worth, frequency, when: Some(Arc::new(self)) }
    }
}
