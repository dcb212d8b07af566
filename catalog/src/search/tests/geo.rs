//! Circles and boxes anywhere on earth, against a search of our own that looks at every place.

use std::collections::BTreeMap;

use domain::{Place, VenueId};
use proptest::prelude::*;

use super::fixture::*;
use crate::index::Neighbours;
use crate::search::*;

/// Venues everywhere, crowded at the poles and along the antimeridian.
fn places() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let one = prop_oneof![
        4 => (-90.0..=90.0, -180.0..=180.0),
        2 => (88.0..=90.0, -180.0..=180.0),
        2 => (-90.0..=-88.0, -180.0..=180.0),
        2 => (-60.0..=60.0, prop_oneof![178.0..=180.0, -180.0..=-178.0]),
        1 => (prop_oneof![Just(90.0), Just(-90.0), Just(0.0)], prop_oneof![Just(180.0), Just(-180.0), Just(0.0)]),
    ];
    proptest::collection::vec(one, 1..40)
}

fn asked() -> impl Strategy<Value = (f64, f64, f64)> {
    let near = prop_oneof![
        2 => (-90.0..=90.0, -180.0..=180.0),
        2 => (89.0..=90.0, -180.0..=180.0),
        1 => (-90.0..=-89.0, -180.0..=180.0),
        2 => (-60.0..=60.0, prop_oneof![179.0..=180.0, -180.0..=-179.0]),
        1 => (prop_oneof![Just(90.0), Just(-90.0)], Just(180.0)),
    ];
    (near, 0.5..=500.0).prop_map(|((lat, lon), radius)| (lat, lon, radius))
}

/// One event at each place; every third place has two, for ties.
fn world(places: &[(f64, f64)]) -> (Catalog, BTreeMap<u128, Place>, tempfile::TempDir) {
    let mut around = Neighbours::default();
    let (mut events, mut known) = (Vec::new(), BTreeMap::new());
    for (number, (lat, lon)) in (0_u128..).zip(places) {
        let (lat, lon) = ((lat * 1e4).round() / 1e4, (lon * 1e4).round() / 1e4);
        let hall = venue(1_000 + number, "Hall", city(5_000 + number, "City", "XX", &[]), Some((lat, lon)));
        around.venues.insert(VenueId(id(1_000 + number)), hall);
        for twin in 0..if number % 3 == 0 { 2 } else { 1 } {
            let one = number * 2 + twin;
            events.push(at(event(one + 1, "Event", "2027-03-01T20:00:00Z"), 1_000 + number));
            known.insert(one + 1, Place::new(lat, lon).expect("on earth"));
        }
    }
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &events, &around);
    (open(dir.path()), known, dir)
}

/// The angle between two places by their vectors (another formula than the program's), in kilometres.
fn apart(a: Place, b: Place) -> f64 {
    let vector = |place: Place| {
        let (lat, lon) = (place.lat.to_radians(), place.lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    cross.iter().map(|part| part * part).sum::<f64>().sqrt().atan2(dot) * 6371.0088
}

async fn all(catalog: &Catalog, text: &str) -> Vec<Hit> {
    let (mut hits, mut asked) = (Vec::new(), query(&format!("{text}&limit=7")));
    loop {
        let answer = catalog.search(&asked).await.expect("an answer");
        hits.extend_from_slice(&answer.items);
        asked.cursor = answer.next_cursor.clone();
        if asked.cursor.is_none() {
            assert_eq!(answer.total, hits.len() as u64, "{text}");
            return hits;
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_circle_holds_what_is_near_and_orders_it(places in places(), (lat, lon, radius) in asked()) {
        let (catalog, known, _dir) = world(&places);
        let hits = runtime().block_on(all(&catalog, &format!("near={lat},{lon}&radius_km={radius}&sort=distance")));
        let centre = Place::new(lat, lon).expect("on earth");
        for (number, place) in &known {
            let km = apart(centre, *place);
            let found = hits.iter().any(|hit| hit.id.as_u128() == *number);
            // On the rim itself either is right: the formulas differ in the last digits.
            if (km - radius).abs() > 1e-4 {
                prop_assert_eq!(found, km < radius, "{} at {:?} is {} km off", number, place, km);
            }
        }
        let away = |hit: &Hit| hit.event().and_then(|event| event.distance_km).expect("asked for");
        for hit in &hits {
            let km = apart(centre, known[&hit.id.as_u128()]);
            prop_assert!((away(hit) - km).abs() < 0.001, "{} or {}", away(hit), km);
        }
        let order: Vec<(u64, u128)> = hits.iter().map(|hit| ((away(hit) * 1_000.0).round() as u64, hit.id.as_u128())).collect();
        prop_assert!(order.is_sorted(), "nearest first, equals by id: {:?}", order);
    }

    #[test]
    fn a_box_holds_what_lies_in_it(places in places(), south in -90.0..=90.0, height in 0.0..=60.0, west in -180.0..=180.0, width in 0.0..=359.0) {
        let (catalog, known, _dir) = world(&places);
        let (south, height, west, width): (f64, f64, f64, f64) = (south, height, west, width);
        let north = (south + height).min(90.0);
        let east = if west + width > 180.0 { west + width - 360.0 } else { west + width };
        let hits = runtime().block_on(all(&catalog, &format!("bbox={west},{south},{east},{north}")));
        for (number, place) in &known {
            // How far east of the western side, once around.
            let eastward = (place.lon - west).rem_euclid(360.0);
            let on_the_rim = (eastward - width).abs() < 1e-9 || (eastward - 360.0).abs() < 1e-9;
            if !on_the_rim {
                let inside = (south..=north).contains(&place.lat) && eastward <= width;
                prop_assert_eq!(hits.iter().any(|hit| hit.id.as_u128() == *number), inside, "{:?} in {} {} {} {}", place, west, south, east, north);
            }
        }
    }
}

#[tokio::test]
async fn a_radius_around_a_pole_holds_all_longitudes() {
    let (catalog, ..) = world(&[(89.9, 0.0), (89.9, 90.0), (89.9, 180.0), (89.9, -90.0), (88.0, 45.0), (-89.9, 0.0)]);
    for lon in ["0", "180", "-180", "77.7"] {
        let hits = all(&catalog, &format!("near=90,{lon}&radius_km=20&sort=distance")).await;
        assert_eq!(
            hits.iter().map(|hit| hit.event().and_then(|event| event.venue.as_ref()?.lat)).collect::<Vec<_>>().len(),
            6,
            "two halls have two"
        );
        assert!(
            hits.iter().all(|hit| hit.event().and_then(|event| event.distance_km).is_some_and(|km| (km - 11.119).abs() < 0.01)),
            "{lon}"
        );
    }
}
