//! The seats of one event at one version, one letter a seat: what views are made of.

use std::sync::Arc;

use jiff::Timestamp;

use crate::rules::change::Changes;
use crate::rules::counts::Counts;
use crate::rules::inventory::Inventory;
use crate::rules::terms::Terms;

/// One version of an event's seats, one letter a seat.
#[derive(Debug, Clone)]
pub struct Picture {
    pub version: i64,
    pub as_of: Timestamp,
    pub terms: Arc<Terms>,
    pub letters: Vec<u8>,
    pub free_in_areas: Vec<u32>,
    pub counts: Counts,
}

impl Picture {
    pub fn of(inventory: &Inventory, version: i64, as_of: Timestamp) -> Picture {
        Picture {
            version,
            as_of,
            terms: Arc::clone(&inventory.terms),
            letters: inventory.seats.iter().map(|seat| seat.letter().as_char() as u8).collect(),
            free_in_areas: inventory.areas.iter().map(|area| area.free()).collect(),
            counts: inventory.counts,
        }
    }
}

impl Picture {
    /// Shows what these changes, already made in the inventory, have left.
    pub fn show(&mut self, inventory: &Inventory, changes: &Changes) {
        self.terms = Arc::clone(&inventory.terms);
        self.counts = inventory.counts;
        for taken in changes.changes.iter().filter_map(|change| change.taken()) {
            for seat in &taken.seats {
                self.letters[*seat as usize] = inventory.seats[*seat as usize].letter().as_char() as u8;
            }
            if let Some((area, _)) = taken.area {
                self.free_in_areas[area as usize] = inventory.areas[area as usize].free();
            }
        }
    }
}
