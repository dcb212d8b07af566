//! The fonts inside the program, and shaping: from a text to glyphs at places.
//!
//! A text is split three times: into runs of one direction (Unicode bidirectional algorithm), those into runs that one font
//! can write, and those into glyphs by the shaper. Whoever draws or measures text comes through here.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use harfrust::{Direction, Script, ShapeOptions, ShapePlan, Shaper, ShaperData, UnicodeBuffer, script};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::raw::FileRef;
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use unicode_bidi::BidiInfo;
use unicode_normalization::char::is_combining_mark;

use super::style::Style;
use crate::error::DrawError;
use crate::scene::{Anchor, Text, Weight};

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
/// Texts kept of each weight, and how long they are at most: some 2 MB. When there are more, all are forgotten.
const MAX_KEPT: usize = 2_000;
const KEPT_BYTES: usize = 64;
const WEIGHTS: usize = 3;
/// Outlines kept as they are written: 300 bytes a letter, 2 KB the most intricate ones. When there are more, all are forgotten.
const MAX_DRAWN: usize = 4_000;

/// What stands for a letter that no face has: a reader sees that something is there, and never a box.
const STAND_IN: char = '•';

/// The embedded fonts and those of a folder, parsed.
pub struct Fonts {
    faces: Vec<Face>,
    /// The first face that did not come with the program: asked last, whatever the weight.
    first_added: usize,
    /// How a face sets a script; making a plan takes ten times as long as following it.
    plans: RwLock<HashMap<(usize, bool, Script), Arc<ShapePlan>>>,
    /// Short texts as they were shaped: labels, names of halls and tiers come again on every ticket and every map.
    kept: [RwLock<HashMap<Box<str>, Arc<Shaped>>>; WEIGHTS],
    /// Outlines as pictures of text write them, which have one size for all.
    drawn: RwLock<HashMap<(usize, u32), Arc<str>>>,
}

/// A text as one weight of the fonts writes it, in the fonts' own units: good for every size.
#[derive(Debug, Default)]
struct Shaped(Vec<ShapedPiece>);

#[derive(Debug)]
struct ShapedPiece {
    face: usize,
    text: Range<usize>,
    glyphs: Vec<ShapedGlyph>,
}

#[derive(Debug)]
struct ShapedGlyph {
    id: GlyphId,
    cluster: u32,
    advance: i32,
    offset: [i32; 2],
}

struct Face {
    file: &'static [u8],
    /// Of the font within its file.
    index: u32,
    font: FontRef<'static>,
    letters: Charmap<'static>,
    outlines: OutlineGlyphCollection<'static>,
    shaping: ShaperData,
    units_per_em: f32,
}

/// A shaped text on one line, starting at 0.
#[derive(Debug, Default)]
pub struct ShapedLine {
    pub glyphs: Vec<Glyph>,
    /// What one face writes each, from left to right.
    pub pieces: Vec<GlyphRun>,
    pub width: f32,
}

/// Neighbouring glyphs of one face, and the bytes of the text that they show.
#[derive(Debug)]
pub struct GlyphRun {
    pub face: usize,
    pub glyphs: Range<usize>,
    pub text: Range<usize>,
    /// Where its first glyph's place begins.
    pub x: f32,
}

/// A glyph of one face, in pixels from the line's start and baseline.
#[derive(Debug)]
pub struct Glyph {
    face: usize,
    pub id: GlyphId,
    pub x: f32,
    pub y: f32,
    /// To where the next glyph's place begins.
    pub advance: f32,
    /// The byte of the text where what it shows begins.
    pub cluster: usize,
}

impl Glyph {
    /// What tells its form from all others: its face and its number there.
    pub fn form(&self) -> (usize, u32) {
        (self.face, self.id.to_u32())
    }
}

/// A stretch of a text of one direction that one face can write; no face: what nobody has letters for.
struct Stretch {
    face: Option<usize>,
    text: Range<usize>,
}

impl Fonts {
    pub fn embedded() -> Result<Self, DrawError> {
        Self::of(&FILES, Vec::new())
    }

