//! Seat maps as stored: a version of a venue's floor never changes.

use domain::{SeatMap, SeatMapId, VenueId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// One version of one of a venue's maps, for storing.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatMapRow {
    pub id: SeatMapId,
    pub venue_id: VenueId,
    /// 1, 2, … within the venue and the map's name.
    pub version: u32,
    pub map: SeatMap,
}

/// A stored map without its seats.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatMapHead {
    pub id: SeatMapId,
    pub venue_id: VenueId,
    pub name: String,
    pub version: u32,
    pub sha256: Vec<u8>,
    pub capacity: u32,
    pub created_at: Timestamp,
}

impl SeatMapRow {
    /// The hash of the map's content: two versions with one hash are the same floor.
    pub fn sha256(&self) -> [u8; 32] {
        map_sha256(&self.map)
    }
}

/// SHA-256 of a map's canonical JSON.
pub fn map_sha256(map: &SeatMap) -> [u8; 32] {
    let json = serde_json::to_vec(map).unwrap_or_else(|fault| unreachable!("a seat map is plain data: {fault}"));
    Sha256::digest(json).into()
}
