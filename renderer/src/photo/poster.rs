//! Posters that we draw ourselves: for a demo, where nobody has handed in pictures. Ten compositions in six colours.

use std::f32::consts::{PI, TAU};

use image::RgbaImage;
use image::codecs::png::PngEncoder;
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, Shader, SpreadMode, Transform,
};

use crate::error::DrawError;

const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 960;
/// How many different ones there are.
pub const POSTERS: usize = STYLES.len() * COLOURS.len();

/// From, to, light, bright; and what the colour is called.
const COLOURS: [([u32; 4], &str); 6] = [
    ([0x1a1aa8, 0x3d3df5, 0xb9bdff, 0xffd166], "blue"),
    ([0x0b5d45, 0x1cb083, 0xbdeedd, 0xffe08a], "green"),
    ([0x5a1a73, 0xa945c4, 0xecccf5, 0xff9f68], "violet"),
    ([0x5e0a0a, 0xb32626, 0xf7cfc6, 0xf9d56e], "red"),
    ([0x7a3d00, 0xd98014, 0xffe3b0, 0xfff6e0], "amber"),
    ([0x10151f, 0x3a4660, 0xb8c3d9, 0x6ee7d8], "dark"),
];

type Style = fn(&mut Canvas);
const STYLES: [(Style, &str); 10] = [
    (rings, "rings"),
    (bars, "a row of sound levels"),
    (sunrise, "a sun over waves"),
    (rays, "rays of light"),
    (skyline, "a skyline by night"),
    (curtain, "a stage with its curtain"),
    (dots, "rows of seats"),
    (peaks, "mountains"),
    (petals, "petals"),
    (arcs, "a hall with its tiers"),
];

/// Draws one of the posters as PNG.
///
/// Takes     `number`: any; the same gives the same.
/// Gives     the file, and what it shows in words.
pub fn poster(number: usize) -> Result<(Vec<u8>, String), DrawError> {
    let ((style, what), (colours, called)) = (STYLES[number % STYLES.len()], COLOURS[number / STYLES.len() % COLOURS.len()]);
    let mut canvas = Canvas::new(colours).ok_or(DrawError::TooLarge(WIDTH, HEIGHT))?;
    style(&mut canvas);
    let pixels = RgbaImage::from_raw(WIDTH, HEIGHT, canvas.pixels.take()).ok_or(DrawError::TooLarge(WIDTH, HEIGHT))?;
    let mut bytes = Vec::new();
    pixels.write_with_encoder(PngEncoder::new(&mut bytes)).map_err(DrawError::Photo)?;
    Ok((bytes, format!("Drawing of {what} in {called}")))
}

struct Canvas {
    pixels: Pixmap,
    colours: [u32; 4],
}

fn colour(rgb: u32, alpha: f32) -> Color {
    let part = |shift: u32| ((rgb >> shift) & 0xff) as f32 / 255.0;
    Color::from_rgba(part(16), part(8), part(0), alpha).unwrap_or(Color::BLACK)
}

