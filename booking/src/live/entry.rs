//! What one version of an event's journal tells who watches.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;
use jiff::Timestamp;

use crate::live::picture::state_after;
use crate::rules::change::JournalRow;
use crate::rules::counts::Counts;
use crate::rules::house::House;
use crate::rules::seat::SeatLetter;

/// What one version changed, as anyone may see it: no holds, no buyers.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    pub version: u64,
    pub at: Timestamp,
    pub seats: Vec<SeatChange>,
    pub areas: Vec<AreaChange>,
    pub counts: Counts,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SeatChange {
    pub id: String,
    /// The seat's position in the map.
    pub index: u32,
    pub state: SeatLetter,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AreaChange {
    pub id: String,
    pub available: u32,
}

impl JournalEntry {
    /// The last state of everything the version touched.
    pub(crate) fn of(house: &House, row: &JournalRow) -> JournalEntry {
        let mut seats: HashMap<u32, SeatLetter> = HashMap::new();
        for change in &row.changes.changes {
            let Some(state) = state_after(change) else { continue };
            seats.extend(change.taken().into_iter().flat_map(|taken| &taken.seats).map(|seat| (*seat, state)));
        }
        let mut seats: Vec<_> =
            seats.into_iter().map(|(index, state)| SeatChange { id: house.seat_id(index), index, state }).collect();
        seats.sort_unstable_by_key(|seat| seat.index);
        let area = |(area, available): &(u32, u32)| {
            let id = house.areas.get(*area as usize)?.id.clone();
            Some(AreaChange { id, available: *available })
        };
        let areas = row.changes.areas.iter().filter_map(area).collect();
        JournalEntry { version: row.version.unsigned_abs(), at: row.at, seats, areas, counts: row.changes.counts }
    }
}

/// An entry on its way to everyone who watches: encoded once, by whoever sends it first.
#[derive(Debug)]
pub struct Told {
    pub entry: JournalEntry,
    encoded: OnceLock<Bytes>,
}

impl Told {
    pub(crate) fn new(entry: JournalEntry) -> Self {
        Self { entry, encoded: OnceLock::new() }
    }

    /// The entry's bytes as `encode` makes them; the same bytes for every viewer.
    pub fn encoded(&self, encode: impl FnOnce(&JournalEntry) -> Bytes) -> Bytes {
        self.encoded.get_or_init(|| encode(&self.entry)).clone()
    }
}
