//! One hit a series: how many dates, the next one, the cities; facets count series.

use domain::SeriesId;
use domain::event::EventStatus;

use super::fixture::*;
use crate::index::Neighbours;
use crate::index::build::Changes;
use crate::index::document::{self, Sides};
use crate::model::EventSource;
use crate::search::*;

/// A tour of five dates in three cities, a run of two, and a lone evening.
fn tours() -> Vec<EventSource> {
    let of = |series: u128, number: u128, title: &str, day: &str, venue: u128, price: i64| {
        let mut date = priced(at(event(number, title, &format!("2027-{day}T20:00:00Z")), venue), price, price, "AUD");
        date.series_id = Some(SeriesId(id(series)));
        date
    };
    vec![
        of(31, 1, "Owls on Tour", "03-01", 13, 5_000),
        of(31, 2, "Owls on Tour", "03-02", 11, 4_000),
        of(31, 3, "Owls on Tour", "03-03", 12, 3_000),
        of(31, 4, "Owls on Tour: the last", "04-04", 14, 9_000),
        of(31, 5, "Owls on Tour", "01-05", 11, 1_000),
        of(32, 6, "A Run of Owls", "02-01", 13, 2_000),
        of(32, 7, "A Run of Owls", "02-02", 13, 2_000),
        priced(at(event(8, "One Owl", "2027-02-15T20:00:00Z"), 17), 2_000, 2_000, "AUD"),
    ]
}

fn with_run() -> Neighbours {
    let mut around = around();
    around.series.insert(SeriesId(id(32)), series(32, "A Run of Owls"));
    around
}

fn touring() -> (Catalog, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &tours(), &with_run());
    (open(dir.path()), dir)
}

/// Number, dates, number of the next date, cities with their dates.
fn told(hit: &Hit) -> (u128, u64, u128, Vec<(&str, u64)>) {
    let dates = hit.event().and_then(|event| event.dates.as_ref()).expect("grouped");
    let cities = dates.cities.iter().map(|city| (city.name.as_str(), city.dates)).collect();
    (hit.id.as_u128(), dates.dates, dates.next_date.id.as_u128(), cities)
}

#[tokio::test]
async fn a_series_is_one_hit_with_its_dates_the_next_one_and_the_cities() {
    let (catalog, _dir) = touring();
    let answer = catalog.search(&query("group=series")).await.expect("an answer");
    let tour = vec![("Sydney", 1), ("Brisbane", 2), ("München", 1)];
    assert_eq!(answer.total, 3);
    assert_eq!(
        answer.items.iter().map(told).collect::<Vec<_>>(),
        [(6, 2, 6, vec![("Sydney", 2)]), (8, 1, 8, vec![("Atlantis", 1)]), (1, 4, 1, tour.clone())],
        "what is over is no date"
    );
    let popular = catalog.search(&query("group=series&sort=-date&q=owls tour")).await.expect("an answer");
    assert_eq!(told(&popular.items[0]), (4, 4, 1, tour.clone()), "the latest date stands first, the next one is said");
    let cheap = catalog.search(&query("group=series&sort=price&past=yes")).await.expect("an answer");
    let whole = vec![("Brisbane", 3), ("Sydney", 1), ("München", 1)];
    assert_eq!(told(&cheap.items[0]), (5, 5, 1, whole), "the next date is ahead, the cheapest is over");
    let found = catalog.search(&query("group=series&q=owls last")).await.expect("an answer");
    assert_eq!((found.total, told(&found.items[0])), (1, (4, 1, 4, vec![("München", 1)])), "only dates that match");
    let named = catalog.search(&query("group=series&sort=name")).await.expect("an answer");
    assert_eq!(named.items.iter().map(|hit| told(hit).0).collect::<Vec<_>>(), [6, 8, 1]);
}

#[tokio::test]
async fn the_next_date_is_one_that_takes_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut dates = tours();
    let first = dates.iter_mut().find(|date| date.title == "A Run of Owls").expect("a run");
    first.status = EventStatus::Cancelled;
    build(dir.path(), &dates, &with_run());
    let answer = open(dir.path()).search(&query("group=series&sort=popularity&q=run")).await.expect("an answer");
    assert_eq!(answer.items.iter().map(told).collect::<Vec<_>>(), [(7, 2, 7, vec![("Sydney", 2)])], "both are counted");
    dates.iter_mut().for_each(|date| date.status = EventStatus::Cancelled);
    build(dir.path(), &dates, &with_run());
    let answer = open(dir.path()).search(&query("group=series&sort=popularity&q=run")).await.expect("an answer");
    assert_eq!(told(&answer.items[0]).2, 6, "unless none does");
}

