//! A scene as pixels: paths by tiny-skia, text as outlines, seats as copies of a few small pictures.

use skrifa::outline::OutlinePen;
use tiny_skia::{
    Color, ColorU8, FillRule, FilterQuality, IntSize, LineCap, LineJoin, Paint, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, StrokeDash, Transform,
};

use super::outline;
use crate::error::DrawError;
use crate::mark::Piece;
use crate::palette::Colour;
use crate::scene::{Inset, Marks, Path, RoundRect, Scene, Shape, Text};
use crate::text::{Fonts, Glyph, Style};

/// The limit of one picture: 4096 × 6144.
const MAX_PIXELS: u64 = 25_165_824;
/// A sprite is drawn once for each of 4 × 4 positions within a pixel.
const CELLS: usize = 4;

outline::builds!(PathBuilder);

/// Paints a scene, `scale` pixels per scene unit.
///
/// Refuses   a picture over the limit.
/// Cost      about 0.1 µs per seat after the first of its kind.
pub fn paint(fonts: &Fonts, scene: &Scene, scale: f32) -> Result<Pixmap, DrawError> {
    let [width, height] = size(scene, scale)?;
    let mut pixmap = Pixmap::new(width, height).ok_or(DrawError::TooLarge(width, height))?;
    pixmap.fill(color(scene.background));
    paint_rows(fonts, &scene.shapes, View { paper: scene.background, scale, top: 0 }, &mut pixmap);
    Ok(pixmap)
}

/// A scene's size in pixels.
///
/// Refuses   a picture over the limit.
pub fn size(scene: &Scene, scale: f32) -> Result<[u32; 2], DrawError> {
    let pixels = |length: f32| (length * scale).ceil() as u32;
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    let allowed = width > 0 && height > 0 && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    if allowed { Ok([width, height]) } else { Err(DrawError::TooLarge(width, height)) }
}

/// Which part of a scene a pixmap shows: all of its width, from a row on.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// What shows inside rings.
    pub paper: Colour,
    /// Pixels per scene unit.
    pub scale: f32,
    /// The pixmap's first row.
    pub top: i32,
}

/// Paints those of the shapes that a pixmap's rows show.
pub fn paint_rows(fonts: &Fonts, shapes: &[Shape], view: View, pixmap: &mut Pixmap) {
    let (from, to) = (view.top as f32, view.top as f32 + pixmap.height() as f32);
    let mut canvas = Canvas { fonts, view, pixmap };
    for shape in shapes {
        let [top, bottom] = shape.rows().map(|y| y * view.scale);
        if bottom < from || top > to {
            continue;
        }
        match shape {
            Shape::Marks(marks) => canvas.marks(marks),
            Shape::Path(path) => canvas.path(path),
            Shape::RoundRect(rect) => canvas.round_rect(rect),
            Shape::Inset(inset) => canvas.inset(inset),
            Shape::Text(text) => canvas.text(text),
        }
    }
}

struct Canvas<'a> {
    fonts: &'a Fonts,
    view: View,
    pixmap: &'a mut Pixmap,
}

fn color(Colour(r, g, b): Colour) -> Color {
    Color::from_rgba8(r, g, b, 255)
}

fn paint_of(colour: Colour) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(color(colour));
    paint
}

fn round_stroke(width: f32) -> tiny_skia::Stroke {
    tiny_skia::Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..tiny_skia::Stroke::default() }
}

impl Canvas<'_> {
    fn transform(&self) -> Transform {
        let View { scale, top, .. } = self.view;
        Transform::from_row(scale, 0.0, 0.0, scale, 0.0, -(top as f32))
    }

    fn fill_and_stroke(&mut self, path: &tiny_skia::Path, fill: Option<Colour>, stroke: Option<(Colour, f32)>) {
        let transform = self.transform();
        if let Some(colour) = fill {
            self.pixmap.fill_path(path, &paint_of(colour), FillRule::Winding, transform, None);
        }
        if let Some((colour, width)) = stroke {
            self.pixmap.stroke_path(path, &paint_of(colour), &round_stroke(width), transform, None);
        }
    }

    fn path(&mut self, path: &Path) {
        let mut builder = PathBuilder::new();
        outline::path(&mut builder, path);
        if let Some(outline) = builder.finish() {
            self.fill_and_stroke(&outline, path.fill, path.stroke);
        }
    }

    fn round_rect(&mut self, rect: &RoundRect) {
        let mut builder = PathBuilder::new();
        outline::round_rect(&mut builder, rect);
        if let Some(outline) = builder.finish() {
            self.fill_and_stroke(&outline, rect.fill, rect.stroke);
        }
    }

    fn inset(&mut self, Inset { x, y, width, height, logo }: &Inset) {
        let weighed = |pixel: &[u8]| {
            let weighed = ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
            [weighed.red(), weighed.green(), weighed.blue(), weighed.alpha()]
        };
        let pixels = logo.pixels.chunks_exact(4).flat_map(weighed).collect();
        let Some(picture) = IntSize::from_wh(logo.width, logo.height).and_then(|size| Pixmap::from_vec(pixels, size)) else {
            return;
        };
        let (across, down) = (width / logo.width as f32, height / logo.height as f32);
        let transform = self.transform().pre_translate(*x, *y).pre_scale(across, down);
        let paint = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
        self.pixmap.draw_pixmap(0, 0, picture.as_ref(), &paint, transform, None);
    }

    fn text(&mut self, text: &Text) {
        let line = self.fonts.line(&text.text, Style { size: text.size, weight: text.weight }, text.spacing);
        let start = self.fonts.start(text, line.width);
        let mut pen = Pen { builder: PathBuilder::new(), x: 0.0, y: 0.0 };
        for glyph in &line.glyphs {
            let Glyph { x, y, .. } = glyph;
            (pen.x, pen.y) = (start + x, text.y + y);
            self.fonts.outline(glyph, text.size, &mut pen);
        }
        let turned = Transform::from_rotate_at(text.turn, text.x, text.y);
        if let Some(outline) = pen.builder.finish().and_then(|outline| outline.transform(turned)) {
            self.fill_and_stroke(&outline, Some(text.colour), None);
        }
    }

    /// Copies a mark to all its places; each of its 16 positions within a pixel is drawn at most once.
    fn marks(&mut self, marks: &Marks) {
        let View { paper, scale, top } = self.view;
        let pieces = marks.mark.pieces(marks.radius, marks.colour, paper);
        let half = half_side(marks.radius, scale);
        let mut atlas: [Option<Pixmap>; CELLS * CELLS] = Default::default();
        for [x, y] in &marks.at {
            let ((left, cell_x), (above, cell_y)) = (split(x * scale, CELLS), split(y * scale, CELLS));
            let sprite =
                atlas[cell_y * CELLS + cell_x].get_or_insert_with(|| sprite(&pieces, half, scale, [cell_x, cell_y], CELLS));
            blit(sprite, self.pixmap, left - half, above - half - top);
        }
    }
}

