//! Deciding about an organiser's blocks: places kept from sale, and given back to it.

use crate::rules::change::{Change, Taken};
use crate::rules::command::Reply;
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
use crate::rules::invalid::Invalid;
use crate::rules::refusal::Refusal;
use crate::rules::seat::SeatState;
use crate::rules::wanted::Places;

impl Deciding<'_> {
    pub(crate) fn block(&mut self, places: &Places) -> Result<Reply, Denial> {
        let mut taken = self.places(places)?;
        let others = taken
            .seats
            .iter()
            .filter(|seat| !matches!(self.inventory.seats[**seat as usize], SeatState::Available | SeatState::Blocked));
        let others: Vec<String> = others.map(|seat| self.inventory.terms.house.seat_id(*seat)).collect();
        // Places without numbers are blocked up to a number, not by it: the same block again adds nothing.
        let more = |(area, quantity): (u32, u32)| (area, quantity.saturating_sub(self.inventory.areas[area as usize].blocked));
        taken.area = taken.area.map(more);
        let area_full = taken.area.is_some_and(|(area, quantity)| self.inventory.areas[area as usize].free() < quantity);
        if !others.is_empty() || area_full {
            return Err(Refusal::SeatsUnavailable { seats: others, others_available: self.inventory.counts.available > 0 }.into());
        }
        taken.seats.retain(|seat| self.inventory.seats[*seat as usize] == SeatState::Available);
        taken.area = taken.area.filter(|(_, quantity)| *quantity > 0);
        self.mark_taken(Change::Blocked(taken))
    }

    pub(crate) fn unblock(&mut self, places: &Places) -> Result<Reply, Denial> {
        let mut taken = self.places(places)?;
        taken.seats.retain(|seat| self.inventory.seats[*seat as usize] == SeatState::Blocked);
        taken.area = taken.area.map(|(area, quantity)| (area, quantity.min(self.inventory.areas[area as usize].blocked)));
        taken.area = taken.area.filter(|(_, quantity)| *quantity > 0);
        self.mark_taken(Change::Unblocked(taken))
    }

    fn mark_taken(&mut self, change: Change) -> Result<Reply, Denial> {
        if change.taken().is_some_and(|taken| taken.places() > 0) {
            self.change(change)?;
        }
        Ok(Reply::Blocked(self.inventory.counts))
    }

    fn places(&self, places: &Places) -> Result<Taken, Invalid> {
        let seats = self.inventory.seats_by_id(&places.seats)?;
        let area =
            places.area.as_ref().map(|(area, quantity)| Ok((self.inventory.area_by_id(area, "area")?, *quantity))).transpose()?;
        Ok(Taken { seats, area })
    }
}
