//! Kinds of events by what people call them: categories and genres under their own names, in singular and plural, and under other words
//! for the same.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use domain::text::fold;

/// What people call alike, in the singular and in five languages; the first stands for all. Words of many names are left out: a concerto is
/// a work, `calcio` a part of what clubs are called.
const ALIKE: &[&[&str]] = &[
    &["concert", "gig", "live music", "music", "music concert", "konzert", "konzerte", "live musik", "concierto", "concerten"],
    &["theatre", "theater", "play", "schauspiel", "theaterstuck", "teatro", "obra de teatro", "piece de theatre", "toneel"],
    &["film", "movie", "cinema", "kino", "filme", "kinofilm", "cine", "pelicula", "bioscoop"],
    &["sport", "match", "game", "deporte", "partido", "wedstrijd"],
    &["football", "soccer", "football match", "football game", "fussball", "fussballspiel", "futbol", "voetbal"],
    &[
        "comedy",
        "stand up",
        "standup",
        "stand up comedy",
        "comedian",
        "comedy show",
        "kabarett",
        "komodie",
        "comedia",
        "commedia",
    ],
    &["family", "kid", "child", "children", "family show", "kids show", "kinder", "familie", "famille", "familia", "famiglia"],
    &["festival", "fest", "music festival"],
    &["conference", "convention", "konferenz", "konferenzen", "kongress", "conferencia", "conferenza", "conferentie", "congres"],
    &[
        "classical",
        "classical music",
        "classical concert",
        "klassik",
        "klassische musik",
        "klassisches konzert",
        "musique classique",
        "concert classique",
        "musica clasica",
        "musica classica",
        "klassiek",
        "klassieke muziek",
    ],
    &["hip hop", "hiphop", "rap"],
    &["science fiction", "sci fi", "scifi"],
    &["animation", "cartoon"],
    &["musical", "musical theatre", "musical theater"],
    &["r b", "rnb", "rhythm and blues"],
    &["opera", "oper", "opern"],
    &["ballet", "ballett", "balletto"],
    &[
        "exhibition",
        "ausstellung",
        "ausstellungen",
        "exposicion",
        "exposiciones",
        "mostra",
        "tentoonstelling",
        "tentoonstellingen",
    ],
];

/// What stands for all that are called alike, by each of them in the singular.
static STANDS_FOR: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let all = |alike: &&[&str]| alike.iter().map(|other| (singular(other), singular(alike[0]))).collect::<Vec<_>>();
    ALIKE.iter().flat_map(all).collect()
});

/// The most categories and genres that one phrase stands for: each is one more list that a search reads, and whoever writes events may
/// spell one word in thousands of ways.
const MOST: usize = 32;

/// What ends like a plural and is none: `blue` is a colour, and nobody's blues.
const NO_PLURALS: [&str; 3] = ["blues", "athletics", "gymnastics"];

/// A category or a genre, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KindOf {
    Category(u32),
    Genre(u32),
}

/// Which categories and genres a phrase names.
#[derive(Debug, Default)]
pub struct Kinds(HashMap<String, BTreeSet<Spelling>>);

/// A name: the plainer it is written, the sooner it stands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spelling {
    odd_letters: usize,
    bytes: usize,
    text: String,
    kind: KindOf,
}

impl Spelling {
    fn of(text: &str, kind: KindOf) -> Self {
        let before = std::iter::once(' ').chain(text.chars());
        let odd = |(before, letter): &(char, char)| match letter {
            letter if letter.is_alphanumeric() => letter.is_uppercase() && before.is_alphanumeric(),
            sign => !" -&/'’".contains(*sign),
        };
        Self { odd_letters: before.zip(text.chars()).filter(odd).count(), bytes: text.len(), text: text.to_owned(), kind }
    }
}

impl Kinds {
    /// Notes what a name stands for; of too many the oddest is forgotten.
    pub fn note(&mut self, name: &str, kind: KindOf) {
        if name.is_empty() {
            return;
        }
        let known = self.0.entry(common(&fold(name))).or_default();
        known.insert(Spelling::of(name, kind));
        if known.len() > MOST {
            known.pop_last();
        }
    }

