//! What one version of an event's journal tells who watches.

use std::collections::{BTreeMap, HashMap};
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

    /// What several versions changed together: the last state of everything that one of them touched, at the last version.
    ///
    /// Takes     at least one entry, in the order of their versions.
    pub(crate) fn merged<'e>(entries: impl IntoIterator<Item = &'e JournalEntry>) -> JournalEntry {
        let (mut seats, mut areas, mut last) = (BTreeMap::new(), BTreeMap::new(), None);
        for entry in entries {
            seats.extend(entry.seats.iter().map(|seat| (seat.index, seat)));
            areas.extend(entry.areas.iter().map(|area| (&area.id, area)));
            last = Some(entry);
        }
        let (version, at, counts) =
            last.map_or((0, Timestamp::UNIX_EPOCH, Counts::default()), |last| (last.version, last.at, last.counts));
        JournalEntry {
            version,
            at,
            seats: seats.into_values().cloned().collect(),
            areas: areas.into_values().cloned().collect(),
            counts,
        }
    }
}

/// An entry on its way to everyone who watches: encoded once, by whoever sends it first.
#[derive(Debug)]
pub struct Told {
    pub entry: JournalEntry,
    encoded: OnceLock<Bytes>,
    packed: OnceLock<Packed>,
}

/// Encoded bytes, compressed by themselves, so that they fit into anybody's stream.
#[derive(Debug, Clone)]
pub struct Packed {
    pub bytes: Bytes,
    /// The CRC-32 and the length of what was compressed: the end of a stream tells them of the whole.
    pub checksum: u32,
    pub length: u32,
}

impl Told {
    pub(crate) fn new(entry: JournalEntry) -> Self {
        Self { entry, encoded: OnceLock::new(), packed: OnceLock::new() }
    }

    /// The entry's bytes as `pack` compresses them; the same bytes for every viewer.
    pub fn packed(&self, pack: impl FnOnce(&JournalEntry) -> Packed) -> Packed {
        self.packed.get_or_init(|| pack(&self.entry)).clone()
    }

    /// The entry's bytes as `encode` makes them; the same bytes for every viewer.
    pub fn encoded(&self, encode: impl FnOnce(&JournalEntry) -> Bytes) -> Bytes {
        self.encoded.get_or_init(|| encode(&self.entry)).clone()
    }
}
