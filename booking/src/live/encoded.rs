//! An entry on its way to everyone who watches.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::live::entry::JournalEntry;
use crate::live::frame;
use crate::live::picture::Picture;
use crate::rules::house::House;
use crate::rules::seat::SeatLetter;

/// A seat of an entry, by its id.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatChange {
    pub id: String,
    /// The seat's position in the map.
    pub index: u32,
    pub state: SeatLetter,
}

/// An area of an entry, by its id.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaChange {
    pub id: String,
    pub available: u32,
    /// Where it moved.
    pub held: Option<u32>,
}

/// Forms in which an entry may be kept.
const FORMS: usize = 8;

/// An entry on its way to everyone who watches: encoded once a form, by whoever sends it first.
#[derive(Debug)]
pub struct EncodedEntry {
    pub entry: Arc<JournalEntry>,
    house: Arc<House>,
    /// The whole of it, at this version or a later one, where the entry names so much that the whole is shorter.
    whole: Option<Arc<Picture>>,
    encoded: [OnceLock<Bytes>; FORMS],
}

impl EncodedEntry {
    pub(crate) fn new(entry: Arc<JournalEntry>, picture: &Arc<Picture>) -> Self {
        let house = Arc::clone(&picture.terms.house);
        let whole = (entry.seats.len() > frame::MOST_CHANGES).then(|| Arc::clone(picture));
        Self { entry, house, whole, encoded: Default::default() }
    }

    /// Whether it names so much that the whole is shorter: who is not told the whole reads all seats again.
    pub fn is_long(&self) -> bool {
        self.whole.is_some()
    }

    /// The binary frame: the changes, or the whole where that is shorter.
    pub fn frame(&self) -> Vec<u8> {
        match &self.whole {
            None => frame::delta(&self.entry),
            Some(picture) => frame::whole(picture),
        }
    }

    /// Its seats by their ids, in map order.
    pub fn seats(&self) -> impl Iterator<Item = SeatChange> + '_ {
        self.entry.seats.iter().map(|(index, state)| SeatChange { id: self.house.seat_id(*index), index: *index, state: *state })
    }

    /// Its areas by their ids.
    pub fn areas(&self) -> impl Iterator<Item = AreaChange> + '_ {
        let area = |(area, available): &(u32, u32)| {
            let id = self.house.areas.get(*area as usize)?.id.clone();
            let held = self.entry.held.iter().find(|(known, _)| known == area).map(|(_, held)| *held);
            Some(AreaChange { id, available: *available, held })
        };
        self.entry.areas.iter().filter_map(area)
    }

    /// Its bytes in one of eight forms as `encode` makes them; the same bytes for every viewer.
    pub fn encoded(&self, form: usize, encode: impl FnOnce(&EncodedEntry) -> Bytes) -> Bytes {
        self.encoded[form % FORMS].get_or_init(|| encode(self)).clone()
    }
}
