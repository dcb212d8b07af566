//! Other names of things, from a file that the organiser keeps and that is read again while the server runs.
//!
//! ```text
//! # one group a line; everything behind a # is a remark
//! nyc, new york, big apple          each stands for all others
//! ofq => orchestra of the quarter   the left also finds the right, not the other way round
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use crate::index::stop_words::is_stop_word;
use crate::index::terms;

/// A larger file is refused.
const MAX_BYTES: u64 = 4 << 20;
/// The most names of one line.
const MAX_NAMES: usize = 16;
/// The most words of one name.
const MAX_NAME_WORDS: usize = 6;

/// Why a file of synonyms is not taken up; the one before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("line {line}: {detail}")]
    Line { line: usize, detail: String },
    #[error("{0}")]
    File(String),
}

/// Names and what else each stands for, all folded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Synonyms {
    others: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl Synonyms {
    /// Refuses   the first line that says nothing clear, by its number.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let mut synonyms = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line_said = line.split('#').next().unwrap_or_default().trim();
            if !line_said.is_empty() {
                synonyms.take(line_said).map_err(|detail| Refused::Line { line: at + 1, detail })?;
            }
        }
        Ok(synonyms)
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        match line.split_once("=>") {
            Some((left, right)) => {
                let (left, right) = (names(left)?, names(right)?);
                left.iter().for_each(|name| self.add(name, &right));
            }
            None => {
                let all = names(line)?;
                if all.len() < 2 {
                    return Err("needs two names with a comma or => between them".to_owned());
                }
                all.iter().for_each(|name| self.add(name, &all));
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &[String], others: &[Vec<String>]) {
        let entry = self.others.entry(name.to_vec()).or_default();
        let needed = |other: &[String]| {
            let words: Vec<&str> = other.iter().map(String::as_str).filter(|word| !is_stop_word(word)).collect();
            if words.is_empty() { other.join(" ") } else { words.join(" ") }
        };
        entry.extend(others.iter().filter(|other| *other != name).map(|other| needed(other)));
    }

    pub fn is_empty(&self) -> bool {
        self.others.is_empty()
    }

    pub fn len(&self) -> usize {
        self.others.len()
    }

    /// Where names stand in a question, and what else each stands for there.
    pub fn within<'a>(&'a self, texts: &'a [String]) -> impl Iterator<Item = (Range<usize>, &'a str)> + 'a {
        let spans = (0..texts.len()).flat_map(|from| (from + 1..=texts.len().min(from + MAX_NAME_WORDS)).map(move |to| from..to));
        spans.flat_map(|span| {
            let others = self.others.get(&texts[span.clone()]).into_iter().flatten();
            others.map(move |other| (span.clone(), other.as_str()))
        })
    }
}

fn names(list: &str) -> Result<Vec<Vec<String>>, String> {
    let names: Vec<Vec<String>> = list.split(',').map(terms::asked).collect();
    if names.len() > MAX_NAMES {
        return Err(format!("has more than {MAX_NAMES} names"));
    }
    if names.iter().any(Vec::is_empty) {
        return Err("has a name without a letter or digit".to_owned());
    }
    match names.iter().find(|name| name.len() > MAX_NAME_WORDS) {
        Some(long) => Err(format!("\"{}\" has more than {MAX_NAME_WORDS} words", long.join(" "))),
        None => Ok(names),
    }
}

/// What of a file tells that it was changed.
pub type Stamp = Option<(SystemTime, u64)>;

/// The stamp of a file; none when there is no file.
pub fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).ok().and_then(|meta| Some((meta.modified().ok()?, meta.len())))
}

/// Reads a file; without one there are no synonyms.
pub fn read(path: &Path) -> Result<Synonyms, Refused> {
    match fs::metadata(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Synonyms::default()),
        Ok(meta) if meta.len() > MAX_BYTES => return Err(Refused::File(format!("is larger than {MAX_BYTES} bytes"))),
        _ => {}
    }
    let bytes = fs::read(path).map_err(|fault| Refused::File(fault.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| Refused::File("is not UTF-8".to_owned()))?;
    Synonyms::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(synonyms: &Synonyms, question: &str) -> Vec<(Range<usize>, String)> {
        synonyms.within(&terms::asked(question)).map(|(span, other)| (span, other.to_owned())).collect()
    }

    #[test]
    fn a_group_goes_all_ways_and_an_arrow_one_way() {
        let synonyms = Synonyms::parse("# cities\n\nNYC, New York\nofq => The Orchestra # a remark\n").expect("clear");
        assert_eq!(synonyms.len(), 3);
        assert_eq!(found(&synonyms, "jazz nyc"), [(1..2, "new york".to_owned())]);
        assert_eq!(found(&synonyms, "new york jazz"), [(0..2, "nyc".to_owned())]);
        assert_eq!(found(&synonyms, "ofq"), [(0..1, "orchestra".to_owned())], "a stop word need not be there");
        assert_eq!(found(&synonyms, "orchestra"), []);
    }

    #[test]
    fn a_line_that_says_nothing_clear_is_named() {
        let table = [
            ("nyc\n", 1),
            ("a1, b1\n# fine\nnyc => \n", 3),
            ("a1, ,b1", 1),
            ("a1, one two three four five six seven", 1),
            ("=> a1", 1),
            ("\n\n?, !", 3),
        ];
        for (text, expected) in table {
            let Err(Refused::Line { line, .. }) = Synonyms::parse(text) else { panic!("{text} is refused") };
            assert_eq!(line, expected, "{text}");
        }
    }
}
