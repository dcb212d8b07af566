//! A picture in a width between two of the ladder's: rendered in the larger and averaged down, row by row.

use super::ground::{Ground, Moment};
use super::png::{Packer, STRIPE, Stripe, assemble, head};
use crate::drawing::SeatMapDrawing;
use crate::error::DrawError;
use crate::palette::Colour;
use crate::seat_map::described;
use crate::text::Fonts;

/// Draws a map on a ground as it is now, narrower than the ground.
///
/// Cost      some 10 ns a pixel of the ground; one line of sums and a few stripes of memory.
pub fn draw(fonts: &Fonts, ground: &Ground, drawing: &SeatMapDrawing, width: usize) -> Result<Vec<u8>, DrawError> {
    let moment = Moment::of(fonts, &ground.plan, drawing);
    let mut shrunk = Shrunk::new(ground, width);
    let mut lines = Vec::new();
    for stripe in 0..ground.stripes() {
        ground.render(fonts, &moment, stripe, &mut lines)?;
        for row in lines.chunks(ground.width + 1) {
            shrunk.take(&row[1..])?;
        }
    }
    let stripes = shrunk.finish()?;
    Ok(assemble(&stripes.0, &ground.plan.base.title, &described(drawing), &stripes.1))
}

/// A picture that takes rows of a larger one.
struct Shrunk<'g> {
    ground: &'g Ground,
    width: usize,
    height: usize,
    /// Larger pixels per smaller one, across and down.
    ratio: [f32; 2],
    /// Red, green and blue of the line that is being averaged.
    sums: Vec<[f32; 3]>,
    across: Vec<[f32; 3]>,
    taken: usize,
    done: usize,
    lines: Vec<u8>,
    packer: Packer,
    stripes: Vec<Stripe>,
}

impl<'g> Shrunk<'g> {
    fn new(ground: &'g Ground, width: usize) -> Self {
        let width = width.clamp(1, ground.width);
        let height = (ground.height * width).div_ceil(ground.width).max(1);
        let ratio = [ground.width as f32 / width as f32, ground.height as f32 / height as f32];
        let (sums, across) = (vec![[0.0; 3]; width], vec![[0.0; 3]; width]);
        let (lines, packer, stripes) = (Vec::new(), Packer::default(), Vec::new());
        Self { ground, width, height, ratio, sums, across, taken: 0, done: 0, lines, packer, stripes }
    }

    /// Takes the larger picture's next row: it counts for one line or, in parts, for two.
    fn take(&mut self, row: &[u8]) -> Result<(), DrawError> {
        self.average(row);
        let (mut from, to) = (self.taken as f32, self.taken as f32 + 1.0);
        self.taken += 1;
        while from < to && self.done < self.height {
            let last = self.done + 1 == self.height;
            let end = if last { f32::MAX } else { (self.done + 1) as f32 * self.ratio[1] };
            let share = to.min(end) - from;
            for (sum, across) in self.sums.iter_mut().zip(&self.across) {
                (0..3).for_each(|channel| sum[channel] += across[channel] * share);
            }
            from = to.min(end);
            if end <= to || (last && self.taken == self.ground.height) {
                self.line()?;
            }
        }
        Ok(())
    }

    /// Averages a row across.
    fn average(&mut self, row: &[u8]) {
        let ratio = self.ratio[0];
        for (x, across) in self.across.iter_mut().enumerate() {
            let (from, to) = (x as f32 * ratio, ((x + 1) as f32 * ratio).min(row.len() as f32));
            let (first, last) = (from as usize, (to.ceil() as usize).min(row.len()));
            *across = [0.0; 3];
            for (at, index) in (first..last).zip(&row[first..last]) {
                let share = (to.min(at as f32 + 1.0) - from.max(at as f32)) / (to - from);
                let Colour(r, g, b) = self.ground.inks().colour(*index);
                [r, g, b].into_iter().zip(across.iter_mut()).for_each(|(part, sum)| *sum += f32::from(part) * share);
            }
        }
    }

    /// Ends a line.
    fn line(&mut self) -> Result<(), DrawError> {
        let first = self.done as f32 * self.ratio[1];
        let rows = if self.done + 1 == self.height { self.ground.height as f32 - first } else { self.ratio[1] };
        self.lines.push(0);
        for sum in &mut self.sums {
            let [r, g, b] = sum.map(|part| (part / rows + 0.5) as u8);
            self.lines.push(self.ground.inks().index(Colour(r, g, b)));
            *sum = [0.0; 3];
        }
        self.done += 1;
        if self.done.is_multiple_of(STRIPE) || self.done == self.height {
            self.stripes.push(self.packer.pack(&self.lines)?);
            self.lines.clear();
        }
        Ok(())
    }

    fn finish(self) -> Result<(Vec<u8>, Vec<Stripe>), DrawError> {
        debug_assert_eq!(self.done, self.height, "every line was ended");
        Ok((head(self.width, self.height, self.ground.inks()), self.stripes))
    }
}
