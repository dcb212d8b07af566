//! The seats of one event at one version, one letter a seat: what views are made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::rules::change::{Change, JournalRow};
use crate::rules::counts::Counts;
use crate::rules::seat::SeatLetter;
use crate::rules::terms::Terms;

/// One version of an event's seats, one letter a seat.
#[derive(Debug, Clone)]
pub struct Picture {
    pub version: i64,
    pub as_of: Timestamp,
    pub terms: Arc<Terms>,
    pub letters: Vec<u8>,
    pub free_in_areas: Vec<u32>,
    pub held_in_areas: Vec<u32>,
    pub counts: Counts,
}

impl Picture {
    /// Everything free.
    pub fn free(terms: Arc<Terms>, as_of: Timestamp) -> Picture {
        let house = &terms.house;
        Picture {
            version: 0,
            as_of,
            letters: vec![letter(SeatLetter::Available); house.seats.len()],
            free_in_areas: house.areas.iter().map(|area| area.capacity).collect(),
            held_in_areas: vec![0; house.areas.len()],
            counts: Counts { available: house.capacity(), ..Counts::default() },
            terms,
        }
    }

    /// Shows a seat in another state; false where the house has no such seat.
    pub fn show(&mut self, seat: u32, state: SeatLetter) -> bool {
        self.letters.get_mut(seat as usize).map(|shown| *shown = letter(state)).is_some()
    }

    /// Takes one step to the next version; false where the step does not fit this house.
    pub fn step(&mut self, row: &JournalRow) -> bool {
        let mut fits = true;
        for change in &row.changes.changes {
            if let (Some(state), Some(taken)) = (state_after(change), change.taken()) {
                fits &= taken.seats.iter().all(|seat| self.show(*seat, state));
            }
        }
        for (shown, said) in [(&mut self.free_in_areas, &row.changes.areas), (&mut self.held_in_areas, &row.changes.held)] {
            for (area, places) in said {
                fits &= shown.get_mut(*area as usize).map(|shown| *shown = *places).is_some();
            }
        }
        // an older program does not say how many are held: its changes do
        let unsaid = |area: u32| !row.changes.held.iter().any(|(said, _)| *said == area);
        for change in row.changes.changes.iter().filter(|change| change.moves_held()) {
            let moved = change.taken().and_then(|taken| taken.area).filter(|(area, _)| unsaid(*area));
            fits &= moved.is_none_or(|(area, places)| self.move_held(area, places, matches!(change, Change::Held(_))));
        }
        if fits {
            (self.version, self.as_of, self.counts) = (row.version, row.at, row.changes.counts);
        }
        fits
    }

    /// Holds so many places of an area more, or less; false where there are not so many.
    fn move_held(&mut self, area: u32, places: u32, more: bool) -> bool {
        let Some(held) = self.held_in_areas.get_mut(area as usize) else { return false };
        let moved = if more { held.checked_add(places) } else { held.checked_sub(places) };
        moved.map(|now| *held = now).is_some()
    }

    /// How many are held now in the areas in which a version moved them, in order.
    pub fn held_after(&self, row: &JournalRow) -> Vec<(u32, u32)> {
        let moved = row.changes.changes.iter().filter(|change| change.moves_held());
        let moved = moved.filter_map(|change| change.taken()?.area).chain(row.changes.held.iter().copied());
        let areas: BTreeSet<u32> = moved.map(|(area, _)| area).collect();
        areas.into_iter().filter_map(|area| Some((area, *self.held_in_areas.get(area as usize)?))).collect()
    }

    /// The memory it takes, the house not counted: others have it too.
    pub fn bytes(&self) -> usize {
        const REST: usize = 1_024;
        self.letters.len() + self.free_in_areas.len() * 8 + REST
    }
}

/// The state in which a change leaves its seats.
pub fn state_after(change: &Change) -> Option<SeatLetter> {
    match change {
        Change::Held(_) => Some(SeatLetter::Held),
        Change::Ordered { .. } | Change::Sold { .. } => Some(SeatLetter::Sold),
        Change::Blocked(_) => Some(SeatLetter::Blocked),
        Change::Ended { .. } | Change::Returned { .. } | Change::Unblocked(_) => Some(SeatLetter::Available),
        Change::PassLeft(_) | Change::Closed => None,
    }
}

fn letter(state: SeatLetter) -> u8 {
    state.as_char() as u8
}

#[cfg(test)]
mod tests {
    use domain::{BuyerId, HoldId};

    use super::*;
    use crate::fixture::{map, noon, terms};
    use crate::rules::change::{Changes, Ending, Hold, Taken};

    fn row(version: i64, changes: Vec<Change>, held: Vec<(u32, u32)>) -> JournalRow {
        let changes = Changes { changes, counts: Counts::default(), areas: vec![], held, waitlist: false };
        JournalRow { version, at: noon(), changes }
    }

    /// A row of a program that knows nothing of it. The controls: one that says it, and one that cannot be.
    #[test]
    fn held_places_of_areas_are_known_also_where_a_row_does_not_say_them() {
        let taken = Taken { seats: vec![], area: Some((0, 3)) };
        let hold = Arc::new(Hold { id: HoldId::at(noon()), buyer: BuyerId::at(noon()), until: noon(), taken, pass: None });
        let (held, ended) = (Change::Held(Arc::clone(&hold)), Change::Ended { hold, how: Ending::Released });
        let mut picture = Picture::free(Arc::new(terms(&map(0, 0, 20))), noon());
        let mut step = |changes: Vec<Change>, said: Vec<(u32, u32)>| {
            let row = row(picture.version + 1, changes, said);
            picture.step(&row).then(|| picture.held_after(&row)).map(|held| held[0].1)
        };
        assert_eq!(step(vec![held.clone(), held.clone()], vec![]), Some(6));
        assert_eq!(step(vec![ended.clone()], vec![]), Some(3));
        assert_eq!(step(vec![held, ended.clone()], vec![(0, 7)]), Some(7));
        assert_eq!(step(vec![ended.clone(), ended.clone(), ended], vec![]), None, "rows are read anew");
    }
}
