//! Big maps in small pictures: sections shaded by what is left in them.

use domain::text::thousands;
use domain::{Section, TierId};

use super::geometry::distance;
use super::sheet::{Sheet, centred};
use super::short::short_names;
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::palette::{Colour, Palette};
use crate::scene::{Path, Shape, Weight};
use crate::text::{Style, clean};

/// Shades between sold out and all free. A sale seldom leaves its step, so it seldom redraws its section.
const STEPS: usize = 8;

/// A section as one form.
pub struct BlockPlan {
    band: Path,
    tier: TierId,
    /// Its first seat, and how many it has.
    first: usize,
    seats: usize,
    label: Option<SectionLabel>,
}

/// A section's name, and whether the number of its free seats stands below.
struct SectionLabel {
    name: String,
    at: [f32; 2],
    size: f32,
    count: bool,
}

/// A section's name, and the room for it.
struct SectionBox {
    at: [f32; 2],
    wide: f32,
    high: f32,
    /// Its rows run neither across nor up and down.
    slanted: bool,
    seats: usize,
}

impl Sheet<'_> {
    /// Sections as forms with their names, and the number of free seats where that fits.
    pub fn overview(&mut self) -> Vec<BlockPlan> {
        let mut blocks = Vec::new();
        let mut first = 0;
        let mut rooms = Vec::new();
        for section in &self.drawing.map.sections {
            let seats = section.rows.iter().map(|row| row.seats.len()).sum::<usize>();
            let tier = self.main_tier(section, first);
            if let Some(band) = self.band(section, self.palette.paper) {
                blocks.push(BlockPlan { band, tier, first, seats, label: None });
                rooms.push((self.room(section, seats), clean(&section.label)));
            }
            first += seats;
        }
        self.block_labels(&mut blocks, rooms);
        blocks
    }

    /// The label stands on the middle row.
    fn room(&self, section: &Section, seats: usize) -> Option<SectionBox> {
        let rows: Vec<_> = section.rows.iter().filter(|row| !row.seats.is_empty()).collect();
        let row = rows.get(rows.len() / 2)?;
        let (first, last, middle) = (&row.seats[0], &row.seats[row.seats.len() - 1], &row.seats[row.seats.len() / 2]);
        let along = distance([first.x, first.y], [last.x, last.y]) * self.layout.scale;
        let deep = rows.len() as f32 * self.geometry.gap * self.layout.scale;
        // how wide and high a block that lies slanting is at its middle
        let length = distance([first.x, first.y], [last.x, last.y]).max(0.01);
        let [cos, sin] = [(last.x - first.x).abs() / length, (last.y - first.y).abs() / length].map(|part| part.max(0.01));
        let (wide, high) = ((along / cos).min(deep / sin), (along / sin).min(deep / cos));
        Some(SectionBox { at: self.layout.at([middle.x, middle.y]), wide: wide - 1.5, high, slanted: cos.min(sin) > 0.2, seats })
    }

    /// One size for all: the largest at which the names fit; short names where whole ones do not.
    fn block_labels(&self, blocks: &mut [BlockPlan], rooms: Vec<(Option<SectionBox>, String)>) {
        let whole: Vec<String> = rooms.iter().map(|room| room.1.clone()).collect();
        let short = short_names(&whole);
        let unit = self.layout.unit;
        let fonts = self.fonts;
        let fits =
            |room: &SectionBox, name: &str, size: f32| room.high >= size * 1.1 && fonts.width(name, bold(size)) <= room.wide;
        let share = |names: &[String], size: f32| {
            let fitting =
                rooms.iter().zip(names).filter(|((room, _), name)| room.as_ref().is_some_and(|room| fits(room, name, size)));
            fitting.count() as f32 / rooms.len().max(1) as f32
        };
        let sizes = |sizes: &[f32]| sizes.iter().map(|size| size * unit).collect::<Vec<_>>();
        let best = |names: &[String], from: &[f32], least: f32| sizes(from).into_iter().find(|size| share(names, *size) >= least);
        // numbers of blocks are what a buyer looks for: all of them, if need be in small letters
        let (names, size) = match (best(&whole, &[13.0, 11.5, 10.0, 9.0], 0.97), short) {
            (Some(size), _) => (whole, size),
            (None, Some(short)) => {
                let size = best(&short, &[12.0, 10.5, 9.0, 8.0, 7.0, 6.0, 5.0], 1.0).unwrap_or(4.2 * unit);
                (short, size)
            }
            (None, None) => match best(&whole, &[13.0, 11.5, 10.0, 9.0, 8.0, 7.0], 0.6) {
                Some(size) => (whole, size),
                None => return,
            },
        };
        // two lines need a block that is wide at both; where few are, none has the second
        let counts = |room: &SectionBox| {
            let widest = [counted(room.seats as u32), counted(0)].map(|text| fonts.width(&text, plain(size)));
            room.high >= size * 3.2 && widest.into_iter().fold(0.0, f32::max) <= room.wide * if room.slanted { 0.75 } else { 1.0 }
        };
        let all = rooms.iter().filter(|(room, _)| room.as_ref().is_some_and(counts)).count() * 3 >= rooms.len() * 2;
        for ((block, (room, _)), name) in blocks.iter_mut().zip(&rooms).zip(names) {
            let Some(room) = room.as_ref().filter(|room| fits(room, &name, size)) else { continue };
            let count = all && counts(room);
            let [x, y] = room.at;
            let y = if count { y - 0.1 * size } else { y + 0.36 * size };
            block.label = Some(SectionLabel { name, at: [x, y], size, count });
        }
    }
}

