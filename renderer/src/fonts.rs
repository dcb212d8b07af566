//! The fonts inside the program, and shaping: from a text to glyphs at places.
//!
//! A text is split three times: into runs of one direction (Unicode bidirectional algorithm), those into runs that one font
//! can write, and those into glyphs by the shaper. Whoever draws or measures text comes through here.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use harfrust::{Direction, Script, ShapeOptions, ShapePlan, Shaper, ShaperData, UnicodeBuffer, script};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use unicode_bidi::BidiInfo;

use crate::error::DrawError;
use crate::scene::{Anchor, Text, Weight};
use crate::style::Style;

macro_rules! font {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/fonts/", $name))
    };
}

/// First Inter by weight, then each other script's Regular and Bold.
const FILES: [&[u8]; 11] = [
    font!("Inter-Regular.otf"),
    font!("Inter-SemiBold.otf"),
    font!("Inter-Bold.otf"),
    font!("NotoSansArabic-Regular.ttf"),
    font!("NotoSansArabic-Bold.ttf"),
    font!("NotoSansHebrew-Regular.ttf"),
    font!("NotoSansHebrew-Bold.ttf"),
    font!("NotoSansThai-Regular.ttf"),
    font!("NotoSansThai-Bold.ttf"),
    font!("NotoSansDevanagari-Regular.ttf"),
    font!("NotoSansDevanagari-Bold.ttf"),
];
const INTER_WEIGHTS: usize = 3;

/// What an SVG names: the same fonts where the reader has them, else the reader's own.
pub const FAMILIES: &str = "Inter,'Noto Sans Arabic','Noto Sans Hebrew','Noto Sans Thai','Noto Sans Devanagari',\
                            'Noto Sans',system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";

/// Plans kept: a face has few scripts, and each in one direction.
const MAX_PLANS: usize = 128;

/// The embedded fonts, parsed.
pub struct Fonts {
    faces: Vec<Face>,
    /// How a face sets a script; making a plan takes ten times as long as following it.
    plans: RwLock<HashMap<(usize, bool, Script), Arc<ShapePlan>>>,
}

struct Face {
    font: FontRef<'static>,
    letters: Charmap<'static>,
    outlines: OutlineGlyphCollection<'static>,
    shaping: ShaperData,
    units_per_em: f32,
}

/// A shaped text on one line, starting at 0.
#[derive(Debug, Default)]
pub struct Line {
    pub glyphs: Vec<Glyph>,
    pub width: f32,
}

/// A glyph of one face, in pixels from the line's start and baseline.
#[derive(Debug)]
pub struct Glyph {
    face: usize,
    id: GlyphId,
    pub x: f32,
    pub y: f32,
}

impl Glyph {
    /// What tells its form from all others: its face and its number there.
    pub fn form(&self) -> (usize, u32) {
        (self.face, self.id.to_u32())
    }
}

impl Fonts {
    pub fn embedded() -> Result<Self, DrawError> {
        let faces = FILES.iter().map(|bytes| Face::parse(bytes)).collect::<Result<_, _>>()?;
        Ok(Self { faces, plans: RwLock::default() })
    }

