//! From what the catalogue says to what a card shows.

use std::borrow::Cow;

use catalog::model::{Event, EventVenue, Precision};
use catalog::search::{CityDates, EventShown, Hit, Run, Shown};
pub use domain::text::{plural, thousands};
use domain::{Availability, EventStatus, Money};
use jiff::Timestamp;

use crate::pages::params::path_part;
use crate::pages::view::layout::Link;
use crate::pages::view::{Card, Poster, When};
use crate::web::app::App;

pub fn event_path(id: impl std::fmt::Display, slug: &str) -> String {
    format!("/events/{id}/{}", path_part(&own_part(slug)))
}

/// What other pages of an event are called; a test holds this against the routes.
pub const TAKEN: [&str; 3] = ["hold", "queue", "waitlist"];

/// An event's own part of its path: its slug, with a hyphen behind one that names another page. No slug ends with one.
pub fn own_part(slug: &str) -> Cow<'_, str> {
    if TAKEN.contains(&slug) { Cow::Owned(format!("{slug}-")) } else { Cow::Borrowed(slug) }
}

/// A hit as a card.
pub fn card(hit: &Hit) -> Card {
    match &hit.shown {
        Shown::Event(event) => event_card(hit, event),
        Shown::Series(series) => {
            let kicker = format!("{} · {}", capital(&series.series_kind), plural(series.run.upcoming, "date"));
            plain(hit, &series.run, kicker, "")
        }
        Shown::Performer(performer) => {
            let kicker = format!("Performer · {}", plural(performer.run.upcoming, "event"));
            plain(hit, &performer.run, kicker, &performer.city)
        }
        Shown::Venue(venue) => plain(hit, &venue.run, format!("Venue · {}", plural(venue.run.upcoming, "event")), &venue.city),
    }
}

fn event_card(hit: &Hit, event: &EventShown) -> Card {
    let dates = event.dates.as_ref().map(|dates| dates.dates).filter(|dates| *dates > 1);
    let cities = event.dates.as_ref().map(|dates| several(&dates.cities)).unwrap_or_default();
    let city = event.venue.as_ref().map(|venue| venue.city.clone()).filter(|_| cities.is_empty());
    let href = match (&event.series, dates) {
        (Some(series), Some(_)) => format!("/series/{}", series.id),
        _ => event_path(hit.id, &hit.slug),
    };
    Card {
        href,
        title: hit.title.clone(),
        kicker: dates.map_or_else(|| capital(&event.category), |dates| format!("{dates} dates")),
        performers: names(event.performers.iter().map(|cast| cast.performer.name.as_str()), &hit.title),
        when: Some(When::of(event.starts_at, &event.timezone, event.start_precision != Precision::Day)),
        venue: if cities.is_empty() { event.venue.as_ref().map(|venue| venue.name.clone()).unwrap_or_default() } else { cities },
        city: city.unwrap_or_default(),
        price: price(event.price_from, event.price_to),
        badge: Some(event.availability.into()),
        distance: event.distance_km.map(distance),
        poster: Poster::small(event.image.as_deref(), hit.id, &event.category),
    }
}

/// `Brisbane, Sydney and 3 more cities`; nothing for one city, where the venue says more.
fn several(cities: &[CityDates]) -> String {
    let names: Vec<&str> = cities.iter().map(|city| city.name.as_str()).collect();
    match names[..] {
        [] | [_] => String::new(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third] => format!("{first}, {second} and {third}"),
        [first, second, ..] => format!("{first}, {second} and {} more cities", names.len() - 2),
    }
}

/// The card of what is no event.
fn plain(hit: &Hit, run: &Run, kicker: String, city: &str) -> Card {
    Card {
        href: format!("/{}/{}", hit.kind.plural(), hit.id),
        title: hit.title.clone(),
        kicker,
        performers: String::new(),
        when: None,
        venue: String::new(),
        city: city.to_owned(),
        price: None,
        badge: None,
        distance: None,
        poster: Poster::small(run.image.as_deref(), hit.id, ""),
    }
}

/// A performer, venue or series as a short link, with what it is.
pub fn short(hit: &Hit) -> (Link, String) {
    let card = card(hit);
    let kind = card.kicker.split(" · ").next().unwrap_or("").to_owned();
    (Link::new(card.href, card.title), kind)
}

/// Up to three names, unless the title says them already.
pub fn names<'a>(names: impl Iterator<Item = &'a str>, title: &str) -> String {
    let names: Vec<&str> = names.collect();
    if names.iter().all(|name| title.contains(name)) {
        return String::new();
    }
    let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
    format!("{}{more}", names.iter().take(3).copied().collect::<Vec<_>>().join(", "))
}

/// `A$45`, `from A$45`, `Free`.
pub fn price(from: Option<Money>, to: Option<Money>) -> Option<String> {
    let from = from?;
    Some(match to {
        Some(to) if to != from => format!("from {from}"),
        _ => from.told(),
    })
}

fn distance(km: f64) -> String {
    if km < 1.0 { format!("{:.0} m", (km * 10.0).round() * 100.0) } else { format!("{km:.0} km") }
}

/// The first letter large, underscores as spaces: `classical_music` reads `Classical music`.
pub fn capital(text: &str) -> String {
    let text = text.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Paragraphs of a description.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(str::to_owned).collect()
}

/// `Royal Hall, Brisbane`.
pub fn place(venue: Option<&EventVenue>) -> String {
    let parts = venue.map(|venue| [venue.name.as_str(), venue.city.as_str()]).unwrap_or_default();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// An event's start as its page shows it.
pub fn when(event: &Event) -> When {
    When::of(event.row.starts_at, &event.row.timezone, event.row.start_precision == Precision::Minute)
}

/// Whether something can be sold: seats, prices, an opening.
pub fn sells(event: &Event) -> bool {
    event.row.seat_map_id.is_some() && !event.row.tiers.is_empty() && event.row.sale_opens_at.is_some()
}

/// When the sale ends.
pub fn closes_at(event: &Event) -> Timestamp {
    event.row.sale_closes_at.unwrap_or_else(|| event.row.over_at())
}

/// The badge of an event read from Postgres: its own word, the time, then what booking said last.
pub fn availability(app: &App, event: &Event) -> Availability {
    let now = app.clock.now();
    let open = sells(event) && event.row.sale_opens_at.is_some_and(|opens| opens <= now) && now < closes_at(event);
    match event.row.status {
        EventStatus::Cancelled => Availability::Cancelled,
        _ if open => app.catalog.overlay().get(event.row.id).map_or(Availability::Available, |badge| badge.availability),
        _ => Availability::NotOnSale,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_read_well() {
        assert_eq!(capital("classical_music"), "Classical music");
        assert_eq!(names(["A", "B", "C", "D", "E"].into_iter(), ""), "A, B, C and 2 more");
        assert_eq!(names(["Owls"].into_iter(), "Owls live"), "");
        assert_eq!((distance(0.44), distance(12.4)), ("400 m".into(), "12 km".into()));
    }

    #[test]
    fn a_price_is_free_fixed_or_from() {
        let aud = |amount| Some(Money::new(amount, "AUD".parse().expect("a code")));
        let table = [
            (aud(0), aud(0), "Free"),
            (aud(4500), aud(4500), "A$45"),
            (aud(4500), aud(9500), "from A$45"),
            (aud(4500), None, "A$45"),
        ];
        for (from, to, text) in table {
            assert_eq!(price(from, to).as_deref(), Some(text));
        }
        assert_eq!(price(None, None), None);
    }
}
