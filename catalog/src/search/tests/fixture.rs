//! A small programme: three halls' worth of events, and an index of it.

use std::path::Path;

use domain::{CityId, Clock, CursorKey, EventId, EventStatus, PerformerId, Place, SeriesId, VenueId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::index::build::Build;
use crate::index::{Neighbours, Sides, document};
use crate::model::{Cast, City, EventSource, Performer, PerformerRow, Pictured, Precision, Series, SeriesRow, Venue, VenueRow};
use crate::search::*;

/// The moment of all tests.
pub const NOW: &str = "2027-01-10T12:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn city(number: u128, name: &str, country: &str, aliases: &[&str]) -> City {
    City {
        id: CityId(id(number)),
        external_id: None,
        slug: String::new(),
        name: name.into(),
        region: String::new(),
        country: country.into(),
        country_name: format!("Land of {country}"),
        place: None,
        timezone: "UTC".into(),
        population: 0,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    }
}

pub fn venue(number: u128, name: &str, city: City, place: Option<(f64, f64)>) -> Venue {
    let row = VenueRow {
        id: VenueId(id(number)),
        external_id: Some(format!("venue-{number}")),
        source: String::new(),
        slug: String::new(),
        name: name.into(),
        kind: "hall".into(),
        city_id: Some(city.id),
        address: String::new(),
        postal_code: "40 00".into(),
        district: String::new(),
        place: place.and_then(|(lat, lon)| Place::new(lat, lon)),
        timezone: "UTC".into(),
        capacity: Some(100),
        aliases: vec![],
        description: String::new(),
    };
    Venue { row, city: Some(city), image: Pictured::default(), version: 1, created_at: now(), updated_at: now() }
}

pub fn performer(number: u128, name: &str, aliases: &[&str]) -> Performer {
    let row = PerformerRow {
        id: PerformerId(id(number)),
        external_id: Some(format!("performer-{number}")),
        source: String::new(),
        slug: String::new(),
        name: name.into(),
        sort_name: String::new(),
        kind: "band".into(),
        kinds: vec![],
        instruments: vec![],
        sport: String::new(),
        city: String::new(),
        country: String::new(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        description: String::new(),
    };
    Performer { row, image: Pictured::default(), version: 1, created_at: now(), updated_at: now() }
}

pub fn series(number: u128, title: &str) -> Series {
    let row = SeriesRow {
        id: SeriesId(id(number)),
        external_id: None,
        source: String::new(),
        slug: String::new(),
        title: title.into(),
        kind: "tour".into(),
        category: "concerts".into(),
        description: String::new(),
    };
    Series { row, image: Pictured::default(), version: 1, created_at: now(), updated_at: now() }
}

pub fn event(number: u128, title: &str, starts_at: &str) -> EventSource {
    EventSource {
        id: EventId(id(number)),
        external_id: Some(format!("event-{number}")),
        slug: "slug".into(),
        title: title.into(),
        description: String::new(),
        category: "concerts".into(),
        genre: String::new(),
        event_type: String::new(),
        season: String::new(),
        topics: vec![],
        works: vec![],
        series_id: None,
        venue_id: None,
        performers: vec![],
        starts_at: starts_at.parse().expect("an instant"),
        ends_at: None,
        start_precision: Precision::Minute,
        timezone: "UTC".into(),
        status: EventStatus::Scheduled,
        popularity: 0,
        price_from: None,
        price_to: None,
        currency: None,
        tiers: vec![],
        more: crate::model::More::default(),
        on_sale: false,
        sale_opens_at: None,
        sale_closes_at: None,
        image: None,
    }
}

pub fn cast(number: u128) -> Vec<Cast> {
    vec![Cast { performer_id: PerformerId(id(number)), role: "headliner".into(), instrument: "guitar".into() }]
}

pub fn sides() -> Sides {
    Sides::from(&around())
}

/// The neighbours of all tests: halls in Brisbane, Sydney, Suva on both sides of the antimeridian, and Munich.
pub fn around() -> Neighbours {
    let brisbane = || city(1, "Brisbane", "AU", &["Brissie"]);
    let venues = [
        venue(11, "Tivoli", brisbane(), Some((-27.45, 153.03))),
        venue(12, "Riverstage", brisbane(), Some((-27.476, 153.03))),
        venue(13, "Opera House", city(2, "Sydney", "AU", &[]), Some((-33.857, 151.215))),
        venue(14, "Olympiahalle", city(3, "München", "DE", &["Munich"]), Some((48.175, 11.55))),
        venue(15, "West Hall", city(4, "Taveuni", "FJ", &[]), Some((-16.8, 179.95))),
        venue(16, "East Hall", city(4, "Taveuni", "FJ", &[]), Some((-16.8, -179.95))),
        venue(17, "Nowhere", city(5, "Atlantis", "", &[]), None),
    ];
    let performers =
        [performer(21, "The Night Owls", &["Owls"]), performer(22, "Dvořák Quartet", &[]), performer(23, "Solomon Grundy", &[])];
    let mut around = Neighbours::default();
    around.venues.extend(venues.map(|venue| (venue.row.id, venue)));
    around.performers.extend(performers.map(|performer| (performer.row.id, performer)));
    around.series.insert(SeriesId(id(31)), series(31, "Owls of the World Tour"));
    around
}

pub fn at(mut event: EventSource, venue: u128) -> EventSource {
    event.venue_id = Some(VenueId(id(venue)));
    event
}

pub fn priced(mut event: EventSource, from: i64, to: i64, currency: &str) -> EventSource {
    (event.price_from, event.price_to, event.currency) = (Some(from), Some(to), Some(currency.into()));
    event.on_sale = true;
    event.sale_opens_at = Some("2027-01-01T00:00:00Z".parse().expect("an instant"));
    event
}

pub fn build(dir: &Path, events: &[EventSource], around: &Neighbours) {
    let mut build = Build::begin(dir, 1, 16 << 20).expect("begun");
    let sides = Sides::from(around);
    for event in events {
        build.add(document::event(&build.fields, event, &sides)).expect("added");
    }
    for venue in around.venues.values() {
        build.add(document::venue(&build.fields, venue, around)).expect("added");
    }
    for performer in around.performers.values() {
        build.add(document::performer(&build.fields, performer, around)).expect("added");
    }
    for series in around.series.values() {
        build.add(document::series(&build.fields, series, around)).expect("added");
    }
    build.finish(Default::default()).expect("finished");
    build.publish().expect("published");
}

pub fn open(dir: &Path) -> Catalog {
    Catalog::open(dir, CursorKey::new([7; 32]), Clock::manual(now()), 1 << 20).expect("opened")
}

pub struct Small {
    pub catalog: Catalog,
    pub dir: tempfile::TempDir,
}

pub fn small(events: &[EventSource]) -> Small {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), events, &around());
    Small { catalog: open(dir.path()), dir }
}

