//! Marks the question's words in what a hit shows, so that the mark-up is ours and the text stays text.

use std::ops::Range;

use super::answer::Highlight;
use crate::index::terms;
use crate::index::tokens::MAX_WORD_BYTES;
use crate::search::words::word::{List, Word};

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

    fn has(&self, piece: &str, plain: bool) -> bool {
        match plain {
            true => self.knows(lower(piece, &mut [0; MAX_WORD_BYTES])),
            false => terms::held(piece).iter().any(|term| self.knows(term)),
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

    /// The text, escaped for HTML, with `<mark>` around the words; `None` when there is none of them.
    fn mark(&self, text: &str) -> Option<String> {
        let mut out: Option<String> = None;
        let (mut at, mut copied) = (0, 0);
        while let Some(word) = next_word(text, at) {
            at = word.range.end;
            // of what is not plain letters and digits, some part may begin as a term does
            let may_be = !word.plain || self.first[usize::from(text.as_bytes()[word.range.start].to_ascii_lowercase())];
            let piece = &text[word.range.clone()];
            if may_be && self.has(piece, word.plain) {
                let out = out.get_or_insert_with(|| String::with_capacity(text.len() + 32));
                escape(&text[copied..word.range.start], out);
                out.push_str("<mark>");
                escape(piece, out);
                out.push_str("</mark>");
                copied = word.range.end;
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

/// Where a word stands, and whether it is written in plain letters and digits.
struct Piece {
    range: Range<usize>,
    plain: bool,
}

/// The next word, at `from` or behind it.
fn next_word(text: &str, from: usize) -> Option<Piece> {
    let place = |at: usize| text.as_bytes().get(at).map(|byte| PLACES[usize::from(*byte)]);
    let mut start = from;
    loop {
        match place(start)? {
            OUTSIDE => start += 1,
            UNKNOWN => match whole(text, start) {
                (true, _) => break,
                (false, behind) => start = behind,
            },
            _ => break,
        }
    }
    let (mut end, mut plain) = (start, true);
    loop {
        while place(end) == Some(PLAIN) {
            end += 1;
        }
        let (inside, behind) = match place(end) {
            Some(JOINT) => (true, end + 1),
            Some(UNKNOWN) => whole(text, end),
            _ => (false, end),
        };
        if !inside {
            return Some(Piece { range: start..end, plain });
        }
        (plain, end) = (false, behind);
    }
}

/// By byte: what it says of the word that it may stand in.
const PLACES: [u8; 256] = places();
/// It stands in no word.
const OUTSIDE: u8 = 0;
const PLAIN: u8 = 1;
/// An apostrophe or a full stop.
const JOINT: u8 = 2;
/// No byte alone decides.
const UNKNOWN: u8 = 3;

const fn places() -> [u8; 256] {
    let (mut places, mut byte) = ([OUTSIDE; 256], 0);
    while byte < 256 {
        places[byte] = match byte as u8 {
            b'\'' | b'.' => JOINT,
            plain if plain.is_ascii_alphanumeric() => PLAIN,
            plain if plain.is_ascii() => OUTSIDE,
            _ => UNKNOWN,
        };
        byte += 1;
    }
    places
}

/// Whether the character there belongs to a word, and where it ends.
fn whole(text: &str, at: usize) -> (bool, usize) {
    let mut chars = text[at..].chars();
    (chars.next().is_some_and(terms::is_word), text.len() - chars.as_str().len())
}

/// The one term of a piece that is written in plain letters and digits.
fn lower<'a>(piece: &str, into: &'a mut [u8; MAX_WORD_BYTES]) -> &'a str {
    let length = piece.len().min(MAX_WORD_BYTES);
    for (to, byte) in into.iter_mut().zip(piece.bytes()) {
        *to = byte.to_ascii_lowercase();
    }
    std::str::from_utf8(&into[..length]).unwrap_or_default()
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
    use crate::search::words::word::Variant;

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
