//! Marks the question's words in what a hit shows, so that the mark-up is ours and the text stays text.

use std::collections::HashSet;

use super::answer::Highlight;
use super::words::{List, Word};
use crate::index::terms;

/// The terms that the words of a question stand for.
pub struct Marks<'a> {
    words: HashSet<&'a str>,
    starts: Vec<&'a str>,
}

impl<'a> Marks<'a> {
    pub fn new(words: &'a [Word]) -> Self {
        let variants = || words.iter().filter(|word| word.required).flat_map(|word| &word.variants);
        let of = |list| variants().filter(move |variant| variant.list == list).map(|variant| variant.term.as_str());
        Self { words: of(List::Words).flat_map(|term| term.split(' ')).collect(), starts: of(List::Start).collect() }
    }

    fn has(&self, piece: &str) -> bool {
        let known = |term: &String| self.words.contains(term.as_str()) || self.starts.iter().any(|start| term.starts_with(start));
        terms::held(piece).iter().any(known)
    }

    /// The fields in which something is marked.
    pub fn highlights<'t>(&self, fields: impl IntoIterator<Item = (&'static str, Vec<&'t str>)>) -> Vec<Highlight> {
        if self.words.is_empty() && self.starts.is_empty() {
            return Vec::new();
        }
        let marked = fields
            .into_iter()
            .map(|(field, texts)| (field, texts.into_iter().filter_map(|text| self.mark(text)).collect::<Vec<_>>()));
        marked.filter(|(_, fragments)| !fragments.is_empty()).map(|(field, fragments)| Highlight { field, fragments }).collect()
    }

    /// The text, escaped for HTML, with `<mark>` around the words; `None` when there is none of them.
    fn mark(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len() + 16);
        let mut any = false;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let inside = terms::is_word(first);
            let end = rest.find(|c| terms::is_word(c) != inside).unwrap_or(rest.len());
            let (piece, behind) = rest.split_at(end);
            let marked = inside && self.has(piece);
            any |= marked;
            out.push_str(if marked { "<mark>" } else { "" });
            escape(piece, &mut out);
            out.push_str(if marked { "</mark>" } else { "" });
            rest = behind;
        }
        any.then_some(out)
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
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
        ];
        for (text, marked) in table {
            assert_eq!(marks.mark(text).as_deref(), marked);
        }
    }
}
