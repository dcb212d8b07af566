//! Text as outlines, so that it looks the same everywhere, and beside it as letters, to be selected, searched and read aloud.
//!
//! Each glyph's outline stands once in the picture's definitions; a text places them. The letters are a layer of their own over
//! the whole picture, without colour, stretched to the outlines' width whatever font the reader has.

use std::collections::HashMap;

use skrifa::outline::OutlinePen;

use super::pen::Pen;
use crate::scene::Text;
use crate::text::{FAMILIES, Fonts, Style, is_rtl};

/// Outlines are drawn at this size, in whole units.
const EM: f32 = 1_000.0;
/// Shorter texts need no stretching.
const STRETCHED: usize = 3;

/// The glyphs that a picture uses, and its layer of letters.
pub struct Letters<'f> {
    fonts: &'f Fonts,
    /// Tells this picture's definitions from those of another in the same page.
    prefix: String,
    forms: HashMap<(usize, u32), usize>,
    outlines: Pen,
    layer: Pen,
}

impl<'f> Letters<'f> {
    pub fn new(fonts: &'f Fonts, prefix: String) -> Self {
        Self { fonts, prefix, forms: HashMap::new(), outlines: Pen::default(), layer: Pen::default() }
    }

    /// Writes a text's outlines, and remembers its letters.
    pub fn text(&mut self, out: &mut Pen, text: &Text) {
        let line = self.fonts.line(&text.text, Style { size: text.size, weight: text.weight }, text.spacing);
        if line.glyphs.is_empty() || text.size <= 0.0 {
            return;
        }
        let start = self.fonts.start(text, line.width);
        out.raw("<g fill=\"").colour(text.colour).raw("\" transform=\"");
        if text.turn != 0.0 {
            out.raw("rotate(").number(text.turn).raw(" ").number(text.x).raw(" ").number(text.y).raw(")");
        }
        out.raw("translate(").number(start).raw(" ").number(text.y).raw(")scale(").fine(text.size / EM).raw(")\">");
        let units = |pixels: f32| (pixels / text.size * EM).round() as i64;
        for glyph in &line.glyphs {
            let Some(form) = self.form(glyph) else { continue };
            out.raw("<use href=\"#").raw(&self.prefix).raw("g").plain(form).raw("\"");
            for (name, at) in [("x", units(glyph.x)), ("y", units(glyph.y))] {
                if at != 0 {
                    out.raw(" ").raw(name).raw("=\"").whole(at).raw("\"");
                }
            }
            out.raw("/>");
        }
        out.raw("</g>\n");
        self.letters(text, start, line.width);
    }

    /// A right-to-left text is isolated by characters rather than attributes: all readers of SVG know those.
    fn letters(&mut self, text: &Text, start: f32, width: f32) {
        let layer = &mut self.layer;
        layer.raw("<text x=\"").number(start).raw("\" y=\"").number(text.y).raw("\" font-size=\"").number(text.size).raw("\"");
        if text.text.chars().count() >= STRETCHED {
            layer.raw(" textLength=\"").number(width).raw("\" lengthAdjust=\"spacingAndGlyphs\"");
        }
        if text.turn != 0.0 {
            layer.raw(" transform=\"rotate(").number(text.turn).raw(" ").number(text.x).raw(" ").number(text.y).raw(")\"");
        }
        layer.raw(">");
        if is_rtl(&text.text) {
            layer.raw("\u{2067}").escaped(&text.text).raw("\u{2069}");
        } else {
            layer.escaped(&text.text);
        }
        layer.raw("</text>\n");
    }

    /// The number of a glyph's outline; none for a blank.
    fn form(&mut self, glyph: &crate::text::Glyph) -> Option<usize> {
        if let Some(known) = self.forms.get(&glyph.form()) {
            return (*known != usize::MAX).then_some(*known);
        }
        let outline = self.fonts.drawn(glyph, || {
            let mut outline = Outline::default();
            self.fonts.outline(glyph, EM, &mut outline);
            outline.pen.0
        });
        let number = if outline.is_empty() { usize::MAX } else { self.forms.len() };
        if number != usize::MAX {
            self.outlines.raw("<path id=\"").raw(&self.prefix).raw("g").plain(number).raw("\" d=\"");
            self.outlines.raw(&outline).raw("\"/>\n");
        }
        self.forms.insert(glyph.form(), number);
        (number != usize::MAX).then_some(number)
    }

    /// Writes what goes before the picture's end: definitions, then the layer.
    pub fn finish(self, out: &mut Pen) {
        if !self.outlines.0.is_empty() {
            out.raw("<defs>\n").raw(&self.outlines.0).raw("</defs>\n");
        }
        if !self.layer.0.is_empty() {
            out.raw("<g fill-opacity=\"0\" font-family=\"").raw(FAMILIES).raw("\">\n").raw(&self.layer.0).raw("</g>\n");
        }
    }
}

/// An outline as relative moves in whole units, y down.
#[derive(Default)]
struct Outline {
    pen: Pen,
    at: [i64; 2],
}

impl Outline {
    fn step(&mut self, letter: &str, points: &[[f32; 2]]) {
        self.pen.raw(letter);
        let from = self.at;
        for (n, [x, y]) in points.iter().enumerate() {
            let here = [x.round() as i64, (-y).round() as i64];
            let by = [here[0] - from[0], here[1] - from[1]];
            if n == 0 {
                self.pen.whole(by[0])
            } else {
                self.pen.next(by[0])
            };
            self.pen.next(by[1]);
            self.at = here;
        }
    }
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        // a relative move after a closed part would start from that part's start
        self.at = [0, 0];
        self.step("M", &[[x, y]]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.step("l", &[[x, y]]);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.step("q", &[[cx, cy], [x, y]]);
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.step("c", &[[ax, ay], [bx, by], [x, y]]);
    }
    fn close(&mut self) {
        self.pen.raw("z");
    }
}