pub fn query(text: &str) -> Query {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').expect("name=value"));
    Query::parse(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()).expect("valid")
}

impl Small {
    pub async fn ask(&self, text: &str) -> Answer {
        (*self.catalog.search(&query(text)).await.expect("an answer")).clone()
    }

    /// The numbers of the hits.
    pub async fn ids(&self, text: &str) -> Vec<u128> {
        let answer = self.ask(text).await;
        assert_eq!(answer.total, answer.items.len() as u64, "one page holds all");
        answer.items.iter().map(|hit| hit.id.as_u128()).collect()
    }
}

pub fn programme() -> Vec<EventSource> {
    let mut owls = at(event(101, "The Night Owls", "2027-03-12T20:00:00Z"), 11);
    owls.performers = cast(21);
    owls.series_id = Some(SeriesId(id(31)));
    let mut late = at(event(102, "The Night Owls", "2027-04-12T20:00:00Z"), 13);
    late.performers = cast(21);
    late.series_id = Some(SeriesId(id(31)));
    let mut rusalka = at(event(103, "Opera: Dvořák – Rusalka", "2027-02-01T18:00:00Z"), 14);
    rusalka.category = "opera".into();
    rusalka.timezone = "Europe/Berlin".into();
    rusalka.performers = cast(22);
    let mut over = at(event(104, "The Night Owls", "2026-03-12T20:00:00Z"), 12);
    over.performers = cast(21);
    let mut cancelled = priced(at(event(107, "Hidden Harbour", "2027-03-01T10:00:00Z"), 12), 1_000, 1_000, "AUD");
    cancelled.status = EventStatus::Cancelled;
    vec![
        priced(owls, 4_500, 9_000, "AUD"),
        priced(late, 2_000, 3_000, "AUD"),
        priced(rusalka, 6_000, 20_000, "EUR"),
        over,
        at(event(105, "Sunrise at the Date Line", "2027-05-01T05:00:00Z"), 15),
        at(event(106, "Sunset at the Date Line", "2027-05-01T17:00:00Z"), 16),
        cancelled,
        event(108, "Radio Play", "2027-06-01T17:00:00Z"),
    ]
}
