//! A house of the demo world.

use domain::SeatMapId;

use super::hall::{Design, hall};
use crate::model::{SeatMapRow, VenueRow};

/// A house with what programmes ask of it.
#[derive(Debug, Clone)]
pub struct DemoHouse {
    pub row: VenueRow,
    pub seat_map_id: SeatMapId,
    pub city: usize,
    pub design: Design,
    pub places: u32,
}

impl DemoHouse {
    /// Draws its seat map.
    pub fn seat_map(&self) -> SeatMapRow {
        let mut map = hall(self.design, self.places);
        map.name = "Main".to_owned();
        SeatMapRow { id: self.seat_map_id, venue_id: self.row.id, version: 1, map }
    }
}
