//! Whose a record is: what the statements refuse to whom, and what the audit log then holds.

use domain::{Actor, ActorKind, OrganiserId, SeatMap};
use sqlx::PgPool;

use super::fixture::{self, clock, new_event, new_venue, stranger, tiers};
use super::{WriteError, events, performers, put_seat_map, put_tiers, series, venues};
use crate::model::{EventPatch, NewEvent, NewPerformer, NewSeries, NewVenue, PerformerPatch, SeriesPatch, VenuePatch};
use crate::store::fixture::audit;

fn absent<T: std::fmt::Debug>(what: &str, result: Result<T, WriteError>) {
    assert!(matches!(result, Err(WriteError::NotFound)), "{what}: {result:?}");
}

fn field<T: std::fmt::Debug>(result: Result<T, WriteError>) -> String {
    match result {
        Err(WriteError::Invalid(invalid)) => format!("{}: {}", invalid.field, invalid.detail),
        other => format!("{other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn another_s_record_is_as_absent_to_every_verb(pool: PgPool) {
    let other = stranger(&pool).await;
    let (c, by) = (clock(), &other);
    let event = fixture::event(&pool, new_event("Night")).await;
    let id = event.row.id;
    absent("patch", events::patch(&pool, &c, by, id, EventPatch::default(), None).await);
    absent("stale patch", events::patch(&pool, &c, by, id, EventPatch::default(), Some(9)).await);
    absent("replace", events::replace(&pool, &c, by, id, new_event("x"), None).await);
    absent("tiers", put_tiers(&pool, by, id, tiers(&[1]), None).await);
    absent("delete", events::delete(&pool, by, id, None).await);
    let made = fixture::series(&pool, "Tour").await.row.id;
    absent("patch", series::patch(&pool, by, made, SeriesPatch::default(), None).await);
    absent("replace", series::replace(&pool, by, made, NewSeries { title: "x".into(), ..NewSeries::default() }, None).await);
    absent("delete", series::delete(&pool, by, made, None).await);
    let made = fixture::venue(&pool, "Hall").await.row.id;
    absent("patch", venues::patch(&pool, &c, by, made, VenuePatch::default(), None).await);
    absent("replace", venues::replace(&pool, &c, by, made, new_venue("x"), None).await);
    absent("delete", venues::delete(&pool, by, made, None).await);
    let made = fixture::performer(&pool, "Owls").await.row.id;
    absent("patch", performers::patch(&pool, by, made, PerformerPatch::default(), None).await);
    let new = NewPerformer { name: "x".into(), ..NewPerformer::default() };
    absent("replace", performers::replace(&pool, by, made, new, None).await);
    absent("delete", performers::delete(&pool, by, made, None).await);
    assert_eq!(audit(&pool, other.organiser).await.expect("lines"), [], "nothing was done");
    let admin = Actor { kind: ActorKind::Admin, ..other };
    events::delete(&pool, &admin, id, None).await.expect("an admin passes");
    performers::delete(&pool, &admin, made, None).await.expect("an admin passes");
}

/// The control: the same statements find the row for its owner, and the row they write is the owner's.
#[sqlx::test(migrations = "../migrations")]
async fn what_one_makes_is_one_s_own(pool: PgPool) {
    let other = stranger(&pool).await;
    let venue = venues::create(&pool, &clock(), &other, new_venue("Hall"), None).await.expect("made").record.row.id;
    let new = NewEvent { venue_id: Some(venue), ..new_event("Night") };
    let event = events::create(&pool, &clock(), &other, new, None).await.expect("made").record.row.id;
    let title = EventPatch { title: Some("Other night".into()), ..EventPatch::default() };
    events::patch(&pool, &clock(), &other, event, title, None).await.expect("changed");
    events::patch(&pool, &clock(), &other, event, EventPatch::default(), None).await.expect("as it was");
    put_tiers(&pool, &other, event, tiers(&[100]), None).await.expect("priced");
    absent("the house's patch", events::patch(&pool, &clock(), &Actor::house(), event, EventPatch::default(), None).await);
    events::delete(&pool, &other, event, None).await.expect("deleted");
    let lines = audit(&pool, other.organiser).await.expect("lines");
    let told: Vec<_> = lines.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(told, ["venues.create", "events.create", "events.change", "events.tiers", "events.delete"]);
    let differs = serde_json::json!({ "slug": "other-night", "title": "Other night" });
    assert_eq!(lines[2].2, Some(differs));
    assert_eq!(lines[2].1.as_ref().map(|before| &before["title"]), Some(&serde_json::json!("Night")));
    assert_eq!(audit(&pool, OrganiserId::HOUSE).await.expect("lines"), []);
}

#[sqlx::test(migrations = "../migrations")]
async fn venues_and_performers_serve_all_and_series_only_their_own(pool: PgPool) {
    let other = stranger(&pool).await;
    let (hall, owls, tour) =
        (fixture::venue(&pool, "Hall").await, fixture::performer(&pool, "Owls").await, fixture::series(&pool, "Tour").await);
    let new = NewEvent { venue_id: Some(hall.row.id), performers: vec![fixture::cast(&owls, "band")], ..new_event("Night") };
    events::create(&pool, &clock(), &other, new.clone(), None).await.expect("a guest's night");
    let dates = NewEvent { series_id: Some(tour.row.id), ..new };
    let refused = field(events::create(&pool, &clock(), &other, dates, None).await);
    assert_eq!(refused, "series_id: there is no such series");
    let gone = venues::delete(&pool, &Actor::house(), hall.row.id, None).await;
    assert!(matches!(gone, Err(WriteError::InUse { .. })), "a guest's night keeps it: {gone:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_copy_of_a_seat_map_is_the_copier_s_and_leaves_the_owner_s_alone(pool: PgPool) {
    let (house, other, third) = (Actor::house(), stranger(&pool).await, stranger(&pool).await);
    let venue = fixture::venue(&pool, "Hall").await.row.id;
    let put = async |by: &Actor, places| {
        put_seat_map(&pool, &clock(), by, venue, SeatMap::general("Floor", places), None).await.expect("stored")
    };
    let (ours, theirs) = (put(&house, 100).await, put(&other, 80).await);
    assert_eq!((ours.version, theirs.version), (1, 1), "each counts for itself");
    assert_eq!(put(&other, 70).await.version, 2);
    let mut conn = pool.acquire().await.expect("a connection");
    assert_eq!(crate::store::seat_maps::of_venue(&mut conn, venue).await.expect("read"), std::slice::from_ref(&ours));
    let sold = async |by: &Actor, map| {
        let new = NewEvent { venue_id: Some(venue), seat_map_id: Some(map), ..new_event("Night") };
        events::create(&pool, &clock(), by, new, None).await.map(|_| ())
    };
    for (by, map) in [(&house, ours.id), (&other, ours.id), (&other, theirs.id), (&third, ours.id)] {
        sold(by, map).await.expect("usable");
    }
    for by in [&house, &third] {
        assert_eq!(field(sold(by, theirs.id).await), "seat_map_id: the venue has no such seat map");
    }
    let places = NewEvent { venue_id: Some(venue), capacity: Some(55), ..new_event("Night") };
    events::create(&pool, &clock(), &third, places, None).await.expect("places without numbers");
    assert_eq!(crate::store::seat_maps::of_venue(&mut conn, venue).await.expect("read"), [ours], "not on the owner's list");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_id_that_another_gave_is_free_and_one_s_own_is_taken(pool: PgPool) {
    let other = stranger(&pool).await;
    let new = || NewVenue { external_id: Some("venue-1".into()), ..new_venue("Hall") };
    for by in [&other, &Actor::house()] {
        venues::create(&pool, &clock(), by, new(), None).await.expect("made");
        let refused = venues::create(&pool, &clock(), by, new(), None).await;
        assert_eq!(field(refused), "external_id: another venue has it");
    }
}
