//! Whole phrases that exist: what performers, series and events are called, as somebody would ask for them.

use domain::text::fold;

use crate::index::terms;
use crate::search::answer::{Hit, Shown};
use crate::search::words::word::{List, Variant, Word};

/// A longer part of a title is no question.
const MAX_WORDS: usize = 6;

/// A question that finds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// As it is suggested: with accents, without capitals.
    pub told: String,
    /// Its folded words with a space before, between and behind, so that phrases can be sought in it.
    folded: String,
}

impl Phrase {
    /// A text as a phrase.
    pub fn of(text: &str) -> Self {
        let folded = format!(" {} ", words_of(text).collect::<Vec<_>>().join(" "));
        Self { told: text.trim().to_lowercase(), folded }
    }

    /// Whether it begins with what was typed, an article apart.
    fn begins(&self, typed: &Phrase) -> bool {
        let named = self.folded.strip_prefix(" the ").unwrap_or(self.folded.trim_start());
        [named, self.folded.trim_start()].iter().any(|name| name.starts_with(typed.folded.trim()))
    }

    /// Whether another one stands in it, or is it.
    pub fn holds(&self, other: &Phrase) -> bool {
        self.folded.contains(&other.folded)
    }
}

/// The names of what was found that hold all words: those that begin so before the others, the first of each group before the second.
///
/// Takes     `typed`: what is not suggested, since it is there already.
/// Cost      a look at each of a few hits.
pub fn phrases(groups: [&[Hit]; 3], words: &[Word], typed: &Phrase, most: usize) -> Vec<Phrase> {
    let longest = groups.iter().map(|group| group.len()).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|at| groups.iter().filter_map(move |group| group.get(at)));
    let mut phrases: Vec<Phrase> = Vec::new();
    for phrase in in_turn.filter(|hit| comes(hit)).filter_map(|hit| named(&hit.title, words)) {
        if phrase.folded != typed.folded && !phrases.iter().any(|known| known.folded == phrase.folded) {
            phrases.push(phrase);
        }
    }
    phrases.sort_by_key(|phrase| !phrase.begins(typed));
    phrases.truncate(most);
    phrases
}

/// Whether something of it is to come; an event that is over is found only where it was asked for.
fn comes(hit: &Hit) -> bool {
    match &hit.shown {
        Shown::Performer(performer) => performer.run.upcoming > 0,
        Shown::Series(series) => series.run.upcoming > 0,
        Shown::Event(_) => true,
        Shown::Venue(_) => false,
    }
}

/// The part of a name that holds all words: `Taylor Swift` of `Taylor Swift: The Eras Tour`.
fn named(name: &str, words: &[Word]) -> Option<Phrase> {
    let held = |piece: &str, word: &Word| word.variants.iter().any(|variant| holds(piece, variant));
    parts(name).find(|part| holds_all(part, words, held)).map(Phrase::of)
}

/// The shortest run of parts of a name that holds all of some folded words: `Dvořák Rusalka` of `Opera: Dvořák – Rusalka`.
pub fn whole(name: &str, words: &[String]) -> Option<Phrase> {
    let parts: Vec<&str> = parts(name).collect();
    let runs = (1..=MAX_WORDS).flat_map(|length| parts.windows(length)).map(|run| run.join(" "));
    let held = |piece: &str, word: &String| piece.replace('\'', "") == *word;
    runs.into_iter().find(|run| holds_all(run, words, held)).map(|run| Phrase::of(&run))
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    let parts = name.split([':', ';', '|', '–', '—', '(', ')', '[', ']']).flat_map(|part| part.split(" - "));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

fn holds_all<T>(part: &str, words: &[T], held: impl Fn(&str, &T) -> bool) -> bool {
    let pieces: Vec<String> = words_of(part).collect();
    (1..=MAX_WORDS).contains(&pieces.len()) && words.iter().all(|word| pieces.iter().any(|piece| held(piece, word)))
}

/// Whether a word of a name is what a variant says.
pub fn holds(part: &str, variant: &Variant) -> bool {
    match variant.list {
        List::Words => part == variant.term,
        List::Start => part.starts_with(&variant.term),
        List::Key | List::When => false,
    }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c| !terms::is_word(c)).filter(|piece| !piece.is_empty()).map(fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(term: &str, list: List) -> Word {
        let variant = Variant { list, ..Variant::word(term, Variant::EXACT, 1) };
        Word { text: term.to_owned(), required: true, variants: vec![variant] }
    }

    #[test]
    fn the_part_of_a_name_that_holds_all_words_is_the_phrase() {
        let words = [word("taylor", List::Words), word("sw", List::Start)];
        let told = |name: &str| named(name, &words).map(|phrase| phrase.told);
        let table = [
            ("Taylor Swift", Some("taylor swift")),
            ("Live: Taylor Swift – The Eras Tour", Some("taylor swift")),
            ("Swift & Taylor", Some("swift & taylor")),
            ("Taylor - Swift", None),
            ("Taylor Mac", None),
            ("An Evening of Songs by Taylor and Swift", None),
            ("", None),
        ];
        for (name, expected) in table {
            assert_eq!(told(name).as_deref(), expected, "{name}");
        }
        assert_eq!(
            named("Dvořák – Rusalka", &[word("dvorak", List::Words)]).map(|phrase| phrase.told).as_deref(),
            Some("dvořák")
        );
    }

    #[test]
    fn the_shortest_run_of_parts_that_holds_all_words_is_told_as_a_whole() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let table = [
            ("Opera: Dvořák – Rusalka", "dvorak rusalka", Some("dvořák rusalka")),
            ("Opera: Dvořák – Rusalka", "rusalka", Some("rusalka")),
            ("Orchard String Quartet: Holst", "string quartet", Some("orchard string quartet")),
            ("Orchard String Quartet: Holst", "string holst", Some("orchard string quartet holst")),
            ("One’s Own — Two of Three — Four of Five", "ones five", None),
            ("Orchard String Quartet: Holst", "string quebec", None),
            ("", "string", None),
        ];
        for (name, asked, told) in table {
            assert_eq!(whole(name, &words(asked)).map(|phrase| phrase.told).as_deref(), told, "{asked} in {name}");
        }
    }

    #[test]
    fn a_phrase_begins_with_its_name_s_first_letters_whatever_article_it_has() {
        let table = [
            ("the night owls", "ni", true),
            ("the night owls", "the n", true),
            ("no road", "n", true),
            ("new owls", "ow", false),
        ];
        for (phrase, typed, expected) in table {
            assert_eq!(Phrase::of(phrase).begins(&Phrase::of(typed)), expected, "{phrase} {typed}");
        }
    }

    #[test]
    fn a_phrase_holds_its_parts_word_by_word() {
        let owls = Phrase::of("The Night-Owls");
        let table = [("night owls", true), ("the night owls", true), ("NIGHT", true), ("owl", false), ("owls night", false)];
        for (other, expected) in table {
            assert_eq!(owls.holds(&Phrase::of(other)), expected, "{other}");
        }
    }
}
