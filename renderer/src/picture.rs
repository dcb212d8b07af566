//! The picture of an event that others show when they link to it (Open Graph): its poster, its title, when and where.

use crate::drawing::PictureDrawing;
use crate::palette::{Colour, INK, PAPER};
use crate::poster::{compose, poster_palette, poster_seed};
use crate::scene::{Anchor, RoundRect, Scene, Text, Weight};
use crate::text::{Fonts, Style, clean, fit, is_rtl, wrap};

/// What Open Graph readers ask for.
pub const WIDTH: f32 = 1200.0;
pub const HEIGHT: f32 = 630.0;
const LEFT: f32 = 72.0;
/// Where the words end and the poster begins.
const RIGHT: f32 = 600.0;
const POSTER: f32 = 640.0;

/// Lays an event's picture out.
pub fn scene(fonts: &Fonts, drawing: &PictureDrawing) -> Scene {
    let seed = poster_seed(drawing.event.0);
    let palette = poster_palette(&drawing.category, seed);
    let title = clean(&drawing.title);
    let desc = format!("{}. {}. Edition {}.", clean(&drawing.when), clean(&drawing.place), drawing.edition);
    let shapes = compose(seed, palette, [POSTER, 0.0], HEIGHT);
    let scene = Scene { width: WIDTH, height: HEIGHT, title: title.clone(), desc, background: palette.ground, shapes };
    let mut sheet = PictureScene { fonts, scene };
    // what of the poster reaches over its edge goes behind the words
    sheet.rect([0.0, 0.0], [POSTER, HEIGHT], 0.0, PAPER);
    sheet.rect([0.0, 0.0], [12.0, HEIGHT], 0.0, palette.deep);
    sheet.words(drawing, &title, palette.deep.mix(INK, 0.85));
    sheet.day(drawing);
    sheet.scene
}

struct PictureScene<'f> {
    fonts: &'f Fonts,
    scene: Scene,
}

impl PictureScene<'_> {
    fn rect(&mut self, [x, y]: [f32; 2], [width, height]: [f32; 2], radius: f32, colour: Colour) {
        self.scene.push(RoundRect { x, y, width, height, radius, fill: Some(colour), stroke: None });
    }

    fn text(&mut self, text: &str, rtl: bool, y: f32, Style { size, weight }: Style, colour: Colour) {
        let (x, anchor) = if rtl { (RIGHT, Anchor::Right) } else { (LEFT, Anchor::Left) };
        self.scene.push(Text { x, y, text: text.to_owned(), size, weight, colour, anchor, spacing: 0.0, turn: 0.0 });
    }

    /// Title, when and where, the larger the shorter the title is.
    fn words(&mut self, drawing: &PictureDrawing, title: &str, accent: Colour) {
        let room = RIGHT - LEFT;
        let sizes = [(72.0, 3), (60.0, 4), (48.0, 5)];
        let set =
            |(size, lines): (f32, usize)| (size, wrap(self.fonts, title, Style { size, weight: Weight::Bold }, room, lines));
        let whole = |(_, lines): &(f32, Vec<String>)| lines.last().is_some_and(|line| !line.ends_with('…'));
        let (size, lines) = sizes.into_iter().map(set).find(whole).unwrap_or_else(|| set(sizes[2]));
        let mut y = 92.0;
        for line in &lines {
            y += size * 1.1;
            self.text(line, is_rtl(title), y, Style { size, weight: Weight::Bold }, INK);
        }
        let (when, place) = (clean(&drawing.when), clean(&drawing.place));
        // a time that is cut off says nothing
        let sizes = [30.0, 27.0, 24.0].map(|size| Style { size, weight: Weight::SemiBold });
        let semi = sizes.into_iter().find(|style| self.fonts.width(&when, *style) <= room).unwrap_or(sizes[2]);
        y += 64.0;
        self.text(&fit(self.fonts, &when, semi, room), is_rtl(&when), y, semi, accent);
        let plain = Style { size: 28.0, weight: Weight::Regular };
        for line in wrap(self.fonts, &place, plain, room, 2) {
            y += 42.0;
            self.text(&line, is_rtl(&place), y, plain, INK.mix(PAPER, 0.8));
        }
    }

    /// Day and month on the poster, as on the storefront's tiles.
    fn day(&mut self, drawing: &PictureDrawing) {
        let (number, month) = (Style { size: 72.0, weight: Weight::Bold }, Style { size: 40.0, weight: Weight::SemiBold });
        let (day, name) = (clean(&drawing.day), clean(&drawing.month));
        let (wide, height, x) = (self.fonts.width(&day, number), 112.0, POSTER + 36.0);
        let width = 32.0 + wide + 14.0 + self.fonts.width(&name, month) + 32.0;
        let top = HEIGHT - 36.0 - height;
        self.rect([x, top], [width, height], 28.0, PAPER);
        let put = |x: f32, text: String, Style { size, weight }: Style| {
            let y = top + 82.0;
            Text { x, y, text, size, weight, colour: INK, anchor: Anchor::Left, spacing: 0.0, turn: 0.0 }
        };
        self.scene.push(put(x + 32.0, day, number));
        self.scene.push(put(x + 32.0 + wide + 14.0, name, month));
    }
}