    /// The embedded fonts, and others for the scripts that those lack. The files are kept until the program ends.
    ///
    /// Refuses   a file that is no font of outlines.
    pub fn with(added: Vec<Vec<u8>>) -> Result<Self, DrawError> {
        Self::of(&FILES, added)
    }

    fn of(own: &[&'static [u8]], added: Vec<Vec<u8>>) -> Result<Self, DrawError> {
        let mut faces = own.iter().map(|bytes| Face::parse(bytes, 0)).collect::<Result<Vec<_>, _>>()?;
        let first_added = faces.len();
        for (n, file) in added.into_iter().enumerate() {
            faces.extend(Face::all(file.leak()).map_err(|_| DrawError::Added(n))?);
        }
        Ok(Self { faces, first_added, plans: RwLock::default(), kept: Default::default(), drawn: RwLock::default() })
    }

    /// A face's file, and which of the file's fonts it is.
    pub fn file(&self, face: usize) -> (&'static [u8], u32) {
        (self.faces[face].file, self.faces[face].index)
    }

    /// How many faces there are.
    pub fn faces(&self) -> usize {
        self.faces.len()
    }

    /// The width of a text in pixels.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        let mut width = 0.0;
        for piece in &self.shaped(text, style.weight).0 {
            let scale = style.size / self.faces[piece.face].units_per_em;
            piece.glyphs.iter().for_each(|glyph| width += glyph.advance as f32 * scale);
        }
        width
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
    pub fn line(&self, text: &str, style: Style, spacing: f32) -> ShapedLine {
        let mut line = ShapedLine::default();
        for piece in &self.shaped(text, style.weight).0 {
            let (face, scale) = (piece.face, style.size / self.faces[piece.face].units_per_em);
            let (first, start) = (line.glyphs.len(), line.width);
            for ShapedGlyph { id, cluster, advance, offset: [over, up] } in &piece.glyphs {
                let (x, y) = (line.width + *over as f32 * scale, -(*up as f32) * scale);
                let advance = *advance as f32 * scale + spacing;
                line.glyphs.push(Glyph { face, id: *id, x, y, advance, cluster: *cluster as usize });
                line.width += advance;
            }
            line.pieces.push(GlyphRun { face, glyphs: first..line.glyphs.len(), text: piece.text.clone(), x: start });
        }
        if !line.glyphs.is_empty() {
            line.width -= spacing;
        }
        line
    }

    /// A text as it is written, from left to right; short ones are shaped once.
    fn shaped(&self, text: &str, weight: Weight) -> Arc<Shaped> {
        if text.len() > KEPT_BYTES {
            return Arc::new(self.shape_all(text, weight));
        }
        let kept = &self.kept[usize::from(weight != Weight::Regular) + usize::from(weight == Weight::Bold)];
        if let Some(shaped) = kept.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Arc::clone(shaped);
        }
        let shaped = Arc::new(self.shape_all(text, weight));
        let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(text.into(), Arc::clone(&shaped));
        shaped
    }

    fn shape_all(&self, text: &str, weight: Weight) -> Shaped {
        let mut shaped = Vec::new();
        let mut add = |run: Range<usize>, rtl: bool| {
            let mut stretches = self.by_face(text, run, weight);
            if rtl {
                stretches.reverse();
            }
            shaped.extend(stretches.into_iter().map(|stretch| self.shape(text, stretch, rtl)));
        };
        if text.is_ascii() {
            add(0..text.len(), false);
        } else {
            let bidi = BidiInfo::new(text, None);
            for paragraph in &bidi.paragraphs {
                let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
                runs.into_iter().for_each(|run| add(run.clone(), levels[run.start].is_rtl()));
            }
        }
        Shaped(shaped)
    }

