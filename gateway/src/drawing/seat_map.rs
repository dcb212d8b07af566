//! The drawing of an event's seat map: the map, the state of every seat, and what stands above them.

use std::sync::Arc;

use booking::SeatsView;
use catalog::model::{Event, Precision};
use domain::time::zone;
use domain::{EventId, SeatMap, TierId};
use jiff::tz::TimeZone;
use renderer::{AreaState, SeatMapDrawing, SeatState};

use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};

/// What is drawn, and the tag that names it: the seats' version, the event's version.
pub async fn seat_map_drawing(app: &App, id: EventId) -> ApiResult<(SeatMapDrawing, String)> {
    let event = app.reads.event(id).await?;
    let map = event.row.seat_map_id.ok_or_else(|| ApiError::not_found().detail("the event has no seat map"))?;
    let map = app.studio.seat_map(&app.reads, map).await?;
    let seats = app.booking.seats(id).await?;
    let tag = format!("{}.{}.{}", seats.version, seats.terms_version, event.version);
    Ok((drawing_of(event, map, &seats), tag))
}

fn drawing_of(event: Event, map: Arc<SeatMap>, seats: &SeatsView) -> SeatMapDrawing {
    let rows = || seats.sections.iter().flat_map(|section| &section.rows);
    let state = |letter| SeatState::from_letter(letter).unwrap_or_default();
    let fallback = TierId::nth(0).unwrap_or_else(|| unreachable!("there is a first tier"));
    SeatMapDrawing {
        map,
        subtitle: subtitle(&event),
        title: event.row.title,
        tiers: event.row.tiers,
        seat_tiers: rows().flat_map(|row| row.tiers.chars()).map(|tier| TierId::try_from(tier).unwrap_or(fallback)).collect(),
        seat_states: rows().flat_map(|row| row.states.chars()).map(state).collect(),
        areas: seats.areas.iter().map(|area| AreaState { tier: area.tier, available: area.available }).collect(),
        selected: Vec::new(),
        event: event.row.id,
        edition: event.edition,
        version: seats.version,
    }
}

/// `Saturday 13 March 2027, 20:00 · Riverside Hall, Brisbane`; without the hour where only the day is known.
fn subtitle(event: &Event) -> String {
    let local = event.row.starts_at.to_zoned(zone(&event.row.timezone).unwrap_or(TimeZone::UTC));
    let format = if event.row.start_precision == Precision::Day { "%A %-d %B %Y" } else { "%A %-d %B %Y, %H:%M" };
    let mut text = local.strftime(format).to_string();
    if let Some(venue) = &event.venue {
        text.push_str(&format!(" · {}", venue.name));
        if !venue.city.is_empty() {
            text.push_str(&format!(", {}", venue.city));
        }
    }
    text
}
