//! An event as others show it when they link to it.

use catalog::model::{Event, Precision};
use domain::time::zone;
use jiff::tz::TimeZone;
use renderer::PictureDrawing;

/// What stands on an event's picture.
pub fn picture_drawing(event: &Event) -> PictureDrawing {
    let row = &event.row;
    let local = row.starts_at.to_zoned(zone(&row.timezone).unwrap_or(TimeZone::UTC));
    let format = if row.start_precision == Precision::Day { "%A %-d %B %Y" } else { "%A %-d %B %Y, %H:%M" };
    let venue = event.venue.as_ref();
    let parts = venue.map(|venue| [venue.name.as_str(), venue.city.as_str()]).unwrap_or_default();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    PictureDrawing {
        event: row.id,
        edition: event.edition,
        title: row.title.clone(),
        category: row.category.clone(),
        when: local.strftime(format).to_string(),
        day: local.strftime("%-d").to_string(),
        month: local.strftime("%b").to_string(),
        place: parts.join(", "),
    }
}