    /// Splits a run of one direction into stretches that one face can write.
    fn by_face(&self, text: &str, run: Range<usize>, weight: Weight) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, c) in text[run.clone()].char_indices() {
            let (at, last) = (run.start + at, stretches.last_mut());
            let face = match &last {
                Some(last) if joins(c) => last.face,
                Some(last) => self.face_for(c, weight, last.face),
                None => self.face_for(c, weight, None),
            };
            match last {
                Some(last) if last.face == face => last.text.end = at + c.len_utf8(),
                _ => stretches.push(Stretch { face, text: at..at + c.len_utf8() }),
            }
        }
        stretches
    }

    /// Letters and digits prefer Inter; blanks and marks stay with what they follow.
    fn face_for(&self, c: char, weight: Weight, current: Option<usize>) -> Option<usize> {
        let inter = match weight {
            Weight::Regular => 0,
            Weight::SemiBold => 1,
            Weight::Bold => 2,
        };
        if c.is_alphanumeric() && self.has(inter, c) {
            return Some(inter);
        }
        if let Some(current) = current.filter(|face| self.has(*face, c)) {
            return Some(current);
        }
        let bold = usize::from(weight != Weight::Regular);
        let others = (INTER_WEIGHTS + bold..self.first_added).step_by(2).chain(self.first_added..self.faces.len());
        std::iter::once(inter).chain(others).find(|face| self.has(*face, c))
    }

    fn has(&self, face: usize, c: char) -> bool {
        self.faces[face].letters.map(c).is_some()
    }

    fn shape(&self, text: &str, stretch: Stretch, rtl: bool) -> ShapedPiece {
        let face = stretch.face.unwrap_or_default();
        let mut buffer = UnicodeBuffer::new();
        for (at, c) in text[stretch.text.clone()].char_indices() {
            let cluster = (stretch.text.start + at) as u32;
            match stretch.face {
                Some(_) => buffer.add(c, cluster),
                None if joins(c) || is_combining_mark(c) => {}
                None => buffer.add(STAND_IN, cluster),
            }
        }
        let Face { font, shaping, .. } = &self.faces[face];
        buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        buffer.guess_segment_properties();
        let shaper = shaping.shaper(font).build();
        let plan = self.plan(face, rtl, buffer.script(), &shaper);
        let shaped = shaper.shape(buffer, ShapeOptions::new().plan(Some(&plan)));
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, place)| ShapedGlyph {
            id: GlyphId::new(info.glyph_id),
            cluster: info.cluster,
            advance: place.x_advance,
            offset: [place.x_offset, place.y_offset],
        });
        ShapedPiece { face, text: stretch.text, glyphs: glyphs.collect() }
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

    /// A glyph's outline in words, written by `write` when nobody has asked for it lately.
    pub fn drawn(&self, glyph: &Glyph, write: impl FnOnce() -> String) -> Arc<str> {
        if let Some(drawn) = self.drawn.read().unwrap_or_else(PoisonError::into_inner).get(&glyph.form()) {
            return Arc::clone(drawn);
        }
        let words: Arc<str> = write().into();
        let mut drawn = self.drawn.write().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() >= MAX_DRAWN {
            drawn.clear();
        }
        drawn.insert(glyph.form(), Arc::clone(&words));
        words
    }

    /// Draws a glyph's outline: font units scaled to `size`, y up.
    pub fn outline(&self, glyph: &Glyph, size: f32, pen: &mut impl OutlinePen) {
        if let Some(outline) = self.faces[glyph.face].outlines.get(glyph.id) {
            let drawn = outline.draw(DrawSettings::unhinted(Size::new(size), LocationRef::default()), pen);
            debug_assert!(drawn.is_ok(), "an embedded font's outline");
        }
    }
}

/// What belongs to the letter before it, whoever writes that: joiners, choices of a variant, skin tones.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

impl GlyphRun {
    /// The bytes of the text that each glyph shows, in the order of the glyphs; those of one cluster have the same.
    pub fn ranges(&self, glyphs: &[Glyph]) -> Vec<Range<usize>> {
        let own = &glyphs[self.glyphs.clone()];
        let mut starts: Vec<usize> = own.iter().map(|glyph| glyph.cluster).collect();
        starts.sort_unstable();
        let end = |from: usize| starts.get(starts.partition_point(|start| *start <= from)).copied().unwrap_or(self.text.end);
        own.iter().map(|glyph| glyph.cluster..end(glyph.cluster)).collect()
    }
}

