//! What the tests of writing and reading start from.

use domain::{Clock, Money, Tier, TierId};
use sqlx::PgPool;

use super::{events, performers, series, venues};
use crate::model::{Cast, Event, NewEvent, NewPerformer, NewSeries, NewTiers, NewVenue, Performer, Series, Venue};
use crate::store::changes;

pub(crate) fn clock() -> Clock {
    Clock::manual("2026-11-22T12:00:00Z".parse().expect("an instant"))
}

pub(crate) fn new_venue(name: &str) -> NewVenue {
    NewVenue {
        name: name.into(),
        city: "Brisbane".into(),
        region: "Queensland".into(),
        country: "AU".into(),
        lat: Some(-27.47),
        lon: Some(153.02),
        timezone: "Australia/Brisbane".into(),
        ..NewVenue::default()
    }
}

pub(crate) fn new_event(title: &str) -> NewEvent {
    NewEvent::titled(title, "2027-03-12T09:00:00Z".parse().expect("an instant"))
}

pub(crate) fn tiers(prices: &[i64]) -> NewTiers {
    let tier = |(n, price): (usize, &i64)| Tier {
        id: TierId::nth(n).expect("a tier"),
        name: format!("Tier {n}"),
        price: Money::new(*price, "AUD".parse().expect("a currency")),
    };
    NewTiers { tiers: prices.iter().enumerate().map(tier).collect(), ..NewTiers::default() }
}

pub(crate) async fn venue(pool: &PgPool, name: &str) -> Venue {
    venues::create(pool, &clock(), &domain::Actor::house(), new_venue(name), None).await.expect("a venue").record
}

pub(crate) async fn performer(pool: &PgPool, name: &str) -> Performer {
    let new = NewPerformer { name: name.into(), ..NewPerformer::default() };
    performers::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("a performer").record
}

pub(crate) async fn series(pool: &PgPool, title: &str) -> Series {
    let new = NewSeries { title: title.into(), ..NewSeries::default() };
    series::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("a series").record
}

pub(crate) async fn event(pool: &PgPool, new: NewEvent) -> Event {
    events::create(pool, &clock(), &domain::Actor::house(), new, None).await.expect("an event").record
}

pub(crate) fn cast(performer: &Performer, role: &str) -> Cast {
    Cast { performer_id: performer.row.id, role: role.into(), instrument: String::new() }
}

/// Somebody else.
pub(crate) async fn stranger(pool: &PgPool) -> domain::Actor {
    let id = domain::OrganiserId::at(clock().now());
    crate::store::fixture::organiser(pool, id).await.expect("an organiser");
    domain::Actor::system(id)
}

/// The feed as kinds and ids, oldest first, once all of it may be read: transactions of other tests hold it back for moments.
pub(crate) async fn feed(pool: &PgPool) -> Vec<(crate::model::Kind, uuid::Uuid)> {
    settled(pool, changes::FeedPosition::default()).await.into_iter().map(|change| (change.kind, change.id)).collect()
}

/// What follows a position in the feed.
pub(crate) async fn settled(pool: &PgPool, after: changes::FeedPosition) -> Vec<changes::Change> {
    let mut conn = pool.acquire().await.expect("a connection");
    changes::read_since(&mut conn, &after, 1_000).await.expect("the feed").changes
}
