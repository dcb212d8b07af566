//! Writes numbers, colours and escaped text, as short as they can be.

use std::fmt::Write as _;

use crate::palette::Colour;

/// What has been written.
#[derive(Debug, Default)]
pub struct Pen(pub String);

/// Pixels as whole hundredths, so that relative moves do not drift.
pub fn hundredths(value: f32) -> i64 {
    (f64::from(value) * 100.0).round() as i64
}

impl Pen {
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// Pixels, to the hundredth.
    pub fn number(&mut self, value: f32) -> &mut Self {
        self.fixed(hundredths(value))
    }

    /// A value to the sixth decimal, for scales.
    pub fn fine(&mut self, value: f32) -> &mut Self {
        let text = format!("{value:.6}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        self.raw(text.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(text))
    }

    /// The shortest spelling of hundredths: `12.3`, `-.05`, `7`.
    pub fn fixed(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.0.push('-');
        }
        let (whole, part) = (value.unsigned_abs() / 100, value.unsigned_abs() % 100);
        if whole > 0 || part == 0 {
            self.natural(whole);
        }
        if part > 0 {
            self.0.push('.');
            self.0.push(char::from(b'0' + (part / 10) as u8));
            if part % 10 > 0 {
                self.0.push(char::from(b'0' + (part % 10) as u8));
            }
        }
        self
    }

    /// A whole number after another: a minus sign parts two numbers by itself.
    pub fn next(&mut self, value: i64) -> &mut Self {
        self.0.push(if value < 0 { '-' } else { ' ' });
        self.natural(value.unsigned_abs());
        self
    }

    pub fn whole(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.0.push('-');
        }
        self.natural(value.unsigned_abs());
        self
    }

    fn natural(&mut self, value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = value;
        while rest > 0 || at == digits.len() {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        // digits are always UTF-8
        self.0.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
    }

    /// Moves relative to the last place, in hundredths; the first time from the origin.
    pub fn move_to(&mut self, last: Option<(i64, i64)>, [x, y]: [f32; 2]) -> (i64, i64) {
        let here = (hundredths(x), hundredths(y));
        let (from_x, from_y) = last.unwrap_or_default();
        self.raw(if last.is_some() { "m" } else { "M" }).fixed(here.0 - from_x);
        if here.1 >= from_y {
            self.raw(" ");
        }
        self.fixed(here.1 - from_y);
        here
    }

    pub fn colour(&mut self, colour: Colour) -> &mut Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.0.push('#');
        for byte in [colour.0, colour.1, colour.2] {
            self.0.push(char::from(HEX[usize::from(byte >> 4)]));
            self.0.push(char::from(HEX[usize::from(byte & 15)]));
        }
        self
    }

    /// Anything that prints without markup.
    pub fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        let _ = write!(self.0, "{value}");
        self
    }

    /// Data inside an element or attribute.
    pub fn escaped(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c.is_control() => {}
                c => self.0.push(c),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let table = [(0, "0"), (5, ".05"), (-5, "-.05"), (50, ".5"), (1230, "12.3"), (-700, "-7"), (123_456, "1234.56")];
        for (value, text) in table {
            let mut pen = Pen::default();
            pen.fixed(value);
            assert_eq!(pen.0, text);
        }
        for (value, text) in [(0.0125, ".0125"), (1.0, "1"), (0.0, "0"), (2.5, "2.5"), (0.011_283_4, ".011283")] {
            let mut pen = Pen::default();
            pen.fine(value);
            assert_eq!(pen.0, text);
        }
    }

    #[test]
    fn outside_text_stays_text() {
        let mut pen = Pen::default();
        pen.escaped("<script>alert('&\")</script>\u{0}\u{8}");
        assert_eq!(pen.0, "&lt;script&gt;alert(&#39;&amp;&quot;)&lt;/script&gt;");
    }

    #[test]
    fn colours_are_hexadecimal() {
        let mut pen = Pen::default();
        pen.colour(Colour(0, 0xAB, 9));
        assert_eq!(pen.0, "#00ab09");
    }
}
