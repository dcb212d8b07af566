//! The sheet that all parts of a layout draw on.

use domain::{Section, TierId};

use super::frame::Frame;
use super::geometry::Geometry;
use super::taken::Taken;
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::fonts::Fonts;
use crate::scene::Scene;

/// A seat map on its way to a scene.
pub struct Sheet<'a> {
    pub fonts: &'a Fonts,
    pub drawing: &'a SeatMapDrawing,
    pub geometry: Geometry,
    pub frame: Frame,
    /// Where something stands already.
    pub taken: Taken,
    pub scene: Scene,
}

impl SeatMapDrawing {
    /// A seat's state; a seat that the drawing does not name is available.
    pub fn state(&self, seat: usize) -> SeatState {
        self.seat_states.get(seat).copied().unwrap_or_default()
    }

    /// A seat's tier: its own, else its section's.
    pub fn tier(&self, seat: usize, section: &Section) -> TierId {
        self.seat_tiers.get(seat).copied().unwrap_or(section.tier)
    }

    /// An area's tier, and how many of its places are left.
    pub fn area(&self, index: usize) -> (TierId, u32) {
        let area = &self.map.areas[index];
        self.areas.get(index).map_or((area.tier, area.capacity), |state| (state.tier, state.available.min(area.capacity)))
    }
}