    /// Takes     `phrase`: folded.
    pub fn called(&self, phrase: &str) -> Vec<KindOf> {
        self.0.get(&common(phrase)).into_iter().flatten().map(|spelling| spelling.kind).collect()
    }
}

/// The one phrase that stands for all that mean the same.
fn common(phrase: &str) -> String {
    let own = singular(phrase);
    STANDS_FOR.get(&own).cloned().unwrap_or(own)
}

/// Whether a phrase is not quite a name: the same but for its ending. Other words for a name are as good as the name.
pub fn is_nearly(phrase: &str, name: &str) -> bool {
    let name = fold(name);
    phrase != name && singular(phrase) == singular(&name)
}

/// A phrase with its last word in the singular, as far as its ending tells.
fn singular(phrase: &str) -> String {
    if phrase.rsplit(' ').next().is_some_and(|last| NO_PLURALS.contains(&last)) {
        return phrase.to_owned();
    }
    let ends = |ending: &str| phrase.strip_suffix(ending).filter(|rest| rest.len() > 2);
    match (ends("ies").or_else(|| ends("ie")), ends("ss"), ends("s")) {
        (Some(rest), ..) => format!("{rest}y"),
        (_, None, Some(rest)) => rest.to_owned(),
        _ => phrase.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_in_singular_and_plural_and_by_other_words() {
        let mut kinds = Kinds::default();
        let named = ["concerts", "comedy", "Comedy", "Hip-hop", "Jazz", "theatre", "Blues", ""];
        named.into_iter().zip(1..).for_each(|(name, number)| kinds.note(name, KindOf::Genre(number)));
        kinds.note("film", KindOf::Category(8));
        let table: [(&str, &[u32]); 14] = [
            ("movies", &[8]),
            ("movie", &[8]),
            ("concert", &[1]),
            ("gigs", &[1]),
            ("live music", &[1]),
            ("comedies", &[3, 2]),
            ("stand up", &[3, 2]),
            ("hip hop", &[4]),
            ("rap", &[4]),
            ("jazz", &[5]),
            ("theater", &[6]),
            ("blues", &[7]),
            ("blue", &[]),
            ("jaz", &[]),
        ];
        for (phrase, expected) in table {
            let numbers = kinds.called(phrase).into_iter().map(|kind| match kind {
                KindOf::Category(number) | KindOf::Genre(number) => number,
            });
            assert_eq!(numbers.collect::<Vec<_>>(), expected, "{phrase}");
        }
        assert!(kinds.called("").is_empty());
    }

    /// The control: as many as may be are all meant.
    #[test]
    fn of_thousands_of_spellings_the_plainest_are_meant() {
        let spelt = |number: usize| {
            let capital = |(at, letter): (usize, char)| if number >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter };
            format!("{}{}", "hip hop".chars().enumerate().map(capital).collect::<String>(), [" ", "!", "?"][number % 3])
        };
        let all = |odd: usize| {
            let mut kinds = Kinds::default();
            (1..=odd).for_each(|number| kinds.note(&spelt(number), KindOf::Genre(number as u32)));
            kinds.note("Hip-Hop", KindOf::Genre(0));
            kinds.called("hip hop")
        };
        assert_eq!((all(MOST - 1).len(), all(MOST).len(), all(5_000).len()), (MOST, MOST, MOST));
        assert_eq!(all(5_000)[0], KindOf::Genre(0), "the genre's own name is among them");
    }

    #[test]
    fn a_name_in_another_number_is_nearly_it_and_another_word_for_it_is_it() {
        let table =
            [("musicals", "Musical", true), ("musical", "Musical", false), ("rap", "Hip-hop", false), ("blue", "Blues", false)];
        for (phrase, name, expected) in table {
            assert_eq!(is_nearly(phrase, name), expected, "{phrase} {name}");
        }
    }
}
