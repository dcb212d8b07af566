//! Posters: each event has a small drawing of its own, always the same for the same id. Colour follows the category, composition
//! the id.

use uuid::Uuid;

use crate::palette::{BLUE, Colour, INK};
use crate::scene::{Path, PathCommand, RoundRect, Shape};

/// A poster's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PosterPalette {
    /// As style sheets name it.
    pub name: &'static str,
    pub ground: Colour,
    pub deep: Colour,
    pub middle: Colour,
}

const fn palette(name: &'static str, ground: [u8; 3], deep: Colour, middle: [u8; 3]) -> PosterPalette {
    let [[a, b, c], [d, e, f]] = [ground, middle];
    PosterPalette { name, ground: Colour(a, b, c), deep, middle: Colour(d, e, f) }
}

const PALETTES: [PosterPalette; 6] = [
    palette("blue", [0xE8, 0xEA, 0xFF], BLUE, [0xA9, 0xAE, 0xFA]),
    palette("green", [0xDF, 0xF3, 0xEB], Colour(0x17, 0x99, 0x6E), [0x8F, 0xD3, 0xBA]),
    palette("violet", [0xF3, 0xE6, 0xF8], Colour(0x9A, 0x36, 0xB2), [0xD3, 0xA6, 0xE0]),
    palette("maroon", [0xF9, 0xE4, 0xDF], Colour(0x80, 0x00, 0x00), [0xE3, 0x9C, 0x8D]),
    palette("amber", [0xFD, 0xF0, 0xD8], Colour(0xA8, 0x5F, 0x00), [0xF2, 0xC4, 0x6B]),
    palette("ink", [0xE9, 0xEC, 0xF2], INK, [0x9A, 0xA6, 0xBA]),
];

/// The side of the square that compositions are written for.
pub const SIDE: f32 = 96.0;

/// What of an id decides: its last bytes are random, the first are its time.
pub fn poster_seed(id: Uuid) -> u32 {
    let bytes = id.into_bytes();
    u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
}

/// The colours of a category; of one that is not known, those that the seed picks.
pub fn poster_palette(category: &str, seed: u32) -> PosterPalette {
    let known = match category.to_ascii_lowercase().as_str() {
        "music" | "concert" | "concerts" | "pop" | "rock" => 0,
        "sport" | "sports" | "football" => 1,
        "theatre" | "theater" | "dance" | "musical" | "opera" => 2,
        "classical" | "classical_music" => 3,
        "comedy" | "family" | "festival" => 4,
        "film" | "cinema" | "talk" | "conference" | "tech" => 5,
        _ => (seed >> 8) as usize % PALETTES.len(),
    };
    PALETTES[known]
}

/// The composition in a square of `side` at `x`, `y`. It may reach over the square's edges: what stands around is drawn later.
pub fn compose(seed: u32, palette: PosterPalette, [x, y]: [f32; 2], side: f32) -> Vec<Shape> {
    let mut art = Art { shapes: Vec::new(), turns: (seed >> 3) % 4, at: [x, y], scale: side / SIDE, palette };
    match seed % 6 {
        0 => art.rings(),
        1 => art.bars(seed),
        2 => art.horizon(seed),
        3 => art.house(seed),
        4 => art.bands(),
        _ => art.petals(),
    }
    art.shapes
}

struct Art {
    shapes: Vec<Shape>,
    turns: u32,
    at: [f32; 2],
    scale: f32,
    palette: PosterPalette,
}

