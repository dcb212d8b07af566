//! Outside text made fit for a picture: cleaned, cut to its place, wrapped.

use unicode_normalization::char::is_combining_mark;

use super::fonts::Fonts;
use super::style::Style;

/// What a picture takes of one text; the rest could not be read anyway.
const MAX_CHARS: usize = 400;
/// Marks stacked on one letter; more is no language but a nuisance to the lines above and below.
const MAX_MARKS: usize = 3;

/// Strips what is not text: control characters, bidirectional embeddings, overrides and isolates (they could reorder what
/// stands around them), tags, noncharacters; blanks become one space.
pub fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut marks = 0;
    for c in text.chars().filter(|c| c.is_whitespace() || !is_noise(*c)).take(MAX_CHARS) {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if marks <= MAX_MARKS {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_noise(c: char) -> bool {
    let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}');
    let nothing = matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}');
    c.is_control() || bidi || nothing || u32::from(c) & 0xFFFE == 0xFFFE || matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

/// Cuts a clean text to a width in pixels; what is cut shows as `…`.
///
/// Gives     the empty string if not even one letter fits.
/// Cost      shapes the text about log₂(length) times when it is too long.
pub fn fit(fonts: &Fonts, text: &str, style: Style, width: f32) -> String {
    if fonts.width(text, style) <= width {
        return text.to_owned();
    }
    let cuts: Vec<usize> = text.char_indices().filter(|(at, c)| *at > 0 && may_cut_before(*c)).map(|(at, _)| at).collect();
    let short = |cut: usize| format!("{}…", text[..cut].trim_end());
    let fits = cuts.partition_point(|cut| fonts.width(&short(*cut), style) <= width);
    fits.checked_sub(1).map_or_else(String::new, |last| short(cuts[last]))
}

fn may_cut_before(c: char) -> bool {
    !is_combining_mark(c) && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Breaks a clean text between words into at most `lines` lines, and within a word that is longer than a line or of a script
/// that knows no blanks; the last line is cut to fit.
pub fn wrap(fonts: &Fonts, text: &str, style: Style, width: f32, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && done.len() < lines {
        if fonts.width(rest, style) <= width {
            done.push(rest.to_owned());
            break;
        }
        let end = if done.len() + 1 < lines { line_end(fonts, rest, style, width) } else { None };
        let Some(end) = end else {
            done.push(fit(fonts, rest, style, width));
            break;
        };
        done.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    done
}

/// Where a line of a text that is too long for it ends; none where not even one letter fits.
fn line_end(fonts: &Fonts, text: &str, style: Style, width: f32) -> Option<usize> {
    let fitting = |ends: &[usize]| {
        let fits = ends.partition_point(|end| fonts.width(&text[..*end], style) <= width);
        fits.checked_sub(1).map(|last| ends[last])
    };
    let words: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    let between = fitting(&words);
    let next = between.map_or(text, |end| text[end..].trim_start()).split(' ').next().unwrap_or_default();
    if between.is_some() && fonts.width(next, style) <= width {
        return between;
    }
    // Thai writes some vowels before the letter that they follow
    let leads = |at: usize| text[..at].ends_with(|c| matches!(c, '\u{0E40}'..='\u{0E44}'));
    let cuts = text.char_indices().filter(|(at, c)| *at > 0 && may_cut_before(*c) && !leads(*at));
    fitting(&cuts.map(|(at, _)| at).collect::<Vec<_>>())
}

/// Whether the text as a whole reads from right to left: its first strong letter does.
pub fn is_rtl(text: &str) -> bool {
    !text.is_ascii() && unicode_bidi::get_base_direction(text) == unicode_bidi::Direction::Rtl
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Weight;

    const STYLE: Style = Style { size: 10.0, weight: Weight::Regular };

    #[test]
    fn only_text_is_left() {
        let table = [
            ("  The \n\t Owls ", "The Owls"),
            ("a\u{202E}b\u{2066}c\u{0}d\u{7f}", "abcd"),
            ("<b>&\"", "<b>&\""),
            ("שלום", "שלום"),
            ("a\u{301}\u{301}\u{301}\u{301}\u{301}b", "a\u{301}\u{301}\u{301}b"),
            ("\u{FFFF}\u{FEFF}", ""),
        ];
        for (text, left) in table {
            assert_eq!(clean(text), left);
        }
        assert_eq!(clean(&"x".repeat(5_000)).len(), MAX_CHARS);
    }

    #[test]
    fn a_long_text_is_cut_to_its_measure() {
        let fonts = Fonts::embedded().expect("fonts");
        let cut = fit(&fonts, "The Night Owls play the Grand Harbour Arena", STYLE, 100.0);
        assert!(cut.ends_with('…') && fonts.width(&cut, STYLE) <= 100.0 && cut.len() > 12, "{cut}");
        assert_eq!(fit(&fonts, "Owls", STYLE, 100.0), "Owls");
        assert_eq!(fit(&fonts, "Owls", STYLE, 1.0), "");
    }

    #[test]
    fn lines_break_between_words_and_the_last_is_cut() {
        let fonts = Fonts::embedded().expect("fonts");
        assert_eq!(wrap(&fonts, "The Night Owls", STYLE, 50.0, 2), ["The Night", "Owls"]);
        let cut = wrap(&fonts, "The Night Owls and a very long list of friends", STYLE, 60.0, 2);
        assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
        assert_eq!(wrap(&fonts, "", STYLE, 60.0, 2), Vec::<String>::new());
        let thai = wrap(&fonts, "เทศกาลดนตรีฤดูร้อนกรุงเทพมหานคร", STYLE, 60.0, 9);
        assert!(thai.len() > 1 && thai.concat() == "เทศกาลดนตรีฤดูร้อนกรุงเทพมหานคร", "{thai:?}");
        assert!(thai.iter().all(|line| fonts.width(line, STYLE) <= 60.0));
        assert_eq!(wrap(&fonts, "Owls", STYLE, 1.0, 3), [""]);
    }

    #[test]
    fn direction_comes_from_the_first_strong_letter() {
        assert!(is_rtl("(שלום) Owls") && !is_rtl("Owls שלום") && !is_rtl("123"));
    }
}
