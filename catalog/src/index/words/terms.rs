//! From text to terms: the same cut for what is indexed and what is asked.
//!
//! | text | asked for | held beside it |
//! |---|---|---|
//! | `Dvořák’s “Rusalka”` | dvoraks rusalka | dvorak |
//! | `O'Brien` | obrien | brien |
//! | `A.C. Milan` | ac milan | |
//! | `東京ドーム` | 東京 京ト トー ーム | 東 京 ト ー ム |
//!
//! Names are not stemmed. Scripts that write no spaces are cut into overlapping pairs of characters, so that any part is found.

use domain::text::fold;

use crate::index::tokens::cut;

/// The shortest part of a word with an apostrophe or full stop inside that is held by itself.
const LEAST_PART_CHARS: usize = 3;

/// The terms of a text in their order, as a question asks for them.
pub fn asked(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    each_asked(text, |term| terms.push(term.to_owned()));
    terms
}

/// Every term by which a text is found: what a question asks for, and parts of its words.
pub fn held(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    each_held(text, |term| terms.push(term.to_owned()));
    terms
}

/// Passes the terms that [`asked`] gives, without a text of its own for each.
pub fn each_asked(text: &str, mut each: impl FnMut(&str)) {
    let folded = fold(text);
    let words = folded.split(' ').filter(|word| !word.is_empty());
    if folded.is_ascii() {
        return words.for_each(|word| each(cut(word)));
    }
    words.for_each(|word| runs(word, |run, dense| if dense { pairs(run, &mut each) } else { each(cut(run)) }));
}

/// Passes the terms that [`held`] gives, in any order.
pub fn each_held(text: &str, mut each: impl FnMut(&str)) {
    each_asked(text, |term| {
        each(term);
        if term.starts_with(is_dense) && term.chars().count() == 2 {
            term.split_inclusive(is_dense).for_each(&mut each);
        }
    });
    if text.contains(is_joint) {
        parts(text).for_each(|part| each(&part));
    }
}

/// The terms of a question; a possessive keeps its owner visible: `Dvořák’s` becomes `dvorak's`.
pub fn question(text: &str) -> Vec<String> {
    let owners = owners(text);
    let mut terms = asked(text);
    for term in &mut terms {
        if let Some((_, owner)) = owners.iter().find(|(joined, _)| joined == term) {
            *term = format!("{owner}'s");
        }
    }
    terms
}

/// The possessives of a text, as one word and as their owner.
fn owners(text: &str) -> Vec<(String, String)> {
    if !text.contains(is_apostrophe) {
        return Vec::new();
    }
    let words = text.split(|c: char| !is_word(c));
    let owned = words.filter_map(|word| {
        let owner = word.strip_suffix(['s', 'S']).filter(|rest| rest.ends_with(is_apostrophe))?;
        Some((cut(&fold(word)).to_owned(), cut(&fold(owner)).to_owned()))
    });
    owned.filter(|(_, owner)| owner.chars().count() >= LEAST_PART_CHARS && !owner.contains(' ')).collect()
}

/// Whether a character stands inside a word: folding keeps it or drops it, and does not cut there.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_joint(c) || matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

fn is_joint(c: char) -> bool {
    is_apostrophe(c) || c == '.'
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ')
}

/// Han and kana: written without spaces.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Cuts a folded word where the script changes between dense and spaced.
fn runs<'a>(word: &'a str, mut each: impl FnMut(&'a str, bool)) {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let dense = is_dense(first);
        let end = rest.find(|c| is_dense(c) != dense).unwrap_or(rest.len());
        each(&rest[..end], dense);
        rest = &rest[end..];
    }
}

fn pairs(run: &str, each: &mut impl FnMut(&str)) {
    let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    match ends[..] {
        [start, end] => each(&run[start..end]),
        _ => ends.windows(3).for_each(|pair| each(&run[pair[0]..pair[2]])),
    }
}

/// The parts of words with an apostrophe or full stop inside: `night` of `Night’s`, `orfeo` of `L’Orfeo`.
fn parts(text: &str) -> impl Iterator<Item = String> + '_ {
    let joined = text.split(|c: char| !is_word(c)).filter(|word| word.trim_matches(is_joint).contains(is_joint));
    let parts = joined.flat_map(|word| word.split(is_joint)).map(fold);
    parts.filter(|part| part.chars().count() >= LEAST_PART_CHARS && !part.contains(' ')).map(|part| cut(&part).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_alike_for_asking_and_holding() {
        let table: [(&str, &[&str], &[&str]); 9] = [
            ("A Midsummer Night's Dream", &["a", "midsummer", "nights", "dream"], &["midsummer", "night"]),
            ("Dvořák’s “Rusalka”", &["dvoraks", "rusalka"], &["dvorak"]),
            ("O'Brien", &["obrien"], &["brien"]),
            ("L’Orfeo", &["lorfeo"], &["orfeo"]),
            ("A.C. Milan", &["ac", "milan"], &[]),
            ("Große Łódź", &["grosse", "lodz"], &[]),
            ("東京ドーム", &["東京", "京ト", "トー", "ーム"], &["東", "ム"]),
            ("Live in 東京2027", &["live", "in", "東京", "2027"], &["東", "京"]),
            ("東", &["東"], &[]),
        ];
        for (text, terms, more) in table {
            assert_eq!(asked(text), terms, "{text}");
            let held = held(text);
            assert!(terms.iter().chain(more).all(|term| held.iter().any(|known| known == term)), "{text}: {held:?}");
            assert_eq!(more.is_empty(), held.len() == terms.len(), "{text}: {held:?}");
        }
    }

    #[test]
    fn a_question_keeps_the_owner_of_a_possessive_visible() {
        assert_eq!(question("Dvořák’s Rusalka"), ["dvorak's", "rusalka"]);
        assert_eq!(question("it's o'brien rock'n'roll"), ["its", "obrien", "rocknroll"]);
    }
}
