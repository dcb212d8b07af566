//! A whole demo held against what it promises, and a fill of a real database.

use std::collections::{HashMap, HashSet};

use domain::{Clock, EventStatus, LocalTime};
use jiff::Timestamp;
use sqlx::PgPool;

use super::*;
use crate::store;
use crate::write::Bulk;

fn now() -> Timestamp {
    "2026-11-22T12:30:00Z".parse().expect("an instant")
}

/// A whole plan as one bulk.
fn whole(events: u32, seed: u64, now: Timestamp) -> Bulk {
    plan(&DemoOptions { events, seed }, now).fold(Bulk::default(), |mut all, bulk| {
        all.cities.extend(bulk.cities);
        all.venues.extend(bulk.venues);
        all.seat_maps.extend(bulk.seat_maps);
        all.performers.extend(bulk.performers);
        all.series.extend(bulk.series);
        all.events.extend(bulk.events);
        all
    })
}

#[test]
fn the_same_seed_day_and_number_make_the_same_catalogue() {
    let first = whole(600, 7, now());
    assert!(first == whole(600, 7, now()));
    assert!(first.events != whole(600, 8, now()).events);
    // Later on the same day the dates stay; only openings that count from the instant move.
    let later = whole(600, 7, now() + jiff::SignedDuration::from_mins(20));
    let dates =
        |bulk: &Bulk| bulk.events.iter().map(|event| (event.id, event.title.clone(), event.starts_at)).collect::<Vec<_>>();
    assert_eq!(dates(&first), dates(&later));
}

#[test]
fn a_plan_has_as_many_upcoming_events_as_ordered_and_some_past_ones() {
    for events in [1, 50, 3_000] {
        let all = whole(events, 1, now());
        let upcoming = all.events.iter().filter(|event| event.starts_at > now()).count();
        assert_eq!(upcoming, events as usize);
        assert!(all.events.len() - upcoming <= 20.max(events as usize / 40), "{} past", all.events.len() - upcoming);
    }
}

#[test]
fn every_reference_resolves_and_ids_are_unique() {
    let all = whole(3_000, 1, now());
    let cities: HashSet<_> = all.cities.iter().map(|city| city.id).collect();
    let venues: HashMap<_, _> = all.venues.iter().map(|venue| (venue.id, venue)).collect();
    let maps: HashMap<_, _> = all.seat_maps.iter().map(|map| (map.id, map)).collect();
    let performers: HashSet<_> = all.performers.iter().map(|performer| performer.id).collect();
    let series: HashSet<_> = all.series.iter().map(|series| series.id).collect();
    let events: HashSet<_> = all.events.iter().map(|event| event.id).collect();
    assert_eq!((events.len(), maps.len(), performers.len()), (all.events.len(), all.venues.len(), all.performers.len()));
    assert!(all.venues.iter().all(|venue| venue.city_id.is_some_and(|city| cities.contains(&city))));
    for event in &all.events {
        let map = maps[&event.seat_map_id.expect("a house has a map")];
        assert_eq!(Some(map.venue_id), event.venue_id);
        assert_eq!(venues[&map.venue_id].capacity, Some(map.map.capacity()));
        assert_eq!(venues[&map.venue_id].timezone, event.timezone);
        assert!(event.series_id.is_none_or(|id| series.contains(&id)));
        assert!(event.performers.iter().all(|cast| performers.contains(&cast.performer_id)));
        let tiers: HashSet<_> = event.tiers.iter().map(|tier| tier.id).collect();
        let used = map.map.sections.iter().map(|section| section.tier).chain(map.map.areas.iter().map(|area| area.tier));
        assert!(tiers.is_empty() || used.into_iter().all(|tier| tiers.contains(&tier)), "{}", event.title);
    }
}

#[test]
fn dates_and_sales_are_sensible() {
    let all = whole(3_000, 1, now());
    for event in &all.events {
        let local = LocalTime::of(event.starts_at, &event.timezone);
        assert_eq!(local.timezone, event.timezone);
        assert!(("09:00".."23:00").contains(&local.local_time.as_str()), "{} at {}", event.title, local.local_time);
        if matches!(event.category.as_str(), "concert" | "comedy") {
            assert!(local.local_time.as_str() >= "19:00", "{} at {}", event.title, local.local_time);
        }
        assert!(event.ends_at > Some(event.starts_at));
        assert!(event.sale_opens_at.is_none_or(|opens| opens < event.starts_at), "{}", event.title);
        assert_eq!(event.sale_opens_at.is_none(), event.tiers.is_empty());
        assert!(event.tiers.windows(2).all(|pair| pair[0].price.currency == pair[1].price.currency));
    }
    let last = all.events.iter().map(|event| event.starts_at).max().expect("events");
    assert!(last.as_second() - now().as_second() < 380 * 86_400);
    let share =
        |what: &dyn Fn(&crate::model::EventRow) -> bool| all.events.iter().filter(|event| what(event)).count() as f64 / 3_000.0;
    assert!(share(&|event| event.sale_opens_at.is_some_and(|at| at <= now())) > 0.8);
    assert!(share(&|event| event.sale_opens_at.is_some_and(|at| at > now())) > 0.01);
    for status in [EventStatus::Cancelled, EventStatus::Postponed] {
        assert!((0.001..0.03).contains(&share(&|event| event.status == status)), "{status:?}");
    }
}

