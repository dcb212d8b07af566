//! The ground of a seat map's picture: all that stands still, painted once, and what is needed to put the seats over it.

use std::ops::Range;

use tiny_skia::{Pixmap, PremultipliedColorU8};

use super::atlas::{Atlas, PixelRows};
use super::inks::Inks;
use super::png::{STRIPE, flat_colours, head};
use super::raster::{View, paint, paint_rows, size};
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::error::DrawError;
use crate::palette::Colour;
use crate::scene::{Scene, Shape};
use crate::seat_map::{Plan, SeatLook};
use crate::text::Fonts;

/// Rows that are painted at a time, so that a large picture needs little memory beside its own.
const BAND: usize = 16 * STRIPE;
/// Colours are chosen from a picture of this width.
const SAMPLE_WIDTH: f32 = 800.0;

/// A painted plan: rows of indices, a palette that no sale changes, the seats' marks and which stripes they touch.
pub struct Ground {
    pub plan: Plan,
    pub width: usize,
    pub height: usize,
    /// Row after row, each after its filter byte.
    lines: Vec<u8>,
    inks: Inks,
    atlas: Atlas,
    /// Which of `seats` touch a stripe.
    starts: Vec<u32>,
    seats: Vec<u32>,
    /// The file's beginning.
    pub head: Vec<u8>,
}

/// What a picture shows of its event at one moment.
#[derive(Default)]
pub struct Moment {
    pub states: Vec<SeatState>,
    /// Under the seats, and above them.
    pub plates: Vec<Shape>,
    pub above: Vec<Shape>,
}

impl Moment {
    pub fn of(fonts: &Fonts, plan: &Plan, drawing: &SeatMapDrawing) -> Self {
        let states = (0..plan.places.len()).map(|seat| drawing.state(seat)).collect();
        Self { states, plates: plan.plates(fonts, drawing), above: plan.above(fonts, drawing) }
    }
}

impl Ground {
    /// Paints what stands still.
    ///
    /// Refuses   a picture over the limit.
    /// Cost      some 20 ns a pixel; a byte a pixel is kept, four more of 256 rows are needed meanwhile.
    pub fn paint(fonts: &Fonts, plan: Plan, drawing: &SeatMapDrawing) -> Result<Self, DrawError> {
        let [width, height] = size(&plan.base, 1.0)?;
        let (width, height) = (width as usize, height as usize);
        let inks = inks(fonts, &plan, drawing)?;
        let atlas = Atlas::of(plan.radius());
        let (starts, seats) = by_stripe(&plan, height, atlas.reach());
        let head = head(width, height, &inks);
        let mut ground = Self { plan, width, height, lines: Vec::new(), inks, atlas, starts, seats, head };
        let mut lines = Vec::with_capacity((width + 1) * height);
        for top in (0..height).step_by(BAND) {
            let rows = top..(top + BAND).min(height);
            let mut pixmap = ground.pixmap(rows.len())?;
            pixmap.pixels_mut().fill(opaque(ground.plan.base.background));
            paint_rows(fonts, &ground.plan.base.shapes, ground.view(top), &mut pixmap);
            for row in pixmap.pixels().chunks(width) {
                lines.push(0);
                lines.extend(row.iter().map(|pixel| ground.inks.index(Colour(pixel.red(), pixel.green(), pixel.blue()))));
            }
        }
        ground.lines = lines;
        Ok(ground)
    }

    /// A stripe's rows of indices at a moment, each after its filter byte. Always one stripe alone: painted together with others,
    /// an edge could round to another shade, and a changed picture would not be the one drawn from nothing.
    pub fn render(&self, fonts: &Fonts, moment: &Moment, stripe: usize, out: &mut Vec<u8>) -> Result<(), DrawError> {
        let rows = stripe * STRIPE..((stripe + 1) * STRIPE).min(self.height);
        let stride = self.width + 1;
        out.clear();
        out.extend_from_slice(&self.lines[rows.start * stride..rows.end * stride]);
        self.shapes(fonts, &moment.plates, &rows, out)?;
        let mut onto = PixelRows { lines: out, width: self.width, top: rows.start as i32 };
        let seats = &self.seats[self.starts[stripe] as usize..self.starts[stripe + 1] as usize];
        for seat in seats.iter().map(|seat| *seat as usize) {
            let look = self.plan.look(seat, moment.states[seat]);
            self.atlas.blit(&self.inks, &self.plan, look, self.plan.places[seat], &mut onto);
        }
        self.shapes(fonts, &moment.above, &rows, out)
    }

