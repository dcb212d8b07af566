//! What is said of a seat map to those who listen.

use domain::seat_map::SeatAt;

use crate::drawing::{SeatMapDrawing, SeatState};
use crate::text::clean;

/// What a screen reader says first.
pub fn title(drawing: &SeatMapDrawing) -> String {
    format!("Seat map: {}", clean(&drawing.title))
}

/// How much is left, and which state the picture shows.
pub fn described(drawing: &SeatMapDrawing) -> String {
    let total = drawing.map.seat_count() as usize;
    let mut counts = [0_usize; 4];
    (0..total).for_each(|seat| counts[drawing.state(seat) as usize] += 1);
    let [free, held, sold, blocked] = counts;
    let mut parts = Vec::new();
    if total > 0 {
        parts.push(format!("{free} of {total} seats free, {held} on hold, {sold} sold, {blocked} not for sale"));
    }
    for (index, area) in drawing.map.areas.iter().enumerate() {
        parts.push(format!("{}: {} of {} places left", clean(&area.label), drawing.area(index).1, area.capacity));
    }
    let SeatMapDrawing { event, edition, version, .. } = drawing;
    format!("{}. Event {event}, edition {edition}, version {version}.", parts.join("; "))
}

pub fn state_word(state: SeatState) -> &'static str {
    match state {
        SeatState::Available => "available",
        SeatState::Held => "on hold",
        SeatState::Sold => "sold",
        SeatState::Blocked => "not for sale",
    }
}

/// `Stalls left, row C, seat 12, wheelchair space`.
pub fn seat_label(at: &SeatAt<'_>) -> String {
    let wheelchair = if at.seat.accessible { ", wheelchair space" } else { "" };
    format!("{}, row {}, seat {}{wheelchair}", clean(&at.section.label), at.row.label, at.seat.number)
}
