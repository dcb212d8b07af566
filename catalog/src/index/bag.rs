//! Words: of one thing as its texts say them, and of a document: each with the best class it stands in, the pairs of its names, the
//! beginnings of its words.

use super::schema::{class, level};
use super::terms;
use super::tokens::Rows;
use crate::model::Venue;

/// Beginnings up to so many characters have a posting list of their own.
pub const MAX_START_CHARS: usize = 3;

/// The words of one thing, as often as they are said: what stands in many documents is cut once.
#[derive(Debug, Default)]
pub struct Words {
    /// A word a line, its class before it.
    classed: String,
    /// Two neighbouring words of a name a line.
    pairs: String,
}

impl Words {
    /// Takes     `bytes`: what the words will take, about.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { classed: String::with_capacity(bytes), pairs: String::new() }
    }

    pub fn text(&mut self, text: &str, class: u8) {
        terms::each_held(text, |term| line(&mut self.classed, class, term));
    }

    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>, class: u8) {
        texts.into_iter().for_each(|text| self.text(text, class));
    }

    /// A name: its neighbouring words are remembered too.
    pub fn name(&mut self, name: &str, class: u8) {
        self.text(name, class);
        let mut before = String::new();
        terms::each_asked(name, |term| {
            if !before.is_empty() {
                self.pairs.extend([&before, " ", term, "\n"]);
            }
            before.clear();
            before.push_str(term);
        });
    }

    pub fn venue(&mut self, venue: &Venue, name: u8, alias: u8) {
        self.name(&venue.row.name, name);
        self.texts(&venue.row.aliases, alias);
        self.text(&venue.row.district, class::CITY);
        let Some(city) = &venue.city else { return };
        self.name(&city.name, class::CITY);
        self.texts(&city.aliases, class::CITY);
        self.texts([&city.region, &city.country_name], class::ABOUT);
    }
}

/// All words of one document, in their order: what it says does not hang on where its words come from.
pub struct Bag<'a> {
    /// Each with its best class.
    words: Vec<(&'a str, u8)>,
    pairs: Vec<&'a str>,
}

impl<'a> Bag<'a> {
    pub fn of(things: &[&'a Words]) -> Self {
        let bytes: usize = things.iter().map(|words| words.classed.len()).sum();
        let mut keyed = Vec::with_capacity(bytes / 4);
        let lines = things.iter().flat_map(|words| Rows::of(&words.classed));
        keyed.extend(lines.map(|line| (first_bytes(&line[1..]), &line[1..], line.as_bytes()[0] - b'0')));
        keyed.sort_unstable_by(|(a, a_word, a_class), (b, b_word, b_class)| {
            a.cmp(b).then_with(|| a_word.cmp(b_word)).then(b_class.cmp(a_class))
        });
        keyed.dedup_by(|(later, later_word, _), (first, first_word, _)| later == first && later_word == first_word);
        let mut pairs: Vec<_> = things.iter().flat_map(|words| Rows::of(&words.pairs)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self { words: keyed.into_iter().map(|(_, word, class)| (word, class)).collect(), pairs }
    }

    /// As the tokenizer of the field `words` takes them.
    pub fn classed(&self) -> String {
        let mut text = String::with_capacity(self.words.len() * 10);
        self.words.iter().for_each(|(word, class)| line(&mut text, *class, word));
        text
    }

    /// The beginnings of all words but those of descriptions, each with its best level.
    pub fn starts(&self) -> String {
        let mut text = String::with_capacity(self.words.len() * 12);
        // of each length, the one that the words just passed begin with
        let mut open = [("", 0); MAX_START_CHARS];
        for (word, class) in self.words.iter().filter(|(_, class)| *class > class::DESCRIPTION) {
            let level = level::of(*class);
            let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
            for ((start, best), end) in open.iter_mut().zip(ends) {
                if *start == &word[..end] {
                    *best = level.max(*best);
                } else {
                    start_line(&mut text, *best, start);
                    (*start, *best) = (&word[..end], level);
                }
            }
        }
        open.iter().for_each(|(start, best)| start_line(&mut text, *best, start));
        text
    }

    pub fn pair_lines(&self) -> String {
        let mut text = String::with_capacity(self.pairs.iter().map(|pair| pair.len() + 1).sum());
        self.pairs.iter().for_each(|pair| text.extend([pair, "\n"]));
        text
    }
}

/// Orders most words as the words themselves do, at a single comparison.
fn first_bytes(word: &str) -> u64 {
    let mut bytes = [0; 8];
    let known = word.len().min(8);
    bytes[..known].copy_from_slice(&word.as_bytes()[..known]);
    u64::from_be_bytes(bytes)
}

fn start_line(text: &mut String, level: u8, start: &str) {
    if !start.is_empty() {
        line(text, level, start);
    }
}

fn line(text: &mut String, class: u8, word: &str) {
    text.push(char::from(b'0' + class));
    text.push_str(word);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<&str> {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn a_word_keeps_its_best_class_and_a_beginning_its_best_level() {
        let (mut about, mut named) = (Words::default(), Words::default());
        about.text("night of nights", class::DESCRIPTION);
        about.text("nice", class::CITY);
        named.name("Night Owls", class::NAME);
        for bag in [Bag::of(&[&about, &named]), Bag::of(&[&named, &about, &named])] {
            assert_eq!(bag.classed(), "3nice\n9night\n1nights\n1of\n9owls\n");
            assert_eq!(lines(&bag.starts()), ["1nic", "3n", "3ni", "3nig", "3o", "3ow", "3owl"]);
            assert_eq!(bag.pair_lines(), "night owls\n");
        }
    }

    #[test]
    fn short_words_between_long_ones_neither_hide_nor_repeat_a_beginning() {
        let mut words = Words::default();
        words.text("a ab abc abcdefgh abcdefghi abd b bc é ét étude", class::NAME);
        let bag = Bag::of(&[&words]);
        assert_eq!(bag.classed().lines().count(), 11);
        assert_eq!(lines(&bag.starts()), ["3a", "3ab", "3abc", "3abd", "3b", "3bc", "3e", "3et", "3etu"]);
    }
}