    /// Paints shapes over rows, if any of them stands there.
    fn shapes(&self, fonts: &Fonts, shapes: &[Shape], rows: &Range<usize>, lines: &mut [u8]) -> Result<(), DrawError> {
        let touches = |shape: &Shape| {
            let [top, bottom] = shape.rows();
            bottom >= rows.start as f32 && top <= rows.end as f32
        };
        if !shapes.iter().any(touches) {
            return Ok(());
        }
        let mut pixmap = self.pixmap(rows.len())?;
        let indices = lines.chunks(self.width + 1).flat_map(|row| &row[1..]);
        pixmap.pixels_mut().iter_mut().zip(indices).for_each(|(pixel, index)| *pixel = opaque(self.inks.colour(*index)));
        paint_rows(fonts, shapes, self.view(rows.start), &mut pixmap);
        let indices = lines.chunks_mut(self.width + 1).flat_map(|row| &mut row[1..]);
        for (index, pixel) in indices.zip(pixmap.pixels()) {
            *index = self.inks.index(Colour(pixel.red(), pixel.green(), pixel.blue()));
        }
        Ok(())
    }

    fn pixmap(&self, rows: usize) -> Result<Pixmap, DrawError> {
        let (width, rows) = (self.width as u32, rows as u32);
        Pixmap::new(width, rows).ok_or(DrawError::TooLarge(width, rows))
    }

    fn view(&self, top: usize) -> View {
        View { paper: self.plan.base.background, scale: 1.0, top: top as i32 }
    }

    pub fn stripes(&self) -> usize {
        self.height.div_ceil(STRIPE)
    }

    /// The stripes that a seat's marks touch.
    pub fn stripes_of(&self, seat: usize) -> Range<usize> {
        touched(self.plan.places[seat][1], self.atlas.reach(), self.height)
    }

    /// The stripes between two heights.
    pub fn stripes_between(&self, [top, bottom]: [f32; 2]) -> Range<usize> {
        touched((top + bottom) / 2.0, ((bottom - top) / 2.0).max(0.0).ceil() as i32 + 1, self.height)
    }

    pub fn inks(&self) -> &Inks {
        &self.inks
    }

    /// What it keeps, in bytes, about.
    pub fn bytes(&self) -> usize {
        let mut looks: Vec<SeatLook> = self
            .plan
            .kinds
            .iter()
            .flat_map(|(tier, accessible)| STATES.map(|state| SeatLook::of(state, *tier, *accessible)))
            .collect();
        looks.sort_unstable();
        looks.dedup();
        let tables = (self.starts.len() + self.seats.len()) * size_of::<u32>() + (1 << 16) + 1_024;
        self.lines.len() + tables + self.plan.bytes() + self.atlas.bytes(looks.len())
    }
}

const STATES: [SeatState; 4] = [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];

fn opaque(Colour(r, g, b): Colour) -> PremultipliedColorU8 {
    PremultipliedColorU8::from_rgba(r, g, b, 255).unwrap_or_else(|| unreachable!("an opaque colour is premultiplied"))
}

/// The stripes that rows around a height touch.
fn touched(y: f32, reach: i32, height: usize) -> Range<usize> {
    let row = |y: f32| (y.clamp(-1e6, 1e6) as i32).clamp(0, height as i32 - 1) as usize;
    row(y - reach as f32) / STRIPE..row(y + reach as f32) / STRIPE + 1
}

/// The seats of each stripe, one list behind the other, and where each list begins.
fn by_stripe(plan: &Plan, height: usize, reach: i32) -> (Vec<u32>, Vec<u32>) {
    let stripes = height.div_ceil(STRIPE);
    let of = |place: &[f32; 2]| touched(place[1], reach, height);
    let mut starts = vec![0_u32; stripes + 1];
    plan.places.iter().flat_map(of).for_each(|stripe| starts[stripe + 1] += 1);
    for stripe in 0..stripes {
        starts[stripe + 1] += starts[stripe];
    }
    let mut next = starts.clone();
    let mut seats = vec![0; starts[stripes] as usize];
    for (seat, place) in (0..).zip(&plan.places) {
        for stripe in of(place) {
            seats[next[stripe] as usize] = seat;
            next[stripe] += 1;
        }
    }
    (starts, seats)
}

/// Colours that serve the map in every state: chosen from a small picture in which seats are in all of them.
fn inks(fonts: &Fonts, plan: &Plan, drawing: &SeatMapDrawing) -> Result<Inks, DrawError> {
    let seats = drawing.map.seat_count();
    let states = (0..seats).map(|seat| STATES[(seat.wrapping_mul(2_654_435_761) >> 28) as usize % STATES.len()]);
    let mixed = SeatMapDrawing { seat_states: states.collect(), areas: Vec::new(), selected: Vec::new(), ..drawing.clone() };
    let scene: Scene = plan.scene(fonts, &mixed);
    let scale = (SAMPLE_WIDTH / scene.width).min(1.0);
    let sample = paint(fonts, &scene, scale)?;
    let flat = [flat_colours(&plan.base), plan.colours()].concat();
    Ok(Inks::of(&flat, sample.pixels()))
}
