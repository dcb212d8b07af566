//! Scenes as pages of a PDF: text as text, in fonts that are subset and embedded once for all pages.
//!
//! Each page is a section of the structure tree and each text a paragraph of it; what is only drawn is an artifact.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use krilla::color::rgb;
use krilla::geom::{Path as Outline, PathBuilder, Point, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ContentTag, Node, SpanTag, Tag, TagGroup, TagTree};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Data, Document};

use super::outline;
use crate::error::DrawError;
use crate::logo::Logo;
use crate::palette::Colour;
use crate::scene::{Inset, Marks, Path, RoundRect, Scene, Shape, Text};
use crate::text::{Fonts, Style, clean};

/// A point is 4/3 of a pixel.
const POINTS: f32 = 0.75;

outline::builds!(PathBuilder);

/// The faces as the PDF writer reads them, each when it is first used.
pub struct Faces(Vec<OnceLock<Option<Font>>>);

impl Faces {
    pub fn of(fonts: &Fonts) -> Self {
        Self((0..fonts.faces()).map(|_| OnceLock::new()).collect())
    }

    fn font(&self, fonts: &Fonts, face: usize) -> Result<Font, DrawError> {
        let read = || {
            let (file, index) = fonts.file(face);
            Font::new(Data::from(file), index)
        };
        self.0[face].get_or_init(read).clone().ok_or(DrawError::Font("not for a PDF"))
    }
}

/// Writes scenes as one document, a page each.
///
/// Takes     `title`: of the whole document.
/// Cost      about 1 ms for the fonts, and as much a page.
pub fn write(fonts: &Fonts, faces: &Faces, title: &str, scenes: &[Scene]) -> Result<Vec<u8>, DrawError> {
    let mut document = Document::new();
    let about = Metadata::new().title(title.to_owned()).language("en".to_owned());
    document.set_metadata(about.creator("Boxoffice".to_owned()).producer("Boxoffice".to_owned()));
    let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
    let logos = logos(scenes);
    for scene in scenes {
        let size = PageSettings::from_wh(scene.width * POINTS, scene.height * POINTS);
        let mut page = document.start_page_with(size.ok_or_else(|| DrawError::Pdf("a page of no size".to_owned()))?);
        tree.push(
            PdfPage {
                fonts,
                faces,
                logos: &logos,
                surface: page.surface(),
                section: TagGroup::new(Tag::Section),
                paper: scene.background,
            }
            .page(scene)?,
        );
        page.finish();
    }
    document.set_tag_tree(tree);
    document.finish().map_err(|error| DrawError::Pdf(error.to_string()))
}

/// The pictures of a document, each once, by where it lies in memory.
type Logos = HashMap<*const Logo, Image>;

fn logos(scenes: &[Scene]) -> Logos {
    let mut logos = Logos::new();
    for shape in scenes.iter().flat_map(|scene| &scene.shapes) {
        if let Shape::Inset(Inset { logo, .. }) = shape {
            let image = || Image::from_rgba8(logo.pixels.clone(), logo.width, logo.height);
            logos.entry(Arc::as_ptr(logo)).or_insert_with(image);
        }
    }
    logos
}

struct PdfPage<'f, 'p> {
    fonts: &'f Fonts,
    faces: &'f Faces,
    logos: &'f Logos,
    surface: Surface<'p>,
    section: TagGroup,
    paper: Colour,
}

fn fill(Colour(r, g, b): Colour) -> Fill {
    Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() }
}

fn stroke(Colour(r, g, b): Colour, width: f32, dash: Option<[f32; 2]>) -> Stroke {
    let (paint, cap) = (rgb::Color::new(r, g, b).into(), if dash.is_some() { LineCap::Butt } else { LineCap::Round });
    let dash = dash.map(|dash| StrokeDash { array: dash.to_vec(), offset: 0.0 });
    Stroke { paint, width, line_cap: cap, line_join: LineJoin::Round, dash, ..Stroke::default() }
}

impl PdfPage<'_, '_> {
    /// Draws the whole page; gives what a voice reads of it.
    fn page(mut self, scene: &Scene) -> Result<TagGroup, DrawError> {
        self.surface.push_transform(&Transform::from_scale(POINTS, POINTS));
        let drawn = self.draw(scene);
        self.surface.pop();
        self.surface.finish();
        drawn.map(|()| self.section)
    }

