//! Marks the question's words in what a hit shows, so that the mark-up is ours and the text stays text.

use std::ops::Range;

use super::answer::Highlight;
use super::words::{List, Word};
use crate::index::terms;
use crate::index::tokens::MAX_WORD_BYTES;

/// The terms that the words of a question stand for.
pub struct Marks<'a> {
    /// In order.
    words: Vec<&'a str>,
    starts: Vec<&'a str>,
    /// By byte: whether some term begins with it.
    first: [bool; 256],
}

impl<'a> Marks<'a> {
    pub fn new(words: &'a [Word]) -> Self {
        let variants = || words.iter().filter(|word| word.required).flat_map(|word| &word.variants);
        let of = |list| variants().filter(move |variant| variant.list == list).map(|variant| variant.term.as_str());
        let mut words: Vec<&str> = of(List::Words).flat_map(|term| term.split(' ')).collect();
        words.sort_unstable();
        words.dedup();
        let starts: Vec<&str> = of(List::Start).collect();
        let mut first = [false; 256];
        words.iter().chain(&starts).filter_map(|term| term.bytes().next()).for_each(|byte| first[usize::from(byte)] = true);
        Self { words, starts, first }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.starts.is_empty()
    }

    fn has(&self, piece: &str) -> bool {
        let mut lower = [0; MAX_WORD_BYTES];
        match plain(piece, &mut lower) {
            Some(term) => self.knows(term),
            None => terms::held(piece).iter().any(|term| self.knows(term)),
        }
    }

    fn knows(&self, term: &str) -> bool {
        let may = term.bytes().next().is_some_and(|byte| self.first[usize::from(byte)]);
        may && (self.words.binary_search(&term).is_ok() || self.starts.iter().any(|start| term.starts_with(start)))
    }

    /// The fields in which something is marked, of those that `all` names.
    pub fn highlights(&self, all: impl FnOnce(&mut Marking<'_>)) -> Vec<Highlight> {
        let mut marking = Marking { marks: self, found: Vec::new() };
        if !self.is_empty() {
            all(&mut marking);
        }
        marking.found
    }

    /// Whether a word begins as a term does; of what is not plain letters and digits, some part may.
    fn may_be(&self, word: &str) -> bool {
        let begins = word.bytes().next().is_some_and(|byte| self.first[usize::from(byte.to_ascii_lowercase())]);
        begins || !word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// The text, escaped for HTML, with `<mark>` around the words; `None` when there is none of them.
    fn mark(&self, text: &str) -> Option<String> {
        let mut out: Option<String> = None;
        let (mut at, mut copied) = (0, 0);
        while let Some(word) = next_word(text, at) {
            at = word.end;
            let piece = &text[word.clone()];
            if self.may_be(piece) && self.has(piece) {
                let out = out.get_or_insert_with(|| String::with_capacity(text.len() + 32));
                escape(&text[copied..word.start], out);
                out.push_str("<mark>");
                escape(piece, out);
                out.push_str("</mark>");
                copied = word.end;
            }
        }
        out.map(|mut out| {
            escape(&text[copied..], &mut out);
            out
        })
    }
}

/// Gathers the fields of one hit.
pub struct Marking<'a> {
    marks: &'a Marks<'a>,
    found: Vec<Highlight>,
}

impl Marking<'_> {
    pub fn field<'t>(&mut self, field: &'static str, texts: impl IntoIterator<Item = &'t str>) {
        let fragments: Vec<String> = texts.into_iter().filter_map(|text| self.marks.mark(text)).collect();
        if !fragments.is_empty() {
            self.found.push(Highlight { field, fragments });
        }
    }
}

/// Where the next word stands, at `from` or behind it.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + run(&text[from..], false);
    (start < text.len()).then(|| start..start + run(&text[start..], true))
}

/// By byte: [`INSIDE`] a word, [`OUTSIDE`] of any, or another value for what no byte alone decides.
const PLACES: [u8; 256] = places();
const OUTSIDE: u8 = 0;
const INSIDE: u8 = 1;

const fn places() -> [u8; 256] {
    let (mut places, mut byte) = ([OUTSIDE; 256], 0);
    while byte < 256 {
        places[byte] = match byte as u8 {
            b'\'' | b'.' => INSIDE,
            plain if plain.is_ascii_alphanumeric() => INSIDE,
            plain if plain.is_ascii() => OUTSIDE,
            _ => 2,
        };
        byte += 1;
    }
    places
}

/// How many bytes at the beginning stand inside a word, or outside of any.
fn run(text: &str, inside: bool) -> usize {
    let wanted = if inside { INSIDE } else { OUTSIDE };
    let end = text.bytes().position(|byte| PLACES[usize::from(byte)] != wanted).unwrap_or(text.len());
    match text.as_bytes().get(end) {
        Some(byte) if !byte.is_ascii() => text[end..].find(|c| terms::is_word(c) != inside).map_or(text.len(), |more| end + more),
        _ => end,
    }
}

/// The one term of a piece that is written in plain letters and digits.
fn plain<'a>(piece: &str, lower: &'a mut [u8; MAX_WORD_BYTES]) -> Option<&'a str> {
    if !piece.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let length = piece.len().min(MAX_WORD_BYTES);
    for (to, byte) in lower.iter_mut().zip(piece.bytes()) {
        *to = byte.to_ascii_lowercase();
    }
    std::str::from_utf8(&lower[..length]).ok()
}

fn escape(text: &str, out: &mut String) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(entity);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::words::Variant;

    #[test]
    fn words_are_marked_and_markup_is_text() {
        let variant = |term: &str| Variant::word(term, Variant::EXACT, 1);
        let words = [Word {
            text: "dvorak".into(),
            required: true,
            variants: vec![variant("dvorak"), variant("dvoraks"), variant("script")],
        }];
        let marks = Marks::new(&words);
        let table = [
            ("Dvořák: Rusalka", Some("<mark>Dvořák</mark>: Rusalka")),
            ("Dvořák’s <script>", Some("<mark>Dvořák’s</mark> &lt;<mark>script</mark>&gt;")),
            ("A & B", None),
            ("a dvorakian dvo rak, adscript", None),
            ("a dvorak", Some("a <mark>dvorak</mark>")),
            ("(SCRIPT)", Some("(<mark>SCRIPT</mark>)")),
            ("ångström script", Some("ångström <mark>script</mark>")),
            (
                "1 & DVORAK's, l'dvorak “Dvořák”",
                Some("1 &amp; <mark>DVORAK&#39;s</mark>, <mark>l&#39;dvorak</mark> “<mark>Dvořák</mark>”"),
            ),
        ];
        for (text, marked) in table {
            assert_eq!(marks.mark(text).as_deref(), marked);
        }
    }
}