impl BlockPlan {
    /// The section as it is now.
    pub fn shapes(&self, drawing: &SeatMapDrawing, palette: &Palette) -> Vec<Shape> {
        let seats = self.first..self.first + self.seats;
        let free = seats.filter(|seat| drawing.state(*seat) == SeatState::Available).count();
        let step = (free * STEPS).div_ceil(self.seats.max(1));
        let fill = shade(palette, self.tier, step);
        let mut shapes: Vec<Shape> = vec![Path { fill: Some(fill), ..self.band.clone() }.into()];
        if let Some(SectionLabel { name, at, size, count }) = &self.label {
            let colour = palette.on(fill);
            shapes.push(centred(name.clone(), *at, bold(*size), colour).into());
            if *count {
                shapes.push(centred(counted(free as u32), [at[0], at[1] + 1.25 * size], plain(*size), colour).into());
            }
        }
        shapes
    }

    /// All colours that it may have.
    pub fn colours(&self, palette: &Palette) -> Vec<Colour> {
        (0..=STEPS).map(|step| shade(palette, self.tier, step)).collect()
    }
}

/// The colour of a section with that many eighths of its seats left.
fn shade(palette: &Palette, tier: TierId, step: usize) -> Colour {
    if step == 0 { palette.line } else { share_of(palette, palette.tier(tier), step as f32 / STEPS as f32) }
}

fn share_of(palette: &Palette, tier: Colour, share: f32) -> Colour {
    tier.mix(palette.paper, 0.22 + 0.7 * share.sqrt())
}

/// The three shades that the legend shows: many, few, none left.
pub fn key_shades(palette: &Palette, tier: Colour) -> [Colour; 3] {
    [share_of(palette, tier, 1.0), share_of(palette, tier, 1.0 / STEPS as f32), palette.line]
}

fn bold(size: f32) -> Style {
    Style { size, weight: Weight::SemiBold }
}

fn plain(size: f32) -> Style {
    Style { size: size * 0.88, weight: Weight::Regular }
}

fn counted(free: u32) -> String {
    if free > 0 { format!("{} left", thousands(free.into())) } else { "Sold out".to_owned() }
}
