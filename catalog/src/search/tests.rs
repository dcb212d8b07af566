//! The search as its callers see it, over small indexes.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{CityId, Clock, CursorKey, EventId, EventStatus, PerformerId, Place, SeriesId, VenueId};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::index::build::{Build, Changes};
use crate::index::{Neighbours, document};
use crate::model::{Cast, City, EventSource, Performer, PerformerRow, Precision, Series, SeriesRow, Venue, VenueRow};

mod pages;

/// The moment of all tests.
const NOW: &str = "2027-01-10T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn city(number: u128, name: &str, country: &str, aliases: &[&str]) -> City {
    City {
        id: CityId(id(number)), external_id: None, slug: String::new(), name: name.into(), region: String::new(), country: country.into(),
        country_name: format!("Land of {country}"), place: None, timezone: "UTC".into(), population: 0,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    }
}

fn venue(number: u128, name: &str, city: City, place: Option<(f64, f64)>) -> Venue {
    let row = VenueRow {
        id: VenueId(id(number)), external_id: Some(format!("venue-{number}")), slug: String::new(), name: name.into(), kind: "hall".into(),
        city_id: Some(city.id), address: String::new(), postal_code: "40 00".into(), district: String::new(),
        place: place.and_then(|(lat, lon)| Place::new(lat, lon)), timezone: "UTC".into(), capacity: Some(100), aliases: vec![],
        description: String::new(),
    };
    Venue { row, city: Some(city), version: 1, created_at: now(), updated_at: now() }
}

fn performer(number: u128, name: &str, aliases: &[&str]) -> Performer {
    let row = PerformerRow {
        id: PerformerId(id(number)), external_id: Some(format!("performer-{number}")), slug: String::new(), name: name.into(),
        sort_name: String::new(), kind: "band".into(), kinds: vec![], instruments: vec![], sport: String::new(), city: String::new(),
        country: String::new(), aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(), description: String::new(),
    };
    Performer { row, version: 1, created_at: now(), updated_at: now() }
}

fn series(number: u128, title: &str) -> Series {
    let row = SeriesRow {
        id: SeriesId(id(number)), external_id: None, slug: String::new(), title: title.into(), kind: "tour".into(),
        category: "concerts".into(), description: String::new(),
    };
    Series { row, version: 1, created_at: now(), updated_at: now() }
}

fn event(number: u128, title: &str, starts_at: &str) -> EventSource {
    EventSource {
        id: EventId(id(number)), external_id: Some(format!("event-{number}")), slug: "slug".into(), title: title.into(),
        description: String::new(), category: "concerts".into(), genre: String::new(), event_type: String::new(), season: String::new(),
        topics: vec![], works: vec![], series_id: None, venue_id: None, performers: vec![],
        starts_at: starts_at.parse().expect("an instant"), ends_at: None, start_precision: Precision::Minute, timezone: "UTC".into(),
        status: EventStatus::Scheduled, url: String::new(), online: false, popularity: 0, price_from: None, price_to: None, currency: None,
        capacity: None, on_sale: false, sale_opens_at: None, sale_closes_at: None, version: 1,
    }
}

fn cast(number: u128) -> Vec<Cast> {
    vec![Cast { performer_id: PerformerId(id(number)), role: "headliner".into(), instrument: "guitar".into() }]
}

/// The neighbours of all tests: halls in Brisbane, Sydney, Suva on both sides of the antimeridian, and Munich.
fn around() -> Neighbours {
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
    let performers = [performer(21, "The Night Owls", &["Owls"]), performer(22, "Dvořák Quartet", &[]), performer(23, "Solomon Grundy", &[])];
    let mut around = Neighbours::default();
    around.venues.extend(venues.map(|venue| (venue.row.id, venue)));
    around.performers.extend(performers.map(|performer| (performer.row.id, performer)));
    around.series.insert(SeriesId(id(31)), series(31, "Owls of the World Tour"));
    around
}

fn at(mut event: EventSource, venue: u128) -> EventSource {
    event.venue_id = Some(VenueId(id(venue)));
    event
}

fn priced(mut event: EventSource, from: i64, to: i64, currency: &str) -> EventSource {
    (event.price_from, event.price_to, event.currency) = (Some(from), Some(to), Some(currency.into()));
    (event.on_sale, event.capacity) = (true, Some(100));
    event.sale_opens_at = Some("2027-01-01T00:00:00Z".parse().expect("an instant"));
    event
}