impl Face {
    /// All fonts of a file; those that have no outlines, such as coloured emoji, are passed over.
    fn all(file: &'static [u8]) -> Result<Vec<Self>, DrawError> {
        let count = match FileRef::new(file).map_err(|_| DrawError::Font("no font"))? {
            FileRef::Font(_) => 1,
            FileRef::Collection(collection) => collection.len(),
        };
        let faces = (0..count).map(|index| Self::parse(file, index)).collect::<Result<Vec<_>, _>>()?;
        Ok(faces.into_iter().filter(Self::has_outlines).collect())
    }

    fn has_outlines(&self) -> bool {
        self.outlines.format().is_some()
    }

    fn parse(file: &'static [u8], index: u32) -> Result<Self, DrawError> {
        let font = FontRef::from_index(file, index).map_err(|_| DrawError::Font("no font"))?;
        let head = font.head().map_err(|_| DrawError::Font("no head table"))?;
        Ok(Self {
            letters: font.charmap(),
            outlines: font.outline_glyphs(),
            shaping: ShaperData::new(&font),
            units_per_em: f32::from(head.units_per_em()),
            file,
            index,
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
    fn what_no_face_has_is_a_dot_and_a_folder_s_font_has_it() {
        let table = [("東京", 2), ("👩🏽‍🎤 x", 4), ("ក្ម", 2)];
        let fonts = fonts();
        let dot = fonts.line("•", STYLE, 0.0).glyphs[0].id;
        for (text, glyphs) in table {
            let line = fonts.line(text, STYLE, 0.0);
            assert_eq!(line.glyphs.len(), glyphs, "{text}");
            assert!(line.glyphs.iter().all(|glyph| glyph.id.to_u32() != 0) && line.glyphs[0].id == dot, "{text}");
        }
        let thai = FILES[8].to_vec();
        let (without, with) = (Fonts::of(&FILES[..3], Vec::new()), Fonts::of(&FILES[..3], vec![thai]));
        let shown = |fonts: Result<Fonts, DrawError>| fonts.expect("fonts").line("กรุง x", STYLE, 0.0).glyphs[0].face;
        assert_eq!((shown(without), shown(with)), (0, 3));
        assert!(Fonts::with(vec![b"no font".to_vec()]).is_err());
    }

    #[test]
    fn every_byte_of_a_text_belongs_to_a_glyph() {
        for text in ["Owls & fi", "שלום Owls", "मुंबई का", "سلام", "東京 a\u{301}"] {
            let line = fonts().line(text, STYLE, 0.0);
            let mut ranges: Vec<_> = line.pieces.iter().flat_map(|piece| piece.ranges(&line.glyphs)).collect();
            ranges.sort_by_key(|range| range.start);
            ranges.dedup();
            let read: String = ranges.into_iter().map(|range| &text[range]).collect();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_same() {
        let fonts = fonts();
        let first = fonts.width("Owls 1", STYLE);
        for n in 0..2 * MAX_KEPT {
            fonts.width(&format!("Owls {n}"), STYLE);
        }
        let kept: usize = fonts.kept.iter().map(|kept| kept.read().expect("unpoisoned").len()).sum();
        assert!((1..=MAX_KEPT).contains(&kept), "{kept}");
        assert_eq!(fonts.width("Owls 1", STYLE), first);
        assert_eq!(fonts.line("Owls 1", STYLE, 0.0).width, first);
    }

    #[test]
    fn an_outline_is_written_once_and_not_kept_without_end() {
        let (fonts, glyph) = (fonts(), |n| Glyph { face: 0, id: GlyphId::new(n), x: 0.0, y: 0.0, advance: 0.0, cluster: 0 });
        for n in 0..=MAX_DRAWN as u32 {
            assert_eq!(&*fonts.drawn(&glyph(n), || format!("M{n}")), format!("M{n}"));
            assert_eq!(&*fonts.drawn(&glyph(n), || unreachable!("it is kept")), format!("M{n}"));
        }
        assert_eq!(fonts.drawn.read().expect("unpoisoned").len(), 1);
    }

    #[test]
    fn letter_spacing_stands_between_letters_only() {
        let fonts = fonts();
        let (tight, wide) = (fonts.line("AB", STYLE, 0.0).width, fonts.line("AB", STYLE, 30.0).width);
        assert!((wide - tight - 30.0).abs() < 0.01);
    }
}
