//! Folding of names: what is compared, and what stands in a URL. And how people write large numbers.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Folds for comparison: accents off (also ø, ł, ß, æ, đ, ı), lower case, apostrophes and full stops dropped,
/// every other non-alphanumeric run one space. `Dvořák’s "Rusalka"` becomes `dvoraks rusalka`.
pub fn fold(text: &str) -> String {
    fold_joined(text, b' ')
}

/// Folds as [`fold`] does, with `joint` between words instead of a space; a slug takes `-`.
fn fold_joined(text: &str, joint: u8) -> String {
    let mut folding = Folding { out: Vec::with_capacity(text.len() + SOME_MORE), joint, gap: false };
    let mut rest = text;
    loop {
        let (plain, others) = rest.split_at(rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len()));
        folding.add_all_plain(plain);
        // Letter by letter: what a text decomposes to differs from that by the order of its marks alone, and marks are dropped.
        let mut letters = others.chars();
        match letters.next() {
            None => break,
            // the most frequent ones, which do not decompose
            Some('–' | '—' | '“' | '”') => folding.gap = true,
            Some(letter) => decompose_compatible(letter, |part| {
                if !is_combining_mark(part) {
                    folding.add(part)
                }
            }),
        }
        rest = letters.as_str();
    }
    String::from_utf8(folding.out).unwrap_or_else(|fault| unreachable!("whole characters were put together: {fault}"))
}

/// What a slug often goes on with: a place and a day.
const SOME_MORE: usize = 32;

/// A text that is being folded.
struct Folding {
    out: Vec<u8>,
    joint: u8,
    /// Whether a word has ended.
    gap: bool,
}

/// By ASCII character: what it is folded to, or one of the two below.
const PLAIN: [u8; 128] = plain();
const DROPPED: u8 = 0;
const GAP: u8 = 1;

const fn plain() -> [u8; 128] {
    let (mut plain, mut byte) = ([GAP; 128], 0);
    while byte < 128 {
        plain[byte] = match byte as u8 {
            b'\'' | b'.' => DROPPED,
            letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            _ => GAP,
        };
        byte += 1;
    }
    plain
}

impl Folding {
    /// What most texts are made of: ASCII alone.
    fn add_all_plain(&mut self, text: &str) {
        let mut gap = self.gap && !self.out.is_empty();
        for byte in text.bytes() {
            match PLAIN[usize::from(byte & 0x7f)] {
                DROPPED => {}
                GAP => gap = !self.out.is_empty(),
                letter => {
                    if gap {
                        self.out.push(self.joint);
                        gap = false;
                    }
                    self.out.push(letter);
                }
            }
        }
        self.gap = gap;
    }

    fn add(&mut self, c: char) {
        match c {
            c if c.is_ascii() => self.add_all_plain(c.encode_utf8(&mut [0; 4])),
            '’' | '‘' | 'ʼ' => {}
            c if c.is_alphanumeric() => {
                self.join();
                folded(c, |c| self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
            }
            _ => self.gap = true,
        }
    }

    fn join(&mut self) {
        if self.gap && !self.out.is_empty() {
            self.out.push(self.joint);
        }
        self.gap = false;
    }
}

/// A letter or digit beyond ASCII.
fn folded(c: char, mut put: impl FnMut(char)) {
    match c {
        'ø' | 'Ø' => put('o'),
        'ł' | 'Ł' => put('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => put('d'),
        'ħ' | 'Ħ' => put('h'),
        'ı' => put('i'),
        'ß' | 'ẞ' => ['s', 's'].into_iter().for_each(put),
        'æ' | 'Æ' => ['a', 'e'].into_iter().for_each(put),
        'œ' | 'Œ' => ['o', 'e'].into_iter().for_each(put),
        'þ' | 'Þ' => ['t', 'h'].into_iter().for_each(put),
        c => c.to_lowercase().filter(|c| !is_combining_mark(*c)).for_each(put),
    }
}

const MAX_SLUG_BYTES: usize = 80;

/// A URL part of at most 80 bytes: folded words joined by hyphens; `-` for text without any letter or digit.
pub fn slug(text: &str) -> String {
    let mut slug = fold_joined(text, b'-');
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

/// Writes a whole number with a comma between thousands: 20431 becomes `20,431`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// Counts things in English: `1 order`, `2 orders`, `1,200 cities`.
pub fn plural(count: u64, noun: &str) -> String {
    let number = thousands(count);
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("{number} {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// Whether nothing of a text is seen: it is empty, or of spaces and of characters that take no place alone.
///
/// Source    Unicode 16, `Default_Ignorable_Code_Point`, and the letters that are blank by design (Hangul fillers, Braille blank).
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_unseen(c))
}

fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Takes out the marks that turn what stands behind them, beyond the end of the text too: a title that is shown beside others must not
/// write them backwards. The letters' own direction needs none of them.
///
/// Source    UAX #9: embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069).
pub fn unturn(text: &mut String) {
    if !text.is_ascii() {
        text.retain(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_thing_is_one() {
        let table = [
            (0, "order", "0 orders"),
            (1, "order", "1 order"),
            (1_200, "city", "1,200 cities"),
            (2, "day", "2 days"),
            (1, "journal entry", "1 journal entry"),
        ];
        for (count, noun, told) in table {
            assert_eq!(plural(count, noun), told);
        }
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
            ("The Who's F.A.Q. -- Live!\tB\u{1f}c", "the whos faq live b c"),
            ("—a—É\u{301}—", "a e"),
            ("wait…what", "waitwhat"),
            ("now • here", "now here"),
        ];
        for (text, folded) in table {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn letter_by_letter_is_as_the_whole_text_decomposed() {
        use unicode_normalization::UnicodeNormalization as _;
        for text in ["a\u{323}\u{307}b", "ớ ǖ ﬁn ㎏ 한국어 각", "e\u{301}\u{327}’s", "½ Å ẛ̣"] {
            let whole: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
            assert_eq!(fold(text), fold(&whole), "{text:?}");
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

    #[test]
    fn what_nobody_sees_is_blank() {
        for text in ["", "  ", "\u{200b}", "\u{200b} \u{feff}\u{2060}", "\u{202e}", "\u{ad}", "\u{3164}", "\u{e0020}", "\u{fe0f}"]
        {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", "\u{200b}a", "・", "–", "❤\u{fe0f}", "क\u{200d}ष", "שלום"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn what_turns_its_neighbours_goes_and_all_else_stays() {
        let table = [
            ("a\u{202e}b\u{202c}", "ab"),
            ("\u{2066}שלום\u{2069}", "שלום"),
            ("שלום\u{200f}!", "שלום\u{200f}!"),
            ("plain", "plain"),
        ];
        for (text, expected) in table {
            let mut text = text.to_owned();
            unturn(&mut text);
            assert_eq!(text, expected);
        }
    }
}