impl Art {
    /// Turns a place of the square by quarters around its middle, and puts it where the poster stands.
    fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [x, y] = (0..self.turns).fold([x, y], |[x, y], _| [SIDE - y, x]);
        [self.at[0] + x * self.scale, self.at[1] + y * self.scale]
    }

    fn rect(&mut self, corner: [f32; 2], [width, height]: [f32; 2], radius: f32, colour: Colour) {
        let (one, other) = (self.place(corner), self.place([corner[0] + width, corner[1] + height]));
        let (x, y) = (one[0].min(other[0]), one[1].min(other[1]));
        let (width, height) = ((one[0] - other[0]).abs(), (one[1] - other[1]).abs());
        self.shapes.push(RoundRect { x, y, width, height, radius: radius * self.scale, fill: Some(colour), stroke: None }.into());
    }

    fn circle(&mut self, [x, y]: [f32; 2], r: f32, colour: Colour) {
        self.rect([x - r, y - r], [2.0 * r, 2.0 * r], r, colour);
    }

    fn path(&mut self, commands: Vec<PathCommand>, colour: Colour) {
        let placed = commands.into_iter().map(|command| match command {
            PathCommand::Move(to) => PathCommand::Move(self.place(to)),
            PathCommand::Line(to) => PathCommand::Line(self.place(to)),
            PathCommand::Quad(by, to) => PathCommand::Quad(self.place(by), self.place(to)),
            PathCommand::Close => PathCommand::Close,
        });
        let commands = placed.collect();
        self.shapes.push(Path { commands, fill: Some(colour), stroke: None }.into());
    }

    fn polygon(&mut self, points: &[[f32; 2]], colour: Colour) {
        let commands = Path::polygon(points, colour).commands;
        self.path(commands, colour);
    }

    fn rings(&mut self) {
        let PosterPalette { ground, deep, middle, .. } = self.palette;
        for (r, colour) in [(84.0, middle), (66.0, ground), (50.0, deep), (34.0, ground), (20.0, middle)] {
            self.circle([SIDE, SIDE], r, colour);
        }
    }

    fn bars(&mut self, seed: u32) {
        for n in 0..6_u32 {
            let height = (18 + (seed >> (n * 4)) % 16 * 4) as f32;
            let colour = if n % 3 == 1 { self.palette.deep } else { self.palette.middle };
            self.rect([8.0 + n as f32 * 14.0, SIDE - height], [10.0, height], 5.0, colour);
        }
    }

    fn horizon(&mut self, seed: u32) {
        self.circle([(30 + (seed >> 6) % 36) as f32, 46.0], 26.0, self.palette.deep);
        let wave = vec![
            PathCommand::Move([0.0, 58.0]),
            PathCommand::Quad([24.0, 44.0], [48.0, 58.0]),
            PathCommand::Quad([72.0, 72.0], [96.0, 58.0]),
            PathCommand::Line([96.0, 96.0]),
            PathCommand::Line([0.0, 96.0]),
            PathCommand::Close,
        ];
        self.path(wave, self.palette.middle);
    }

    /// Rows of seats seen from above, a few taken.
    fn house(&mut self, seed: u32) {
        for n in 0..25_u32 {
            let colour = if (seed >> (n % 29)) & 3 == 0 { self.palette.deep } else { self.palette.middle };
            self.circle([(12 + n % 5 * 18) as f32, (12 + n / 5 * 18) as f32], 6.0, colour);
        }
    }

    fn bands(&mut self) {
        self.polygon(&[[-10.0, 70.0], [70.0, -10.0], [92.0, -10.0], [-10.0, 92.0]], self.palette.deep);
        self.polygon(&[[14.0, 96.0], [96.0, 14.0], [96.0, 38.0], [38.0, 96.0]], self.palette.middle);
    }

    /// Four quarters of a circle around the middle.
    fn petals(&mut self) {
        let PosterPalette { ground, deep, middle, .. } = self.palette;
        let colours = [middle.mix(ground, 0.6), deep.mix(ground, 0.25), middle, deep];
        for (quarter, colour) in (0_u8..).zip(colours) {
            let mut commands = vec![PathCommand::Move([48.0, 48.0])];
            commands.extend(quarter_circle(f32::from(quarter) * 90.0));
            commands.push(PathCommand::Close);
            self.path(commands, colour);
        }
    }
}

/// A quarter of the circle around the middle that touches the edges, in four curves from `start` degrees on.
fn quarter_circle(start: f32) -> Vec<PathCommand> {
    const STEP: f32 = 22.5;
    let on = |degrees: f32, r: f32| {
        let angle = degrees.to_radians();
        [48.0 + r * angle.cos(), 48.0 + r * angle.sin()]
    };
    let bow = 48.0 / (STEP / 2.0).to_radians().cos();
    let curves = (0..4_u8).map(|n| start + f32::from(n) * STEP);
    let curves = curves.map(|from| PathCommand::Quad(on(from + STEP / 2.0, bow), on(from + STEP, 48.0)));
    std::iter::once(PathCommand::Line(on(start, 48.0))).chain(curves).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_is_the_same_for_the_same_id_and_fills_its_square() {
        for n in 0..200_u128 {
            let seed = poster_seed(Uuid::from_u128(n * 7_919 + n));
            let palette = poster_palette("", seed);
            let drawn = compose(seed, palette, [570.0, 0.0], 630.0);
            assert_eq!(format!("{drawn:?}"), format!("{:?}", compose(seed, palette, [570.0, 0.0], 630.0)));
            assert!(!drawn.is_empty());
        }
        assert_eq!(poster_palette("Music", 0).name, "blue");
    }
}