#[tokio::test]
async fn facets_count_series() {
    let (catalog, _dir) = touring();
    let answer = catalog
        .search(&query("group=series&facets=city,country,venue,month,price,category,availability&city=Sydney"))
        .await
        .expect("an answer");
    let counts = |facet| answer.facets.get(facet).iter().map(|value| (value.label.as_str(), value.count)).collect::<Vec<_>>();
    assert_eq!(answer.total, 2);
    assert_eq!(counts(FacetName::City), [("Sydney", 2), ("Atlantis", 1), ("Brisbane", 1), ("München", 1)]);
    assert_eq!(counts(FacetName::Country), [("Land of AU", 2)]);
    assert_eq!(counts(FacetName::Venue), [("Opera House", 2)]);
    assert_eq!(counts(FacetName::Month), [("2027-02", 1), ("2027-03", 1)]);
    assert_eq!(counts(FacetName::Price), [("A$0 to A$24.99", 1), ("A$50 to A$99.99", 1)]);
    assert_eq!((counts(FacetName::Category), counts(FacetName::Availability)), (vec![("concerts", 2)], vec![("available", 2)]));
}

#[tokio::test]
async fn the_series_itself_stands_with_its_dates() {
    let (catalog, _dir) = touring();
    let both = catalog.search(&query("group=series&kind=event,series")).await.expect("an answer");
    assert_eq!((both.total, both.items.len()), (3, 3));
    assert!(both.items.iter().all(|hit| hit.kind == Kind::Event), "dates stand for their series");
    let none = catalog.search(&query("group=series&kind=event,series&from=2030-01-01")).await.expect("an answer");
    assert!(none.items.iter().all(|hit| hit.kind == Kind::Series) && none.total == 2, "a series without dates stands for itself");
}

#[tokio::test]
async fn pages_of_series_in_every_order_make_the_one_list() {
    let (catalog, dir) = touring();
    let late =
        [("04-05", "Owls on Tour: encore", 31_u128, 9), ("02-03", "A Run of Owls", 33, 10), ("02-01", "Another Run", 33, 12)];
    let mut around = with_run();
    around.series.insert(SeriesId(id(33)), series(33, "Another Run of Owls"));
    let sides = Sides::from(&around);
    let mut changes = Changes::open(dir.path()).expect("readable").expect("free");
    for (day, title, series, number) in late {
        let mut date = priced(at(event(number, title, &format!("2027-{day}T20:00:00Z")), 12), 2_000, 2_000, "AUD");
        date.series_id = Some(SeriesId(id(series)));
        let document = document::event(&changes.fields, &date, &sides);
        changes.replace(id(number), document).expect("replaced");
    }
    changes.commit(Default::default()).expect("committed");
    assert!(catalog.reload_if_changed().expect("readable") && catalog.segment_count() == 2);
    let near = "distance&near=-27.4,153.0&radius_km=500";
    for sort in ["date", "-date", "price", "popularity", "name", "-name", "name,date", "date,name", near, "relevance&q=owls"] {
        let whole = catalog.search(&query(&format!("group=series&sort={sort}"))).await.expect("an answer");
        let (mut asked, mut seen) = (query(&format!("group=series&limit=1&sort={sort}")), Vec::new());
        loop {
            let answer = catalog.search(&asked).await.expect("an answer");
            assert_eq!(answer.total, whole.total, "{sort}");
            seen.extend(answer.items.iter().map(told).map(|(number, dates, next, _)| (number, dates, next)));
            asked.cursor = answer.next_cursor.clone();
            if asked.cursor.is_none() {
                break;
            }
        }
        let all: Vec<_> = whole.items.iter().map(told).map(|(number, dates, next, _)| (number, dates, next)).collect();
        assert_eq!(all.len() as u64, whole.total, "{sort}");
        assert_eq!(seen, all, "{sort}");
    }
}
