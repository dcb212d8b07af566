//! A scene as SVG: compact, valid XML, and the same picture whatever fonts its reader has.

mod letters;
mod pen;
mod seats;
mod shapes;

pub use seats::{Detail, seat_map};

use letters::Letters;
use pen::Pen;

use crate::palette::Colour;
use crate::scene::{Scene, Shape};
use crate::text::Fonts;

/// Writes a scene.
pub fn write(fonts: &Fonts, scene: &Scene) -> String {
    let mut picture = SvgPicture::begin(fonts, scene, scene.desc.clone(), 4_096 + 64 * scene.shapes.len(), "");
    picture.shapes(&scene.shapes);
    picture.finish()
}

/// A picture in the making.
struct SvgPicture<'f> {
    out: Pen,
    letters: Letters<'f>,
    prefix: String,
    paper: Colour,
}

impl<'f> SvgPicture<'f> {
    /// Writes everything up to the background. A picture with texts in it is a document to those who listen, others are one image.
    fn begin(fonts: &'f Fonts, scene: &Scene, desc: String, capacity: usize, attributes: &str) -> Self {
        let prefix = prefix(&[&scene.title, &desc]);
        let mut out = Pen::with_capacity(capacity);
        let (width, height) = (scene.width, scene.height);
        let texts = scene.shapes.iter().any(|shape| matches!(shape, Shape::Text(_)));
        let role = if texts { "graphics-document document" } else { "img" };
        out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
        out.number(width).raw(" ").number(height).raw("\" width=\"").number(width).raw("\" height=\"").number(height);
        // title and desc name and describe the picture by standing first in it
        out.raw("\" role=\"").raw(role).raw("\"").raw(attributes).raw(">\n<title>").escaped(&scene.title).raw("</title>\n");
        if !desc.is_empty() {
            out.raw("<desc>").escaped(&desc).raw("</desc>\n");
        }
        out.raw("<path fill=\"").colour(scene.background).raw("\" d=\"M0 0H").number(width).raw("V").number(height);
        out.raw("H0z\"/>\n");
        Self { out, letters: Letters::new(fonts, prefix.clone()), prefix, paper: scene.background }
    }

    fn shapes(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            match shape {
                Shape::Marks(marks) => self.out.marks(marks, self.paper),
                Shape::Path(path) => self.out.path(path),
                Shape::RoundRect(rect) => self.out.round_rect(rect),
                Shape::Inset(inset) => self.out.inset(inset),
                Shape::Text(text) => self.letters.text(&mut self.out, text),
            }
        }
    }

    fn finish(mut self) -> String {
        self.letters.finish(&mut self.out);
        self.out.raw("</svg>\n");
        self.out.0
    }
}

/// A short word for the ids within a picture, so that two pictures in one page keep theirs apart.
///
/// Source    FNV-1a, 32 bits.
fn prefix(texts: &[&str]) -> String {
    let bytes = texts.iter().flat_map(|text| text.bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("_{:05x}", hash & 0xF_FFFF)
}
