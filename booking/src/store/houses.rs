//! Houses read before, by seat map: one serves all events with that map.

use std::sync::Arc;

use domain::SeatMapId;

use crate::rules::house::House;

/// Houses opened before, by seat map: bounded by the seats they hold.
pub type Houses = moka::sync::Cache<SeatMapId, Arc<House>>;

/// Seats and areas of all remembered houses together: about 150 bytes each.
const REMEMBERED_PLACES: u64 = 1_500_000;

pub fn houses() -> Houses {
    let weigh = |_: &SeatMapId, house: &Arc<House>| (house.seats.len() + house.areas.len()).max(1) as u32;
    moka::sync::Cache::builder().weigher(weigh).max_capacity(REMEMBERED_PLACES).build()
}
