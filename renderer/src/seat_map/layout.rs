//! The layout: which parts of a picture get which place, for its width.

use super::geometry::Geometry;
use crate::drawing::SeatMapDrawing;
use crate::palette::{Palette, Theme};
use crate::scene::{Anchor, Text, Weight};
use crate::text::{Fonts, Style, clean, wrap};

/// Dots closer than this are dust: sections are shaded instead.
const MIN_DOT_PITCH: f32 = 4.0;
/// Row letters need rows this far apart.
const MIN_LETTER_GAP: f32 = 8.5;

/// How a picture is wanted.
#[derive(Debug, Clone, Copy)]
pub struct MapOptions {
    pub theme: Theme,
    /// Pixels.
    pub width: u32,
    /// Whether seats are drawn one by one however small they are.
    pub dots: bool,
}

/// Places and measures in pixels.
pub struct Layout {
    pub width: f32,
    /// What a text of size 1 measures: 0.82 at 320 px, 1 at 1,200 px, then proportional.
    pub unit: f32,
    /// The blank margin left and right.
    pub side: f32,
    /// Pixels per map unit.
    pub scale: f32,
    /// Where the map's origin stands.
    origin: [f32; 2],
    pub map_bottom: f32,
    /// Neighbouring seats of a row.
    pub pitch: f32,
    /// The radius of a free seat.
    pub radius: f32,
    /// Whether seats are drawn one by one.
    pub dots: bool,
    pub letters: bool,
    /// Title and subtitle, which stand above the map.
    pub header: Vec<Text>,
}

impl Layout {
    pub fn of(fonts: &Fonts, drawing: &SeatMapDrawing, geometry: &Geometry, options: MapOptions) -> Self {
        let (width, palette) = (options.width as f32, options.theme.palette());
        let unit = if width > 1200.0 { width / 1200.0 } else { 0.82 + 0.18 * (width - 320.0) / 880.0 };
        let side = (width * 0.04).max(14.0);
        let (header, top) = header(fonts, drawing, palette, [width, unit, side]);
        let scale = |room: f32| fit(geometry, width - 2.0 * (side + room), width, unit);
        let room = if width >= 480.0 { 20.0 * unit } else { 0.0 };
        // names of blocks stand around the hall
        let around = if geometry.numbered { 13.0 * unit } else { 0.0 };
        let top = top + around;
        // letters need room beside the rows, and that room makes the map smaller: they are tried first and given up when
        // the rows then stand too close for them
        let letters = width >= 480.0 && geometry.gap * scale(room) >= MIN_LETTER_GAP;
        let scale = scale(if letters { room } else { around });
        let [left, map_top, right, _] = geometry.bounds;
        let pitch = geometry.pitch * scale;
        Self {
            width,
            unit,
            side,
            scale,
            origin: [width / 2.0 - (left + right) / 2.0 * scale, top - map_top * scale],
            map_bottom: top + geometry.height() * scale + around + 30.0 * unit,
            pitch,
            radius: geometry.gap * scale * 0.37,
            dots: options.dots || pitch >= MIN_DOT_PITCH || drawing.map.sections.is_empty(),
            letters,
            header,
        }
    }

    /// A map's point in pixels.
    pub fn at(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [self.origin[0] + x * self.scale, self.origin[1] + y * self.scale]
    }
}

/// The largest scale at which the map fits: its width, a height that suits a page or a phone, seats no larger than a coin.
fn fit(geometry: &Geometry, room: f32, width: f32, unit: f32) -> f32 {
    let tallest = if width < 600.0 { 1.3 * width } else { 0.95 * width };
    let coin = if geometry.gap > 0.0 { 30.0 * unit / geometry.gap } else { f32::MAX };
    (room / geometry.width()).min(tallest / geometry.height()).min(coin)
}

/// Title and subtitle, and where the map may begin.
fn header(fonts: &Fonts, drawing: &SeatMapDrawing, palette: &Palette, [width, unit, side]: [f32; 3]) -> (Vec<Text>, f32) {
    let lines = if width < 700.0 { 2 } else { 1 };
    let mut y = 18.0 * unit;
    let mut texts = Vec::new();
    let parts = [
        (&drawing.title, 22.0, Weight::Bold, palette.ink, lines),
        (&drawing.subtitle, 13.0, Weight::Regular, palette.quiet, lines),
    ];
    for (text, size, weight, colour, lines) in parts {
        let style = Style { size: size * unit, weight };
        for line in wrap(fonts, &clean(text), style, width - 2.0 * side, lines) {
            y += style.size * if weight == Weight::Bold { 1.24 } else { 1.5 };
            texts.push(Text {
                x: side,
                y,
                text: line,
                size: style.size,
                weight,
                colour,
                anchor: Anchor::Left,
                spacing: 0.0,
                turn: 0.0,
            });
        }
        y += 4.0 * unit;
    }
    (texts, y + 14.0 * unit)
}
