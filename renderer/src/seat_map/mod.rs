//! A seat map's layout: from a map and its state to a scene of one width.
//!
//! ```text
//! title, subtitle            │ frame    what goes where, how large a map unit is
//! stage, bands, seats, areas │ floor    the map itself       rows: letters at both ends
//! prices beside their tiers  │ captions                      overview: shaded sections where dots would be dust
//! legend                     │ legend
//! ```
//! Texts have the same size on all pictures up to 1,200 px and give way to seats where there is no place for both.

mod band;
mod captions;
mod floor;
mod frame;
mod geometry;
mod key;
mod overview;
mod polygon;
mod rows;
mod sheet;
mod taken;

use crate::drawing::{SeatMapDrawing, SeatState};
use crate::fonts::Fonts;
use crate::palette::PAPER;
use crate::scene::Scene;
use crate::text::clean;
use frame::Frame;
use geometry::Geometry;
use sheet::Sheet;
use taken::Taken;

/// Lays a seat map out for a width in pixels.
pub fn scene(fonts: &Fonts, drawing: &SeatMapDrawing, width: u32) -> Scene {
    let geometry = Geometry::of(&drawing.map);
    let frame = Frame::of(fonts, drawing, &geometry, width as f32);
    let scene = Scene {
        width: frame.width,
        height: frame.map_bottom,
        title: title(drawing),
        desc: describe(drawing),
        background: PAPER,
        shapes: Vec::new(),
    };
    let taken = Taken::new(frame.width, frame.map_bottom, 3.0 * frame.unit);
    let mut sheet = Sheet { fonts, drawing, geometry, frame, taken, scene };
    for text in std::mem::take(&mut sheet.frame.header) {
        sheet.scene.push(text);
    }
    if sheet.frame.dots {
        sheet.floor()
    } else {
        sheet.overview()
    }
    sheet.stage();
    sheet.areas();
    if sheet.frame.dots {
        sheet.seats();
        sheet.row_letters();
    }
    sheet.captions();
    sheet.selection();
    sheet.key();
    sheet.scene
}

fn title(drawing: &SeatMapDrawing) -> String {
    format!("Seat map: {}", clean(&drawing.title))
}

/// What a screen reader says, and which state the picture shows.
fn describe(drawing: &SeatMapDrawing) -> String {
    let total = drawing.map.seat_count() as usize;
    let count = |wanted| (0..total).filter(|seat| drawing.state(*seat) == wanted).count();
    let (held, sold, blocked) = (count(SeatState::Held), count(SeatState::Sold), count(SeatState::Blocked));
    let mut parts = Vec::new();
    if total > 0 {
        let free = total - held - sold - blocked;
        parts.push(format!("{free} of {total} seats free, {held} on hold, {sold} sold, {blocked} not for sale"));
    }
    for (index, area) in drawing.map.areas.iter().enumerate() {
        parts.push(format!("{}: {} of {} places left", clean(&area.label), drawing.area(index).1, area.capacity));
    }
    let SeatMapDrawing { event, edition, version, .. } = drawing;
    format!("{}. Event {event}, edition {edition}, version {version}.", parts.join("; "))
}
