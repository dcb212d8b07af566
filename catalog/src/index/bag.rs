//! A document's words: each with the best class it stands in, the pairs of its names, the beginnings of its words.

use std::collections::{BTreeSet, HashMap};

use super::schema::{class, level};
use super::terms;
use crate::model::Venue;

/// Beginnings up to so many characters have a posting list of their own.
pub const MAX_START_CHARS: usize = 3;

/// Collects the words of one document.
#[derive(Default)]
pub struct Bag {
    classes: HashMap<String, u8>,
    pairs: BTreeSet<String>,
}

impl Bag {
    pub fn text(&mut self, text: &str, class: u8) {
        for term in terms::held(text) {
            let best = self.classes.entry(term).or_insert(class);
            *best = class.max(*best);
        }
    }

    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>, class: u8) {
        texts.into_iter().for_each(|text| self.text(text, class));
    }

    /// A name: its neighbouring words are remembered too.
    pub fn name(&mut self, name: &str, class: u8) {
        self.text(name, class);
        self.pairs.extend(terms::asked(name).windows(2).map(|pair| format!("{} {}", pair[0], pair[1])));
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

    /// As the tokenizer of the field `words` takes them.
    pub fn classed(&self) -> String {
        let mut text = String::with_capacity(self.classes.len() * 10);
        self.classes.iter().for_each(|(word, class)| line(&mut text, *class, word));
        text
    }

    /// The beginnings of all words but those of descriptions, each with its best level.
    pub fn starts(&self) -> String {
        let mut levels: HashMap<&str, u8> = HashMap::with_capacity(self.classes.len() * 2);
        for (word, class) in self.classes.iter().filter(|(_, class)| **class > class::DESCRIPTION) {
            let level = level::of(*class);
            let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_START_CHARS);
            for end in ends {
                let best = levels.entry(&word[..end]).or_insert(level);
                *best = level.max(*best);
            }
        }
        let mut text = String::with_capacity(levels.len() * 5);
        levels.iter().for_each(|(start, level)| line(&mut text, *level, start));
        text
    }

    pub fn pair_lines(&self) -> String {
        self.pairs.iter().fold(String::new(), |mut lines, pair| {
            lines.push_str(pair);
            lines.push('\n');
            lines
        })
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

    #[test]
    fn a_word_keeps_its_best_class_and_a_beginning_its_best_level() {
        let mut bag = Bag::default();
        bag.text("night of nights", class::DESCRIPTION);
        bag.text("nice", class::CITY);
        bag.name("Night Owls", class::NAME);
        let lines = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(bag.classed()), ["1nights", "1of", "3nice", "9night", "9owls"]);
        assert_eq!(lines(bag.starts()), ["1nic", "3n", "3ni", "3nig", "3o", "3ow", "3owl"]);
        assert_eq!(bag.pair_lines(), "night owls\n");
    }
}