    /// The width of a text in pixels.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.line(text, style, 0.0).width
    }

    /// The width of a scene's text in pixels.
    pub fn text_width(&self, text: &Text) -> f32 {
        self.line(&text.text, Style { size: text.size, weight: text.weight }, text.spacing).width
    }

    /// Where a scene's text begins on its line.
    pub fn start(&self, text: &Text, width: f32) -> f32 {
        match text.anchor {
            Anchor::Left => text.x,
            Anchor::Middle => text.x - width / 2.0,
            Anchor::Right => text.x - width,
        }
    }

    /// Shapes a text in visual order; `spacing` stands between letters.
    pub fn line(&self, text: &str, style: Style, spacing: f32) -> Line {
        let mut line = Line::default();
        let mut add = |run: &str, rtl: bool| {
            let pieces = self.by_face(run, style.weight);
            let order: Box<dyn Iterator<Item = _>> = if rtl { Box::new(pieces.iter().rev()) } else { Box::new(pieces.iter()) };
            for (face, piece) in order {
                self.shape(*face, piece, rtl, style.size, spacing, &mut line);
            }
        };
        if text.is_ascii() {
            add(text, false);
        } else {
            let bidi = BidiInfo::new(text, None);
            for paragraph in &bidi.paragraphs {
                let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
                runs.into_iter().for_each(|run| add(&text[run.clone()], levels[run.start].is_rtl()));
            }
        }
        if !line.glyphs.is_empty() {
            line.width -= spacing;
        }
        line
    }

    /// Splits a text of one direction into pieces that one face can write.
    fn by_face<'t>(&self, text: &'t str, weight: Weight) -> Vec<(usize, &'t str)> {
        let mut pieces: Vec<(usize, &str)> = Vec::new();
        let (mut start, mut current) = (0, None);
        for (at, c) in text.char_indices() {
            let face = self.face_for(c, weight, current);
            if current.is_some_and(|current| current != face) {
                pieces.push((current.unwrap_or(face), &text[start..at]));
                start = at;
            }
            current = Some(face);
        }
        if let Some(face) = current {
            pieces.push((face, &text[start..]));
        }
        pieces
    }

    /// Letters and digits prefer Inter; blanks, marks and joiners stay with what they follow.
    fn face_for(&self, c: char, weight: Weight, current: Option<usize>) -> usize {
        let inter = match weight {
            Weight::Regular => 0,
            Weight::SemiBold => 1,
            Weight::Bold => 2,
        };
        if c.is_alphanumeric() && self.has(inter, c) {
            return inter;
        }
        if let Some(current) = current.filter(|face| self.has(*face, c) || matches!(c, '\u{200C}' | '\u{200D}')) {
            return current;
        }
        let bold = usize::from(weight != Weight::Regular);
        let others = (INTER_WEIGHTS + bold..self.faces.len()).step_by(2);
        std::iter::once(inter).chain(others).find(|face| self.has(*face, c)).unwrap_or(inter)
    }

    fn has(&self, face: usize, c: char) -> bool {
        self.faces[face].letters.map(c).is_some()
    }

    fn shape(&self, face: usize, text: &str, rtl: bool, size: f32, spacing: f32, line: &mut Line) {
        let Face { font, shaping, units_per_em, .. } = &self.faces[face];
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        buffer.guess_segment_properties();
        let shaper = shaping.shaper(font).build();
        let plan = self.plan(face, rtl, buffer.script(), &shaper);
        let shaped = shaper.shape(buffer, ShapeOptions::new().plan(Some(&plan)));
        let scale = size / units_per_em;
        for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let (x, y) = (line.width + place.x_offset as f32 * scale, -(place.y_offset as f32) * scale);
            line.glyphs.push(Glyph { face, id: GlyphId::new(info.glyph_id), x, y });
            line.width += place.x_advance as f32 * scale + spacing;
        }
    }

    fn plan(&self, face: usize, rtl: bool, writing: Script, shaper: &Shaper<'_>) -> Arc<ShapePlan> {
        let key = (face, rtl, writing);
        if let Some(plan) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(plan);
        }
        let direction = if rtl { Direction::RightToLeft } else { Direction::LeftToRight };
        let named = (writing != script::UNKNOWN).then_some(writing);
        let plan = Arc::new(ShapePlan::new(shaper, direction, named, None, &[]));
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        if plans.len() < MAX_PLANS {
            plans.insert(key, Arc::clone(&plan));
        }
        plan
    }

    /// Draws a glyph's outline: font units scaled to `size`, y up.
    pub fn outline(&self, glyph: &Glyph, size: f32, pen: &mut impl OutlinePen) {
        if let Some(outline) = self.faces[glyph.face].outlines.get(glyph.id) {
            let drawn = outline.draw(DrawSettings::unhinted(Size::new(size), LocationRef::default()), pen);
            debug_assert!(drawn.is_ok(), "an embedded font's outline");
        }
    }
}

impl Face {
    fn parse(bytes: &'static [u8]) -> Result<Self, DrawError> {
        let font = FontRef::new(bytes).map_err(|_| DrawError::Font("no font"))?;
        let head = font.head().map_err(|_| DrawError::Font("no head table"))?;
        Ok(Self {
            letters: font.charmap(),
            outlines: font.outline_glyphs(),
            shaping: ShaperData::new(&font),
            units_per_em: f32::from(head.units_per_em()),
            font,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::embedded().expect("the fonts")
    }

    const STYLE: Style = Style { size: 100.0, weight: Weight::Bold };

    #[test]
    fn every_shipped_script_has_glyphs() {
        for text in ["Dvořák – Łódź €£₹", "سفر", "שלום", "กรุงเทพ", "मुंबई"] {
            let line = fonts().line(text, STYLE, 0.0);
            assert!(line.width > 0.0 && line.glyphs.iter().all(|glyph| glyph.id.to_u32() != 0), "{text}");
        }
    }

    #[test]
    fn right_to_left_runs_stand_in_visual_order() {
        let fonts = fonts();
        let mixed = fonts.line("שלום Owls", STYLE, 0.0);
        let first = mixed.glyphs.iter().min_by(|a, b| a.x.total_cmp(&b.x)).expect("glyphs");
        assert_eq!(first.face, 2, "the Latin word stands left of the Hebrew one");
    }

    #[test]
    fn letter_spacing_stands_between_letters_only() {
        let fonts = fonts();
        let (tight, wide) = (fonts.line("AB", STYLE, 0.0).width, fonts.line("AB", STYLE, 30.0).width);
        assert!((wide - tight - 30.0).abs() < 0.01);
    }
}