fn build(dir: &Path, events: &[EventSource], around: &Neighbours) {
    let mut build = Build::begin(dir, 1, 16 << 20).expect("begun");
    for event in events {
        build.add(document::event(&build.fields, event, around)).expect("added");
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

fn open(dir: &Path) -> Catalog {
    Catalog::open(dir, CursorKey::new([7; 32]), Clock::manual(now()), 1 << 20).expect("opened")
}

struct Small {
    catalog: Catalog,
    _dir: tempfile::TempDir,
}

fn small(events: &[EventSource]) -> Small {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), events, &around());
    Small { catalog: open(dir.path()), _dir: dir }
}

fn query(text: &str) -> Query {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').expect("name=value"));
    Query::parse(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()).expect("valid")
}

impl Small {
    async fn ask(&self, text: &str) -> Answer {
        (*self.catalog.search(&query(text)).await.expect("an answer")).clone()
    }

    /// The numbers of the hits.
    async fn ids(&self, text: &str) -> Vec<u128> {
        let answer = self.ask(text).await;
        assert_eq!(answer.total, answer.items.len() as u64, "one page holds all");
        answer.items.iter().map(|hit| hit.id().as_u128()).collect()
    }
}

fn programme() -> Vec<EventSource> {
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

#[tokio::test]
async fn browsing_shows_what_is_to_come_by_date() {
    let small = small(&programme());
    assert_eq!(small.ids("").await, [103, 107, 101, 102, 105, 106, 108]);
    assert_eq!(small.ids("past=yes").await, [104, 103, 107, 101, 102, 105, 106, 108]);
    assert_eq!(small.ids("sort=-date").await, [108, 106, 105, 102, 101, 107, 103]);
}

#[tokio::test]
async fn every_filter_keeps_what_it_names() {
    let small = small(&programme());
    let (brisbane, tivoli, owls, tour) = (id(1), id(11), id(21), id(31));
    let table: [(String, &[u128]); 24] = [
        ("city=brisbane".into(), &[107, 101]),
        ("city=BRISSIE,Munich".into(), &[103, 107, 101]),
        (format!("city={brisbane}"), &[107, 101]),
        ("country=AU".into(), &[107, 101, 102]),
        ("country=de,FJ".into(), &[103, 105, 106]),
        ("category=opera".into(), &[103]),
        (format!("venue_id={tivoli}"), &[101]),
        (format!("performer_id={owls}"), &[101, 102]),
        (format!("series_id={tour}"), &[101, 102]),
        ("external_id=event-103,event-104".into(), &[103]),
        ("postal_code=4000".into(), &[]),
        ("postal_code=40 00&country=DE".into(), &[103]),
        ("from=2027-03-12&to=2027-03-12".into(), &[101]),
        ("from=2027-03-12T20:00:00Z&to=2027-03-12T20:00:00Z".into(), &[101]),
        ("from=2027-03-12T20:00:01Z&to=2027-04-01".into(), &[]),
        ("price_min=5000&currency=AUD".into(), &[101]),
        ("price_max=2500".into(), &[107, 102]),
        ("currency=EUR".into(), &[103]),
        ("currency=USD".into(), &[]),
        ("availability=cancelled".into(), &[107]),
        ("availability=available".into(), &[103, 101, 102]),
        ("city=Brisbane&category=opera".into(), &[]),
        ("city=nowhere at all".into(), &[]),
        ("bbox=170,-20,-170,-10".into(), &[105, 106]),
    ];
    for (text, expected) in table {
        assert_eq!(small.ids(&text).await, expected, "{text}");
        assert_eq!(small.ids(&format!("{text}&facets=city,category,venue,performer,price,availability,country")).await, expected, "{text} with facets");
    }
}

#[tokio::test]
async fn near_is_a_circle_also_across_the_antimeridian() {
    let small = small(&programme());
    let answer = small.ask("near=-16.8,179.99&radius_km=20&sort=distance").await;
    let kilometres: Vec<f64> = answer.items.iter().map(|hit| match hit {
        Hit::Event(hit) => hit.distance_km.expect("asked for"),
        other => panic!("an event, not {other:?}"),
    }).collect();
    assert_eq!(answer.items.iter().map(|hit| hit.id().as_u128()).collect::<Vec<_>>(), [105, 106]);
    assert!(kilometres[0] < kilometres[1] && kilometres[1] < 10.0, "{kilometres:?}");
    assert_eq!(small.ids("near=-27.45,153.03&radius_km=1").await, [101]);
    assert_eq!(small.ids("near=-27.45,153.03&radius_km=1&kind=venue").await, [11]);
    assert_eq!(small.ids("near=89.99,0&radius_km=500").await, [0_u128; 0]);
}

#[tokio::test]
async fn words_are_found_folded_misspelt_unfinished_and_in_any_text() {
    let small = small(&programme());
    let table: [(&str, &[u128]); 14] = [
        ("dvorak", &[103]), ("DVOŘÁK rusalka", &[103]), ("rusalk", &[103]), ("ruslka", &[103]), ("the night owls brisbane", &[101]),
        ("owls sydney", &[102]), ("night owls april 2027", &[102]), ("guitar tivoli", &[101]), ("munich opera", &[103]),
        ("quartet", &[103]), ("harbor hidden", &[107]), ("zzzzzz", &[]), ("opera zzzzzz", &[103, 102]), ("?!", &[103, 107, 101, 102, 105, 106, 108]),
    ];
    for (q, expected) in table {
        let mut found = small.ids(&format!("q={q}")).await;
        let mut expected = expected.to_vec();
        if q == "munich opera" {
            found.truncate(1);
        }
        if q == "?!" {
            found.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!(found, expected, "{q}");
    }
}

#[tokio::test]
async fn a_name_stands_before_a_mention() {
    let small = small(&programme());
    let answer = small.ask("q=night owls&kind=event,performer,series&past=yes").await;
    let order: Vec<u128> = answer.items.iter().map(|hit| hit.id().as_u128()).collect();
    assert_eq!(order, [21, 101, 102, 104], "the band, its dates to come, its date that is over");
    let Hit::Performer(band) = &answer.items[0] else { panic!("a performer") };
    assert_eq!(band.highlights, [Highlight { field: "title", fragments: vec!["The <mark>Night</mark> <mark>Owls</mark>".into()] }]);
}

#[tokio::test]
async fn facets_count_exactly_and_without_their_own_filter() {
    let small = small(&programme());
    let answer = small.ask("city=Sydney&facets=city,category,country,venue,performer,month,price,availability").await;
    let counts = |facet| answer.facets.get(facet).iter().map(|value| (value.label.as_str(), value.count)).collect::<Vec<_>>();
    assert_eq!(answer.total, 1);
    assert_eq!(counts(FacetName::City), [("Brisbane", 2), ("Taveuni", 2), ("München", 1), ("Sydney", 1)]);
    assert_eq!(counts(FacetName::Category), [("concerts", 1)]);
    assert_eq!(counts(FacetName::Country), [("Land of AU", 1)]);
    assert_eq!(counts(FacetName::Venue), [("Opera House", 1)]);
    assert_eq!(counts(FacetName::Performer), [("The Night Owls", 1)]);
    assert_eq!(counts(FacetName::Month), [("2027-04", 1)]);
    assert_eq!(counts(FacetName::Price), [("$0 to $25", 1)]);
    assert_eq!(counts(FacetName::Availability), [("available", 1)]);
    let browse = small.ask("facets=month,price").await;
    let months: Vec<&str> = browse.facets.get(FacetName::Month).iter().map(|value| value.value.as_str()).collect();
    assert_eq!(months, ["2027-02", "2027-03", "2027-04", "2027-05", "2027-06"]);
    assert_eq!(browse.facets.get(FacetName::Price).iter().map(|value| value.count).sum::<u64>(), 4);
}

#[tokio::test]
async fn a_sale_changes_the_badge_without_the_index() {
    let small = small(&programme());
    let sold = EventAvailability { event_id: EventId(id(101)), available: 0, held: 0, sold: 100, capacity: 100, as_of: now() };
    assert_eq!(small.ids("availability=sold_out").await, [0_u128; 0]);
    small.catalog.overlay().update([sold]);
    assert_eq!(small.ids("availability=sold_out&facets=availability").await, [101]);
    assert_eq!(small.ids("availability=available").await, [103, 102]);
}

#[tokio::test]
async fn a_series_is_one_hit_with_its_next_date() {
    let small = small(&programme());
    let answer = small.ask("group=series&country=AU").await;
    let dates: Vec<(u128, Option<u64>)> = answer.items.iter().map(|hit| match hit {
        Hit::Event(hit) => (hit.id.as_u128(), hit.dates),
        other => panic!("an event, not {other:?}"),
    }).collect();
    assert_eq!((answer.total, dates), (2, vec![(107, Some(1)), (101, Some(2))]));
}

#[tokio::test]
async fn every_order_is_total_and_pages_join_without_a_seam() {
    let small = small(&programme());
    for sort in ["date", "-date", "name", "-name", "price", "popularity", "relevance", "distance&near=-27,153&radius_km=500"] {
        for kinds in ["event", "event,performer,venue,series", "performer,venue"] {
            for q in ["", "&q=night owls date", "&group=series"] {
                let text = format!("past=yes&sort={sort}&kind={kinds}{q}");
                let whole = small.ask(&format!("{text}&limit=100")).await;
                let mut pages = Vec::new();
                let mut cursor = String::new();
                loop {
                    let page = small.ask(&format!("{text}&limit=2&cursor={cursor}")).await;
                    assert_eq!(page.total, whole.total, "{text}");
                    pages.extend(page.items.iter().map(Hit::id));
                    let Some(next) = page.next_cursor else { break };
                    cursor = next;
                }
                assert_eq!(pages, whole.items.iter().map(Hit::id).collect::<Vec<_>>(), "{text}");
                assert_eq!(pages.len() as u64, whole.total, "{text}");
            }
        }
    }
}

#[tokio::test]
async fn names_and_prices_give_their_orders() {
    let small = small(&programme());
    assert_eq!(small.ids("sort=price").await, [107, 102, 101, 103, 105, 106, 108]);
    let names = small.ask("kind=performer&sort=name").await;
    assert_eq!(names.items.iter().map(Hit::title).collect::<Vec<_>>(), ["Dvořák Quartet", "Solomon Grundy", "The Night Owls"]);
}

#[tokio::test]
async fn a_wrong_cursor_is_told_apart() {
    let small = small(&programme());
    let cursor = small.ask("limit=1").await.next_cursor.expect("more follow");
    let ask = |text: String| async { small.catalog.search(&query(&{ text })).await.map(|_| ()) };
    let mut flipped = cursor.clone().into_bytes();
    flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    assert!(ask(format!("limit=5&facets=city&cursor={cursor}")).await.is_ok(), "page size and facets may change");
    assert!(matches!(ask(format!("limit=1&category=opera&cursor={cursor}")).await, Err(SearchError::Cursor(domain::CursorError::Mismatch))));
    assert!(matches!(ask(format!("limit=1&cursor={flipped}")).await, Err(SearchError::Cursor(domain::CursorError::Invalid))));
}

#[tokio::test]
async fn without_an_index_it_is_not_ready_and_picks_one_up_later() {
    let dir = tempfile::tempdir().expect("a directory");
    let catalog = open(dir.path());
    assert!(!catalog.ready() && catalog.generation() == 0);
    assert!(matches!(catalog.search(&Query::default()).await, Err(SearchError::NotReady)));
    build(dir.path(), &programme(), &around());
    assert!(catalog.reload_if_changed().expect("readable"));
    assert!(catalog.ready() && catalog.generation() == 1);
    assert!(!catalog.reload_if_changed().expect("readable"), "nothing new");
    build(dir.path(), &programme()[..2], &around());
    assert!(catalog.reload_if_changed().expect("readable"));
    assert_eq!((catalog.generation(), catalog.search(&Query::default()).await.expect("an answer").total), (2, 2));
}

#[tokio::test]
async fn equal_questions_are_answered_once_until_the_index_moves() {
    static RENDERED: AtomicU64 = AtomicU64::new(0);
    fn render(answer: &Answer) -> Vec<u8> {
        RENDERED.fetch_add(1, Ordering::SeqCst);
        serde_json::to_vec(answer).expect("plain data")
    }
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around());
    let catalog = open(dir.path());
    let spellings = ["q=night owls", "q= NIGHT  owls"];
    let mut etags = Vec::new();
    for text in spellings.iter().cycle().take(20) {
        etags.push(catalog.search_cached(&query(text), render).await.expect("an answer").etag);
    }
    etags.dedup();
    assert_eq!((RENDERED.load(Ordering::SeqCst), etags.len()), (1, 1));
    let mut changes = Changes::open(dir.path()).expect("readable").expect("free");
    changes.remove(id(101));
    changes.commit(Default::default()).expect("committed");
    assert!(catalog.reload_if_changed().expect("readable"));
    let fresh = catalog.search_cached(&query("q=night owls"), render).await.expect("an answer");
    assert_eq!(RENDERED.load(Ordering::SeqCst), 2);
    assert_ne!(fresh.etag, etags[0]);
}
