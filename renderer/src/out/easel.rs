//! A seat map's picture that is kept and changed: a sale repaints and repacks only the stripes that it touches.

use std::sync::Arc;

use super::ground::{Ground, Moment};
use super::png::{Packer, Stripe, assemble};
use crate::drawing::SeatMapDrawing;
use crate::error::DrawError;
use crate::seat_map::described;
use crate::text::Fonts;

/// The last picture on a ground.
pub struct Easel {
    ground: Arc<Ground>,
    moment: Moment,
    /// Empty until the first picture.
    stripes: Vec<Stripe>,
}

impl Easel {
    pub fn new(ground: Arc<Ground>) -> Self {
        Self { ground, moment: Moment::default(), stripes: Vec::new() }
    }

    /// Draws the map as it is now. The bytes are those of a picture drawn from nothing.
    ///
    /// Takes     a drawing that differs from the ground's in what changes only: states, places left, the viewer's own seats.
    /// Cost      some 10 ms for 20,000 seats at 1,200 px the first time; then 0.3 ms and 0.1 ms a stripe that something changed in.
    pub fn draw(&mut self, fonts: &Fonts, drawing: &SeatMapDrawing) -> Result<Vec<u8>, DrawError> {
        let moment = Moment::of(fonts, &self.ground.plan, drawing);
        let touched = if self.stripes.is_empty() { vec![true; self.ground.stripes()] } else { self.touched(&moment) };
        // half a picture is none: after an error or a panic meanwhile the next one is drawn whole
        let mut stripes = std::mem::take(&mut self.stripes);
        stripes.resize(self.ground.stripes(), Stripe::default());
        self.moment = moment;
        self.repaint(fonts, &touched, &mut stripes)?;
        self.stripes = stripes;
        Ok(assemble(&self.ground.head, &self.ground.plan.base.title, &described(drawing), &self.stripes))
    }

    fn repaint(&self, fonts: &Fonts, touched: &[bool], stripes: &mut [Stripe]) -> Result<(), DrawError> {
        let (mut packer, mut lines) = (Packer::default(), Vec::new());
        for (stripe, kept) in stripes.iter_mut().enumerate().filter(|(stripe, _)| touched[*stripe]) {
            self.ground.render(fonts, &self.moment, stripe, &mut lines)?;
            *kept = packer.pack(&lines)?;
        }
        Ok(())
    }

    /// Which stripes differ between the last picture and a moment.
    fn touched(&self, now: &Moment) -> Vec<bool> {
        let mut touched = vec![false; self.ground.stripes()];
        let changed = self.moment.states.iter().zip(&now.states).enumerate().filter(|(_, (was, is))| was != is);
        changed.for_each(|(seat, _)| touched[self.ground.stripes_of(seat)].fill(true));
        for (was, is) in [(&self.moment.plates, &now.plates), (&self.moment.above, &now.above)] {
            let longer = was.len().max(is.len());
            let differ = (0..longer).filter(|n| was.get(*n) != is.get(*n)).flat_map(|n| [was.get(n), is.get(n)]);
            for shape in differ.flatten() {
                touched[self.ground.stripes_between(shape.rows())].fill(true);
            }
        }
        touched
    }

    /// What it keeps beside its ground, in bytes, about.
    pub fn bytes(&self) -> usize {
        let shapes = (self.moment.plates.len() + self.moment.above.len()) * 600;
        self.stripes.iter().map(Stripe::bytes).sum::<usize>() + self.moment.states.len() + shapes + 1_024
    }
}
