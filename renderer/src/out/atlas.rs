//! The marks of a map's seats as small pictures in the colours of its palette, drawn when they are first needed.

use std::sync::OnceLock;

use super::inks::Inks;
use super::raster::{half_side, split, sprite};
use crate::palette::Colour;
use crate::seat_map::{Plan, SeatLook};

/// Seats up to this radius in pixels are drawn at 4 × 4 positions within a pixel, larger ones at 2 × 2.
const SMALL: f32 = 6.0;

/// All marks, by look and position within a pixel.
pub struct Atlas {
    half: i32,
    cells: usize,
    radius: f32,
    sprites: Vec<OnceLock<Sprite>>,
}

/// One mark.
struct Sprite {
    /// Of each row the first pixel that shows, and the one after the last.
    spans: Vec<[u16; 2]>,
    dots: Vec<Dot>,
}

#[derive(Clone, Copy)]
struct Dot {
    /// 0 is nothing, 255 is the colour of `index`.
    alpha: u8,
    index: u8,
    /// Premultiplied.
    over: [u8; 3],
}

/// Rows of indices, each after its filter byte.
pub struct PixelRows<'a> {
    pub lines: &'a mut [u8],
    pub width: usize,
    /// The first row's place in the picture.
    pub top: i32,
}

impl Atlas {
    pub fn of(radius: f32) -> Self {
        let cells = if radius <= SMALL { 4 } else { 2 };
        let sprites = (0..SeatLook::COUNT * cells * cells).map(|_| OnceLock::new()).collect();
        Self { half: half_side(radius, 1.0), cells, radius, sprites }
    }

    /// How far a mark reaches from its seat's middle, in pixels.
    pub fn reach(&self) -> i32 {
        self.half + 1
    }

    /// Puts a seat over what is there.
    pub fn blit(&self, inks: &Inks, plan: &Plan, look: SeatLook, [x, y]: [f32; 2], onto: &mut PixelRows<'_>) {
        let ((left, cell_x), (top, cell_y)) = (split(x, self.cells), split(y, self.cells));
        let place = (look.number() * self.cells + cell_y) * self.cells + cell_x;
        let sprite = self.sprites[place].get_or_init(|| self.draw(inks, plan, look, [cell_x, cell_y]));
        let (left, top, side) = (left - self.half, top - self.half - onto.top, 2 * self.half + 1);
        let stride = onto.width + 1;
        let rows = (onto.lines.len() / stride) as i32;
        for row in (-top).clamp(0, side)..(rows - top).clamp(0, side) {
            let [from, to] = sprite.spans[row as usize].map(i32::from);
            // cut to the picture once, so that the loop within needs no bounds
            let (from, to) = (from.max(-left), to.min(onto.width as i32 - left));
            if from >= to {
                continue;
            }
            let dots = &sprite.dots[(row * side + from) as usize..(row * side + to) as usize];
            let start = (top + row) as usize * stride + 1 + (left + from) as usize;
            for (under, dot) in onto.lines[start..start + dots.len()].iter_mut().zip(dots) {
                *under = match dot.alpha {
                    0 => continue,
                    255 => dot.index,
                    alpha => inks.index(mixed(inks.colour(*under), dot.over, 255 - u32::from(alpha))),
                };
            }
        }
    }

    fn draw(&self, inks: &Inks, plan: &Plan, look: SeatLook, cell: [usize; 2]) -> Sprite {
        let palette = plan.palette();
        let marks = look.marks(palette, self.radius).into_iter();
        let pieces: Vec<_> = marks.flat_map(|(mark, radius, colour)| mark.pieces(radius, colour, palette.paper)).collect();
        let pixmap = sprite(&pieces, self.half, 1.0, cell, self.cells);
        let dots = pixmap.pixels().iter().map(|pixel| {
            let over = [pixel.red(), pixel.green(), pixel.blue()];
            let index = if pixel.alpha() == 255 { inks.index(Colour(over[0], over[1], over[2])) } else { 0 };
            Dot { alpha: pixel.alpha(), index, over }
        });
        let dots: Vec<Dot> = dots.collect();
        let spans = dots.chunks(pixmap.width() as usize).map(|row| {
            let shows = |dot: &Dot| dot.alpha > 0;
            let [from, to] = [row.iter().position(shows), row.iter().rposition(shows).map(|last| last + 1)];
            [from.unwrap_or(0) as u16, to.unwrap_or(0) as u16]
        });
        Sprite { spans: spans.collect(), dots }
    }

    /// What it keeps at most once all marks that a map shows are drawn.
    pub fn bytes(&self, looks: usize) -> usize {
        let side = (2 * self.half + 1) as usize;
        self.sprites.len() * size_of::<OnceLock<Sprite>>() + looks * self.cells * self.cells * side * side * size_of::<Dot>()
    }
}

fn mixed(under: Colour, over: [u8; 3], left: u32) -> Colour {
    let channel = |under: u8, over: u8| (u32::from(over) + (u32::from(under) * left + 127) / 255).min(255) as u8;
    Colour(channel(under.0, over[0]), channel(under.1, over[1]), channel(under.2, over[2]))
}