    fn draw(&mut self, scene: &Scene) -> Result<(), DrawError> {
        let (width, height, radius, fill) = (scene.width, scene.height, 0.0, Some(scene.background));
        let ground = RoundRect { x: 0.0, y: 0.0, width, height, radius, fill, stroke: None };
        self.drawn(|sheet| sheet.round_rect(&ground));
        for shape in &scene.shapes {
            match shape {
                Shape::Marks(marks) => self.drawn(|sheet| sheet.marks(marks)),
                Shape::Path(path) => self.drawn(|sheet| sheet.path(path)),
                Shape::RoundRect(rect) => self.drawn(|sheet| sheet.round_rect(rect)),
                Shape::Inset(inset) => self.inset(inset),
                Shape::Text(text) => self.text(text)?,
            }
        }
        Ok(())
    }

    /// What a voice passes over.
    fn drawn(&mut self, draw: impl FnOnce(&mut Self)) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::default()));
        draw(self);
        self.surface.end_tagged();
    }

    fn outline(&mut self, outline: Option<Outline>, inside: Option<Fill>, edge: Option<Stroke>) {
        if let Some(outline) = outline.filter(|_| inside.is_some() || edge.is_some()) {
            self.surface.set_fill(inside);
            self.surface.set_stroke(edge);
            self.surface.draw_path(&outline);
        }
    }

    fn path(&mut self, path: &Path) {
        let mut builder = PathBuilder::new();
        outline::path(&mut builder, path);
        self.outline(builder.finish(), path.fill.map(fill), path.stroke.map(|(colour, width)| stroke(colour, width, None)));
    }

    fn round_rect(&mut self, rect: &RoundRect) {
        let mut builder = PathBuilder::new();
        outline::round_rect(&mut builder, rect);
        self.outline(builder.finish(), rect.fill.map(fill), rect.stroke.map(|(colour, width)| stroke(colour, width, None)));
    }

    fn marks(&mut self, marks: &Marks) {
        for piece in marks.mark.pieces(marks.radius, marks.colour, self.paper) {
            let mut builder = PathBuilder::new();
            marks.at.iter().for_each(|place| outline::form(&mut builder, &piece.form, *place));
            let edge = piece.stroke.map(|edge| stroke(edge.colour, edge.width, edge.dash));
            self.outline(builder.finish(), piece.fill.map(fill), edge);
        }
    }

    /// Sets a picture as a figure, which a voice reads as its words.
    fn inset(&mut self, Inset { x, y, width, height, logo }: &Inset) {
        let (Some(image), Some(size)) = (self.logos.get(&Arc::as_ptr(logo)), Size::from_wh(*width, *height)) else { return };
        self.surface.push_transform(&Transform::from_translate(*x, *y));
        let told = self.surface.start_tagged(ContentTag::Other);
        self.surface.draw_image(image.clone(), size);
        self.surface.end_tagged();
        self.surface.pop();
        self.section.push(TagGroup::with_children(Tag::Figure(Some(clean(&logo.alt))), vec![Node::Leaf(told)]));
    }

    /// Sets a text as a paragraph; each piece keeps the letters that its glyphs show.
    fn text(&mut self, text: &Text) -> Result<(), DrawError> {
        let line = self.fonts.line(&text.text, Style { size: text.size, weight: text.weight }, text.spacing);
        let fonts = line.pieces.iter().map(|piece| self.faces.font(self.fonts, piece.face)).collect::<Result<Vec<_>, _>>()?;
        let start = self.fonts.start(text, line.width);
        self.surface.push_transform(&Transform::from_rotate_at(text.turn, text.x, text.y));
        let told = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        self.surface.set_fill(Some(fill(text.colour)));
        self.surface.set_stroke(None);
        for (piece, font) in line.pieces.iter().zip(fonts) {
            let mut pen = piece.x;
            let own = line.glyphs[piece.glyphs.clone()].iter().zip(piece.ranges(&line.glyphs));
            let glyphs: Vec<KrillaGlyph> = own
                .map(|(glyph, shown)| {
                    let (over, up) = ((glyph.x - pen) / text.size, -glyph.y / text.size);
                    pen += glyph.advance;
                    let id = GlyphId::new(glyph.id.to_u32());
                    KrillaGlyph::new(id, glyph.advance / text.size, over, up, 0.0, shown, None)
                })
                .collect();
            self.surface.draw_glyphs(Point::from_xy(start + piece.x, text.y), &glyphs, font, &text.text, text.size, false);
        }
        self.surface.end_tagged();
        self.surface.pop();
        self.section.push(TagGroup::with_children(Tag::P, vec![Node::Leaf(told)]));
        Ok(())
    }
}
