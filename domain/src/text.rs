//! Folding of names: what is compared, and what stands in a URL. And how people write large numbers.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Folds for comparison: accents off (also ø, ł, ß, æ, đ, ı), lower case, apostrophes and full stops dropped,
/// every other non-alphanumeric run one space. `Dvořák’s "Rusalka"` becomes `dvoraks rusalka`.
pub fn fold(text: &str) -> String {
    fold_joined(text, ' ')
}

/// The same with something else than a space between words.
fn fold_joined(text: &str, joint: char) -> String {
    if text.is_ascii() { fold_ascii(text, joint) } else { fold_any(text, joint) }
}

/// The same for what many texts are made of alone, several times as fast.
fn fold_ascii(text: &str, joint: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for byte in text.bytes() {
        match byte {
            b'\'' | b'.' => {}
            byte if byte.is_ascii_alphanumeric() => {
                if gap && !out.is_empty() {
                    out.push(joint);
                }
                gap = false;
                out.push(char::from(byte.to_ascii_lowercase()));
            }
            _ => gap = true,
        }
    }
    out
}

/// Letter by letter: what a text decomposes to differs from that by the order of its marks alone, and marks are dropped.
fn fold_any(text: &str, joint: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut add = |c: char| match c {
        '\'' | '’' | '‘' | 'ʼ' | '.' => {}
        c if c.is_alphanumeric() => {
            if gap && !out.is_empty() {
                out.push(joint);
            }
            gap = false;
            push_folded(c, &mut out);
        }
        _ => gap = true,
    };
    for c in text.chars() {
        if c.is_ascii() {
            add(c);
        } else {
            decompose_compatible(c, |c| {
                if !is_combining_mark(c) {
                    add(c)
                }
            });
        }
    }
    out
}

fn push_folded(c: char, out: &mut String) {
    match c {
        c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ħ' | 'Ħ' => out.push('h'),
        'ı' => out.push('i'),
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'þ' | 'Þ' => out.push_str("th"),
        c => out.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
    }
}

const MAX_SLUG_BYTES: usize = 80;

/// A URL part of at most 80 bytes: folded words joined by hyphens; `-` for text without any letter or digit.
pub fn slug(text: &str) -> String {
    let mut slug = fold_joined(text, '-');
    if slug.len() >= MAX_SLUG_BYTES {
        slug.truncate(whole_words(&slug));
    }
    if slug.is_empty() { "-".to_owned() } else { slug }
}

/// Where the last word ends that fits; 0 when the first leaves no room for another.
fn whole_words(slug: &str) -> usize {
    let mut ends = slug.match_indices('-').map(|(at, _)| at).chain([slug.len()]);
    let first = ends.next().filter(|first| *first < MAX_SLUG_BYTES);
    first.map_or(0, |first| ends.take_while(|end| *end <= MAX_SLUG_BYTES).last().unwrap_or(first))
}

/// `20,431`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn folding_meets_the_plain_keyboard() {
        let table = [
            ("Dvořák’s “Rusalka”", "dvoraks rusalka"),
            ("Strømsgodset", "stromsgodset"),
            ("ŁKS Łódź", "lks lodz"),
            ("Große", "grosse"),
            ("A.C. Milan", "ac milan"),
            ("  --  ", ""),
            ("İstanbul", "istanbul"),
            ("東京", "東京"),
        ];
        for (text, folded) in table {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn plain_letters_fold_alike_on_both_ways() {
        let all: String = (0..128).map(|byte| char::from(byte as u8)).collect();
        let reversed: String = all.chars().rev().collect();
        for text in ["", "The Who's F.A.Q. -- Live!", "  a\tB\u{1f}c'd.. ", &all, &reversed] {
            assert_eq!(fold_ascii(text, '-'), fold_any(text, '-'), "{text:?}");
        }
    }

    #[test]
    fn letter_by_letter_is_as_the_whole_text_decomposed() {
        use unicode_normalization::UnicodeNormalization as _;
        for text in ["a\u{323}\u{307}b", "ớ ǖ ﬁn ㎏ 한국어 각", "e\u{301}\u{327}’s", "½ Å ẛ̣"] {
            let whole: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
            assert_eq!(fold_any(text, ' '), fold_any(&whole, ' '), "{text:?}");
        }
    }

    #[test]
    fn a_slug_is_short_and_never_empty() {
        assert_eq!(slug("The Night Owls — Live!"), "the-night-owls-live");
        assert_eq!(slug("!!!"), "-");
        let of = |lengths: &[usize]| lengths.iter().map(|length| "w".repeat(*length)).collect::<Vec<_>>().join(" ");
        let table: [(&[usize], &[usize]); 8] = [
            (&[79], &[79]),
            (&[80], &[]),
            (&[80, 1], &[]),
            (&[78, 1], &[78, 1]),
            (&[79, 1], &[79]),
            (&[40, 39], &[40, 39]),
            (&[40, 40], &[40]),
            (&[9; 20], &[9; 8]),
        ];
        for (words, kept) in table {
            let expected = if kept.is_empty() { "-".to_owned() } else { of(kept).replace(' ', "-") };
            assert_eq!(slug(&of(words)), expected, "{words:?}");
        }
    }
}
