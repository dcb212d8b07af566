//! An event or an order as a calendar file (RFC 5545). Times are UTC, which needs no description of a time zone and is right everywhere.

use booking::OrderView;
use catalog::model::{Event, Precision};
use domain::{EventStatus, LocalTime};
use icalendar::{Calendar, Component as _, EventLike as _, EventStatus as Status, Property};
use jiff::Timestamp;

const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// The calendar of an event. `site` is how the outside reaches us.
pub fn of_event(event: &Event, site: &str) -> String {
    let mut entry = entry(event, site, event.row.id.to_string());
    if let Some(doors) = doors(event) {
        entry.description(&doors);
    }
    finish(entry.done())
}

/// The calendar of an order: the event, with the buyer's own places.
pub fn of_order(event: &Event, order: &OrderView, site: &str) -> String {
    let mut entry = entry(event, site, order.id.to_string());
    let places = order.tickets.iter().filter(|ticket| ticket.valid).map(|ticket| match (&ticket.seat, &ticket.area) {
        (Some(seat), _) => format!("{}, row {}, seat {}", seat.section_label, seat.row, seat.number),
        (None, area) => area.as_ref().map(|area| area.label.clone()).unwrap_or_default(),
    });
    let lines: Vec<String> = doors(event).into_iter().chain(places).chain([format!("Order {}", order.number)]).collect();
    entry.description(&plain(&lines.join("\n")));
    if order.tickets.iter().all(|ticket| !ticket.valid) {
        entry.status(Status::Cancelled);
        entry.sequence(sequence(event) + 1);
    }
    finish(entry.done())
}

/// When people are let in. Calendars show the hours of whoever reads them: this one is the venue's.
fn doors(event: &Event) -> Option<String> {
    event.row.doors().map(|doors| format!("Doors {doors} at the venue"))
}

fn finish(entry: icalendar::Event) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [("VERSION", "2.0"), ("PRODID", "-//Boxoffice//Boxoffice//EN"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(Property::new(key, value));
    }
    calendar.push(entry).to_string()
}

fn entry(event: &Event, site: &str, id: String) -> icalendar::Event {
    let row = &event.row;
    let mut entry = icalendar::Event::new();
    entry.uid(&format!("{id}@boxoffice")).summary(&plain(&row.title)).sequence(sequence(event));
    entry.add_property("DTSTAMP", instant(event.updated_at)).add_property("LAST-MODIFIED", instant(event.updated_at));
    entry.url(&format!("{site}/events/{}", row.id)).status(match row.status {
        EventStatus::Cancelled | EventStatus::Abandoned => Status::Cancelled,
        EventStatus::Postponed => Status::Tentative,
        EventStatus::Scheduled | EventStatus::Awarded => Status::Confirmed,
    });
    begin_and_end(&mut entry, event);
    if let Some(venue) = &event.venue {
        let parts = [&venue.name, &venue.address, &venue.postal_code, &venue.city, &venue.country_name];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        entry.location(&plain(&parts.join(", ")));
        if let Some(place) = venue.place {
            entry.add_property("GEO", format!("{:.6};{:.6}", place.lat, place.lon));
        }
    }
    entry.done()
}

/// Where only the day is known, it is a day of the venue's calendar.
fn begin_and_end(entry: &mut icalendar::Event, event: &Event) {
    let row = &event.row;
    if row.start_precision == Precision::Day {
        let day = LocalTime::of(row.starts_at, &row.timezone).local_date.replace('-', "");
        entry.append_property(Property::new("DTSTART", day).add_parameter("VALUE", "DATE").done());
        return;
    }
    entry.add_property("DTSTART", instant(row.starts_at));
    if let Some(end) = row.ends_at.filter(|end| *end > row.starts_at) {
        entry.add_property("DTEND", instant(end));
    }
}

/// Grows whenever what an entry says has changed for those who have it: with the edition, and when the event is called off.
fn sequence(event: &Event) -> u32 {
    event.edition + u32::from(matches!(event.row.status, EventStatus::Cancelled | EventStatus::Abandoned))
}

fn instant(at: Timestamp) -> String {
    at.strftime(INSTANT).to_string()
}

/// Without control characters, which no line of a calendar may hold; line ends are written as such.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}
