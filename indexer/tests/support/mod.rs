//! A small catalogue to index.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::path::Path;

use catalog::model::{Cast, NewEvent, NewPerformer, NewVenue};
use catalog::search::{Catalog, Query, Sort};
use catalog::store::changes;
use catalog::write;
use domain::{Clock, CursorKey, EventId, PerformerId, VenueId};
use jiff::Timestamp;
use sqlx::PgPool;

pub fn clock() -> Clock {
    Clock::manual("2027-01-10T12:00:00Z".parse().expect("an instant"))
}

pub fn start(day: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + day * 86_400).expect("in range")
}

pub async fn venue(pool: &PgPool, name: &str) -> VenueId {
    let new = NewVenue {
        name: name.into(),
        city: "Brisbane".into(),
        country: "AU".into(),
        timezone: "Australia/Brisbane".into(),
        ..NewVenue::default()
    };
    write::venues::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("created").record.row.id
}

pub async fn performer(pool: &PgPool, name: &str) -> PerformerId {
    let new = NewPerformer { name: name.into(), ..NewPerformer::default() };
    write::performers::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("created").record.row.id
}

pub async fn event(pool: &PgPool, title: &str, day: i64, venue: VenueId, performer: Option<PerformerId>) -> EventId {
    let mut new = NewEvent::titled(title, start(day));
    new.venue_id = Some(venue);
    new.performers = performer
        .into_iter()
        .map(|performer_id| Cast { performer_id, role: "headliner".into(), instrument: String::new() })
        .collect();
    write::events::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("created").record.row.id
}

pub fn open(dir: &Path) -> Catalog {
    Catalog::open(dir, CursorKey::new([7; 32]), clock(), 1 << 20).expect("opened")
}

pub async fn titles(catalog: &Catalog, q: &str) -> Vec<String> {
    let sort = if q.is_empty() { Sort::Date } else { Sort::Relevance };
    let query = Query { q: q.into(), sort, limit: 100, ..Query::default() };
    let answer = catalog.search(&query).await.expect("an answer");
    answer.items.iter().map(|hit| hit.title.clone()).collect()
}

/// Purges the feed to its last row, as soon as every transaction that began before that has ended, here or in another test.
pub async fn purged(pool: &PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    while changes::oldest_seconds(&mut connection, 0).await.expect("read").is_some() {
        changes::purge(&mut connection, 0, 0).await.expect("purged");
        tokio::task::yield_now().await;
    }
}
