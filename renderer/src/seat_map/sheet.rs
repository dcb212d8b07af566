//! The sheet that all parts of a layout draw on.

use domain::{Section, TierId};

use super::geometry::Geometry;
use super::layout::Layout;
use super::occupancy::Occupancy;
use super::polygon::Box2;
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::palette::{Colour, Palette};
use crate::scene::{Anchor, Scene, Text};
use crate::text::{Fonts, Style};

/// A seat map on its way to a plan.
pub struct Sheet<'a> {
    pub fonts: &'a Fonts,
    pub drawing: &'a SeatMapDrawing,
    pub palette: &'static Palette,
    pub geometry: Geometry,
    pub layout: Layout,
    /// Where something stands already.
    pub taken: Occupancy,
    pub scene: Scene,
}

impl Sheet<'_> {
    /// Title and subtitle.
    pub fn header(&mut self) {
        for text in std::mem::take(&mut self.layout.header) {
            let room =
                Box2 { left: 0.0, top: 0.0, right: text.x + self.fonts.text_width(&text), bottom: text.y + 0.4 * text.size };
            self.taken.mark(room);
            self.scene.push(text);
        }
    }

    /// A text in the middle of its place.
    pub fn centred(&mut self, text: String, at: [f32; 2], style: Style, colour: Colour) {
        self.scene.push(centred(text, at, style, colour));
    }
}

/// A text in the middle of its place.
pub fn centred(text: String, [x, y]: [f32; 2], Style { size, weight }: Style, colour: Colour) -> Text {
    Text { x, y, text, size, weight, colour, anchor: Anchor::Middle, spacing: 0.0, turn: 0.0 }
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
