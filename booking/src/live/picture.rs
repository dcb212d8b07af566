//! The seats of one event at one version, one letter a seat: what views are made of.

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
        if fits {
            (self.version, self.as_of, self.counts) = (row.version, row.at, row.changes.counts);
        }
        fits
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
