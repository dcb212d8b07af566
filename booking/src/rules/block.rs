//! Deciding about an organiser's blocks: places kept from sale, and given back to it.

use domain::Invalid;

use crate::rules::change::{Change, Taken};
use crate::rules::command::Reply;
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{BuyerId, HoldId};

    use super::*;
    use crate::fixture::{map, noon, terms};
    use crate::rules::command::Command;
    use crate::rules::controls::Controls;
    use crate::rules::deciding::Conditions;
    use crate::rules::inventory::Inventory;
    use crate::rules::pile::Pile;
    use crate::rules::waitlist::knobs::Knobs;
    use crate::rules::wanted::Wanted;

    fn places(seats: &[&str], floor: Option<u32>) -> Places {
        let seats = seats.iter().map(|seat| format!("stalls-{seat}")).collect();
        Places { seats, area: floor.map(|quantity| ("floor".to_owned(), quantity)) }
    }

    /// What a command changes, or why it does not.
    fn changed(hall: &mut Inventory, command: &Command) -> Result<Vec<Change>, Refusal> {
        let (controls, knobs) = (Controls::default(), Knobs::default());
        let conditions =
            Conditions { now: noon(), hold_ttl: std::time::Duration::from_secs(300), controls, cancelled: false, knobs };
        let mut pile = Pile::default();
        match hall.decide(command, conditions, &mut pile) {
            Ok(_) => Ok(pile.changes),
            Err(Denial::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn taken(seats: &[u32], area: Option<u32>) -> Taken {
        Taken { seats: seats.to_vec(), area: area.map(|quantity| (0, quantity)) }
    }

    #[test]
    fn what_is_blocked_or_given_back_already_is_no_change() {
        let hall = &mut Inventory::new(Arc::new(terms(&map(1, 2, 3))));
        let block = |seats: &[&str], floor| Command::Block(places(seats, floor));
        let unblock = |seats: &[&str], floor| Command::Unblock(places(seats, floor));
        let table = [
            (block(&[], Some(3)), vec![Change::Blocked(taken(&[], Some(3)))]),
            (block(&[], Some(3)), vec![]),
            (block(&["A-1"], Some(2)), vec![Change::Blocked(taken(&[0], None))]),
            (block(&["A-1", "A-2"], None), vec![Change::Blocked(taken(&[1], None))]),
            (unblock(&["A-1"], Some(5)), vec![Change::Unblocked(taken(&[0], Some(3)))]),
            (unblock(&["A-1", "A-2"], Some(1)), vec![Change::Unblocked(taken(&[1], None))]),
            (unblock(&["A-1", "A-2"], Some(1)), vec![]),
            (block(&[], Some(1)), vec![Change::Blocked(taken(&[], Some(1)))]),
            (block(&[], Some(3)), vec![Change::Blocked(taken(&[], Some(2)))]),
        ];
        for (n, (command, expected)) in table.into_iter().enumerate() {
            assert_eq!(changed(hall, &command), Ok(expected), "line {n}");
        }
    }

    #[test]
    fn what_others_have_is_not_blocked_and_it_is_said_whether_anything_is_free() {
        let hall = &mut Inventory::new(Arc::new(terms(&map(1, 2, 3))));
        let (id, buyer) = (HoldId::at(noon()), BuyerId::at(noon()).into());
        let wanted = Wanted::Seats(vec!["stalls-A-1".into()]);
        changed(hall, &Command::Hold { id, buyer, client: None, pass: None, wanted }).expect("held");
        let refused = |seats: &[&str], others_available| {
            let seats = seats.iter().map(|seat| format!("stalls-{seat}")).collect();
            Err(Refusal::SeatsUnavailable { seats, others_available })
        };
        assert_eq!(changed(hall, &Command::Block(places(&["A-1", "A-2"], None))), refused(&["A-1"], true));
        assert_eq!(changed(hall, &Command::Block(places(&[], Some(4)))), refused(&[], true));
        changed(hall, &Command::Block(places(&["A-2"], Some(3)))).expect("all else");
        assert_eq!(changed(hall, &Command::Block(places(&["A-1"], None))), refused(&["A-1"], false));
        assert_eq!(changed(hall, &Command::Block(places(&["A-2"], Some(4)))), refused(&[], false));
    }
}