/// Half of a sprite's side in pixels.
pub fn half_side(radius: f32, scale: f32) -> i32 {
    (radius * scale).ceil() as i32 + 2
}

/// A coordinate as whole pixels and the nearest of so many cells within one.
pub fn split(at: f32, cells: usize) -> (i32, usize) {
    let at = (at * cells as f32).round() as i32;
    (at.div_euclid(cells as i32), at.rem_euclid(cells as i32) as usize)
}

/// A mark on nothing, in the middle of a square of `2 × half + 1` pixels, moved by cells within a pixel.
pub fn sprite(pieces: &[Piece], half: i32, scale: f32, [x, y]: [usize; 2], cells: usize) -> Pixmap {
    let side = (2 * half + 1) as u32;
    let mut pixmap = Pixmap::new(side, side).unwrap_or_else(|| unreachable!("a sprite's side is 5 to 500 pixels"));
    let within = |cell: usize| half as f32 + cell as f32 / cells as f32;
    let transform = Transform::from_row(scale, 0.0, 0.0, scale, within(x), within(y));
    for piece in pieces {
        let mut builder = PathBuilder::new();
        outline::form(&mut builder, &piece.form, [0.0, 0.0]);
        let Some(path) = builder.finish() else { continue };
        if let Some(colour) = piece.fill {
            pixmap.fill_path(&path, &paint_of(colour), FillRule::Winding, transform, None);
        }
        if let Some(stroke) = piece.stroke {
            let mut round = round_stroke(stroke.width);
            if let Some([dash, gap]) = stroke.dash {
                round.line_cap = LineCap::Butt;
                round.dash = StrokeDash::new(vec![dash, gap], 0.0);
            }
            pixmap.stroke_path(&path, &paint_of(stroke.colour), &round, transform, None);
        }
    }
    pixmap
}

/// Puts a sprite over the picture. The picture is opaque, so source-over is one multiply-add per channel.
fn blit(sprite: &Pixmap, onto: &mut Pixmap, left: i32, top: i32) {
    let (width, height) = (onto.width() as i32, onto.height() as i32);
    let side = sprite.width() as i32;
    // cut to the picture once, so that the loop within needs no bounds
    let (from, to) = ((-left).clamp(0, side), (width - left).clamp(0, side));
    for row in (-top).clamp(0, side)..(height - top).clamp(0, side) {
        let source = &sprite.pixels()[(row * side + from) as usize..(row * side + to.max(from)) as usize];
        let start = ((top + row) * width + left + from) as usize;
        let target = &mut onto.pixels_mut()[start..start + source.len()];
        for (under, over) in target.iter_mut().zip(source) {
            *under = match over.alpha() {
                0 => continue,
                255 => *over,
                alpha => mixed(*under, *over, 255 - u32::from(alpha)),
            };
        }
    }
}

fn mixed(under: PremultipliedColorU8, over: PremultipliedColorU8, left: u32) -> PremultipliedColorU8 {
    let channel = |under: u8, over: u8| (u32::from(over) + (u32::from(under) * left + 127) / 255).min(255) as u8;
    let (r, g, b) = (channel(under.red(), over.red()), channel(under.green(), over.green()), channel(under.blue(), over.blue()));
    PremultipliedColorU8::from_rgba(r, g, b, 255).unwrap_or(over)
}

/// Collects glyph outlines at places, turning y down.
struct Pen {
    builder: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.builder.move_to(self.x + x, self.y - y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.builder.line_to(self.x + x, self.y - y);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.builder.quad_to(self.x + cx, self.y - cy, self.x + x, self.y - y);
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.builder.cubic_to(self.x + ax, self.y - ay, self.x + bx, self.y - by, self.x + x, self.y - y);
    }
    fn close(&mut self) {
        self.builder.close();
    }
}