impl Canvas {
    fn new(colours: [u32; 4]) -> Option<Self> {
        let mut pixels = Pixmap::new(WIDTH, HEIGHT)?;
        let stops = vec![GradientStop::new(0.0, colour(colours[0], 1.0)), GradientStop::new(1.0, colour(colours[1], 1.0))];
        let (from, to) = (Point::from_xy(0.0, 0.0), Point::from_xy(WIDTH as f32 * 0.6, HEIGHT as f32));
        let shader = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity())?;
        pixels.fill(colour(colours[0], 1.0));
        let all = tiny_skia::Rect::from_xywh(0.0, 0.0, WIDTH as f32, HEIGHT as f32)?;
        pixels.fill_rect(all, &Paint { shader, ..Paint::default() }, Transform::identity(), None);
        Some(Self { pixels, colours })
    }

    /// Fills a path with one of the four colours.
    fn fill(&mut self, which: usize, alpha: f32, path: Option<tiny_skia::Path>) {
        let paint = Paint { shader: Shader::SolidColor(colour(self.colours[which], alpha)), ..Paint::default() };
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint, FillRule::EvenOdd, Transform::identity(), None);
        }
    }

    fn circle(&mut self, which: usize, alpha: f32, (x, y, radius): (f32, f32, f32)) {
        self.fill(which, alpha, PathBuilder::from_circle(x, y, radius));
    }

    fn polygon(&mut self, which: usize, alpha: f32, points: &[(f32, f32)]) {
        let mut path = PathBuilder::new();
        for (n, (x, y)) in points.iter().enumerate() {
            if n == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
        }
        path.close();
        self.fill(which, alpha, path.finish());
    }

    fn rect(&mut self, which: usize, alpha: f32, (x, y, width, height): (f32, f32, f32, f32)) {
        self.polygon(which, alpha, &[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]);
    }

    /// A ring, or a part of it from one angle to another.
    fn arc(&mut self, which: usize, alpha: f32, (x, y): (f32, f32), (inner, outer): (f32, f32), (from, to): (f32, f32)) {
        const STEPS: usize = 90;
        let at = |radius: f32, n: usize| {
            let angle = from + (to - from) * n as f32 / STEPS as f32;
            (x + radius * angle.cos(), y + radius * angle.sin())
        };
        let there = (0..=STEPS).map(|n| at(outer, n));
        let points: Vec<(f32, f32)> = there.chain((0..=STEPS).rev().map(|n| at(inner, n))).collect();
        self.polygon(which, alpha, &points);
    }
}

fn rings(canvas: &mut Canvas) {
    for n in 0..5_u8 {
        let radius = 620.0 - f32::from(n) * 125.0;
        canvas.circle(if n % 2 == 0 { 2 } else { 0 }, 0.75, (860.0, 620.0, radius));
    }
    canvas.circle(3, 1.0, (860.0, 620.0, 70.0));
}

fn bars(canvas: &mut Canvas) {
    for n in 0..13_u8 {
        let turn = f32::from(n) * 0.62;
        let height = 160.0 + 300.0 * (turn.sin() * (turn * 0.37).cos()).abs() + f32::from(n % 3) * 60.0;
        canvas.rect(if n % 4 == 2 { 3 } else { 2 }, 0.92, (60.0 + f32::from(n) * 92.0, 480.0 - height / 2.0, 54.0, height));
    }
}

fn sunrise(canvas: &mut Canvas) {
    canvas.circle(3, 1.0, (640.0, 500.0, 250.0));
    for n in 0..4_u8 {
        let top = 520.0 + f32::from(n) * 110.0;
        let wave = (0..=64_u8).map(|x| {
            let x = f32::from(x) * 20.0;
            (x, top + 46.0 * (x / 190.0 + f32::from(n) * 1.3).sin())
        });
        let points: Vec<(f32, f32)> = wave.chain([(1_280.0, 960.0), (0.0, 960.0)]).collect();
        canvas.polygon(if n % 2 == 0 { 0 } else { 2 }, if n % 2 == 0 { 0.85 } else { 0.35 }, &points);
    }
}

fn rays(canvas: &mut Canvas) {
    for n in (0..24_u8).step_by(2) {
        let edge = |n: f32| (640.0 + 1_200.0 * (n * TAU / 24.0).cos(), 560.0 + 1_200.0 * (n * TAU / 24.0).sin());
        canvas.polygon(2, 0.4, &[(640.0, 560.0), edge(f32::from(n)), edge(f32::from(n) + 1.0)]);
    }
    canvas.circle(0, 1.0, (640.0, 560.0, 230.0));
    canvas.circle(3, 1.0, (640.0, 560.0, 170.0));
}

fn skyline(canvas: &mut Canvas) {
    canvas.circle(2, 0.9, (1_010.0, 230.0, 120.0));
    for n in 0..11_u8 {
        let (x, tall) = (f32::from(n) * 118.0 - 10.0, 230.0 + f32::from(u16::from(n) * 37 % 11) * 38.0);
        canvas.rect(0, 0.95, (x, 960.0 - tall, 104.0, tall));
        for light in 0..(tall / 60.0) as u8 {
            let lit = (n * 5 + light * 3) % 4 == 0;
            canvas.rect(
                if lit { 3 } else { 1 },
                if lit { 1.0 } else { 0.5 },
                (x + 22.0 + f32::from(light % 2) * 36.0, 985.0 - tall + f32::from(light) * 56.0, 24.0, 28.0),
            );
        }
    }
}