#[test]
fn all_kinds_of_programmes_are_there_and_a_film_runs_in_several_cinemas_of_a_city() {
    let all = whole(3_000, 1, now());
    let kinds: HashSet<_> = all.series.iter().map(|series| series.kind.as_str()).collect();
    assert_eq!(kinds, HashSet::from(["tour", "play", "film", "season", "festival", "series"]));
    let categories: HashSet<_> = all.events.iter().map(|event| event.category.as_str()).collect();
    let wanted = ["concert", "sports", "theatre", "film", "comedy", "conference", "family", "festival", "classical", "community"];
    assert!(wanted.iter().all(|category| categories.contains(category)), "{categories:?}");
    let city: HashMap<_, _> = all.venues.iter().map(|venue| (venue.id, venue.city_id)).collect();
    let mut cinemas = HashMap::<_, HashSet<_>>::new();
    for event in all.events.iter().filter(|event| event.category == "film") {
        let venue = event.venue_id.expect("a cinema");
        cinemas.entry((event.series_id, city[&venue])).or_default().insert(venue);
    }
    assert!(cinemas.values().any(|cinemas| cinemas.len() > 1));
}

#[test]
fn the_showcase_is_there_whatever_the_size() {
    let all = whole(50, 3, now());
    let by_name: HashMap<_, _> = all.events.iter().filter_map(|event| Some((event.external_id.as_deref()?, event))).collect();
    assert_eq!(by_name.len(), 9);
    let titles: HashSet<_> = by_name.values().map(|event| event.title.as_str()).collect();
    assert_eq!(titles.len(), 6, "a reader meets many names: {titles:?}");
    assert_eq!(
        by_name["demo-sold-out"].series_id, by_name["demo-few-left"].series_id,
        "who comes late is led to the other dates"
    );
    assert!(by_name["demo-free"].tiers.iter().all(|tier| tier.price.amount == 0));
    assert!(by_name["demo-opens-soon"].sale_opens_at.is_some_and(|at| at > now()));
    assert!(by_name.values().all(|event| event.status == EventStatus::Scheduled && !event.tiers.is_empty()));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_fill_writes_the_plan_once_and_a_second_fill_nothing(pool: PgPool) {
    let clock = Clock::manual(now());
    let options = DemoOptions { events: 2_000, seed: 1 };
    let mut steps = Vec::new();
    let report = fill(&pool, &clock, &options, |progress| steps.push(progress.events)).await.expect("an empty catalogue");
    assert!(report.filled && report.events > 2_000 && steps.last() == Some(&2_000));
    let mut conn = pool.acquire().await.expect("a connection");
    let counts = store::counts(&mut conn).await.expect("counts");
    assert_eq!((counts.events, counts.venues, counts.series), (report.events, report.venues, report.series));
    assert_eq!((counts.performers, counts.cities), (report.performers, report.cities));
    let known = store::events::by_external_ids(&mut conn, domain::OrganiserId::HOUSE, &["demo-night-owls".to_owned()])
        .await
        .expect("a look-up");
    let event = store::events::get(&mut conn, known.own("", "demo-night-owls").expect("there").id)
        .await
        .expect("a read")
        .expect("the event");
    assert_eq!(event.row.title, "The Night Owls — Paper Moons Tour");
    assert_eq!(event.cast.first().map(|member| member.name.as_str()), Some("The Night Owls"));
    assert!(event.capacity.is_some_and(|places| places >= 900));
    drop(conn);
    let again = fill(&pool, &clock, &options, |_| {}).await.expect("no error");
    assert!(!again.filled && again.events == 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_catalogue_of_other_events_is_left_alone(pool: PgPool) {
    let mut conn = pool.acquire().await.expect("a connection");
    let mut all = whole(50, 1, now());
    for venue in &mut all.venues {
        venue.external_id = None;
    }
    crate::write::insert_bulk(&mut conn, &all).await.expect("inserted");
    drop(conn);
    let refused = fill(&pool, &Clock::manual(now()), &DemoOptions::default(), |_| {}).await;
    assert!(matches!(refused, Err(DemoError::NotEmpty(_))));
}