fn curtain(canvas: &mut Canvas) {
    canvas.polygon(3, 0.55, &[(600.0, 0.0), (680.0, 0.0), (960.0, 800.0), (320.0, 800.0)]);
    canvas.rect(0, 1.0, (0.0, 800.0, 1_280.0, 160.0));
    for n in 0..6_u8 {
        let (fold, reach) = (f32::from(n) * 62.0, 330.0 - f32::from(n) * 14.0);
        for (left, right) in [(fold, fold + 46.0), (1_280.0 - fold - 46.0, 1_280.0 - fold)] {
            canvas.polygon(
                2,
                0.25 + f32::from(n % 2) * 0.45,
                &[(left, 0.0), (right, 0.0), (right, 700.0 + reach / 4.0), (left, 780.0)],
            );
        }
    }
    canvas.circle(2, 1.0, (640.0, 690.0, 46.0));
    canvas.polygon(2, 1.0, &[(590.0, 830.0), (690.0, 830.0), (664.0, 738.0), (616.0, 738.0)]);
}

fn dots(canvas: &mut Canvas) {
    for row in 0..8_u8 {
        for seat in 0..15_u8 {
            let (x, y) = (80.0 + f32::from(seat) * 80.0, 210.0 + f32::from(row) * 90.0);
            let bend = ((x - 640.0) / 640.0).powi(2) * -70.0;
            let taken = (u32::from(row) * 7 + u32::from(seat) * 5) % 9 < 2;
            canvas.circle(if taken { 3 } else { 2 }, if taken { 1.0 } else { 0.7 }, (x, y + bend, 27.0));
        }
    }
    canvas.rect(2, 1.0, (390.0, 50.0, 500.0, 36.0));
}

fn peaks(canvas: &mut Canvas) {
    canvas.circle(3, 1.0, (300.0, 260.0, 120.0));
    for (n, (x, top, wide)) in
        [(820.0, 220.0, 560.0), (380.0, 400.0, 520.0), (1_080.0, 470.0, 480.0), (640.0, 600.0, 600.0)].into_iter().enumerate()
    {
        canvas.polygon(
            if n % 2 == 0 { 0 } else { 2 },
            if n % 2 == 0 { 0.9 } else { 0.55 },
            &[(x, top), (x + wide, 960.0), (x - wide, 960.0)],
        );
    }
}

fn petals(canvas: &mut Canvas) {
    for n in 0..10_u8 {
        let angle = f32::from(n) * TAU / 10.0;
        let (x, y) = (640.0 + 230.0 * angle.cos(), 480.0 + 230.0 * angle.sin());
        canvas.circle(if n % 2 == 0 { 2 } else { 1 }, 0.55, (x, y, 190.0));
    }
    canvas.circle(3, 1.0, (640.0, 480.0, 110.0));
}

fn arcs(canvas: &mut Canvas) {
    for n in 0..6_u8 {
        let inner = 190.0 + f32::from(n) * 115.0;
        canvas.arc(if n % 3 == 1 { 3 } else { 2 }, 0.8, (640.0, 150.0), (inner, inner + 78.0), (PI * 0.12, PI * 0.88));
    }
    canvas.rect(0, 1.0, (430.0, 70.0, 420.0, 150.0));
    canvas.rect(2, 1.0, (450.0, 90.0, 380.0, 110.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_poster_is_a_picture_of_its_own_with_words() {
        let mut seen = std::collections::BTreeSet::new();
        // every style, and every colour
        for number in (0..STYLES.len()).chain((STYLES.len()..POSTERS).step_by(STYLES.len())) {
            let (png, alt) = poster(number).expect("drawn");
            assert!(seen.insert(alt.clone()) && alt.starts_with("Drawing of "), "{alt}");
            if number < 3 {
                let photo = super::super::read(&png).expect("one of our own uploads");
                assert_eq!((photo.width(), photo.height(), photo.is_opaque()), (1_280, 960, true));
            }
        }
    }
}
