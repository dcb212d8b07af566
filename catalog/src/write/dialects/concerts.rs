//! Concerts: create and change, as the TicketOverflow interface does it. Each is an event of general admission without tiers: nothing
//! but a sale at once sells it, and that needs no price.
//!
//! Names are kept to the letter; the event's title is the name fit to be shown: one line, turning nothing beside it.

use std::collections::BTreeMap;

use domain::text::{is_blank, unturn};
use domain::{Actor, Clock, EventId, EventStatus, Invalid, OrphanRule, SeatMapId, VenueId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sqlx::{PgConnection, PgPool};

use crate::model::{Concert, ConcertPatch, ConcertStatus, EventRow, Kind, More, NewConcert, NewVenue, Precision};
use crate::store::{self, changes};
use crate::write::told::{Change, tell};
use crate::write::{WriteError, matched, seat_maps};

/// The longest name of a concert or its venue.
pub const MAX_NAME_CHARS: usize = 10_000;
/// As many places as a count in the database can say.
pub const MAX_CAPACITY: u32 = i32::MAX as u32;
/// What four digits say, from where time zones can be trusted.
pub const YEARS: std::ops::RangeInclusive<i16> = 1_000..=9_999;

/// Makes a concert and its event, for the actor's organiser.
///
/// Refuses   invalid (names the field).
pub async fn create(pool: &PgPool, clock: &Clock, by: &Actor, new: NewConcert) -> Result<Concert, WriteError> {
    let NewConcert { name, venue, date, capacity, status } = new;
    let concert = Concert { id: EventId::at(clock.now()), name, venue, date, capacity, status };
    check(&concert)?;
    let mut tx = pg::begin(pool).await?;
    store::concerts::one_at_a_time(&mut tx).await?;
    let venue = venue_of(&mut tx, clock, by, &concert.venue).await?;
    let seat_map = match concert.capacity {
        // nothing to sell needs no map
        0 => None,
        places => {
            store::venues::lock(&mut tx, None, venue).await?;
            Some(seat_maps::general(&mut tx, clock, by.organiser, venue, places).await?)
        }
    };
    let row = event_row(&concert, venue, seat_map);
    store::events::copy_in(&mut tx, by.organiser, std::slice::from_ref(&row)).await?;
    store::concerts::insert(&mut tx, &concert).await?;
    let after = Some(store::events::told(&row));
    let made = Change { owner: by.organiser, action: "events.create", kind: Kind::Event, id: concert.id.0, before: None, after };
    tell(&mut tx, by, made).await?;
    changes::append(&mut tx, Kind::Event, &[concert.id.0]).await?;
    tx.commit().await?;
    Ok(concert)
}

/// Changes a concert, and gives its event a new edition whatever changed: nothing that was printed before is printed still.
///
/// Refuses   not_found, invalid.
pub async fn change(pool: &PgPool, clock: &Clock, by: &Actor, id: EventId, patch: ConcertPatch) -> Result<Concert, WriteError> {
    let mut tx = pg::begin(pool).await?;
    store::concerts::one_at_a_time(&mut tx).await?;
    let owner = matched(store::events::lock(&mut tx, by.bounds(), id).await?, None)?;
    let mut concert = store::concerts::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let before = store::events::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?.row;
    patch.apply(&mut concert);
    if before.status == EventStatus::Cancelled {
        // that is for good: tickets are refunded, and nothing sells it again
        concert.status = ConcertStatus::Cancelled;
    }
    check(&concert)?;
    let venue = venue_of(&mut tx, clock, by, &concert.venue).await?;
    let written = event_row(&concert, venue, before.seat_map_id);
    // what others say of the event stays: popularity, or that it is cancelled
    let row = EventRow {
        slug: written.slug,
        title: written.title,
        venue_id: written.venue_id,
        starts_at: written.starts_at,
        sale_closes_at: written.sale_closes_at,
        ..before.clone()
    };
    store::events::update(&mut tx, by.bounds(), &row, false).await?;
    store::events::reissue(&mut tx, id).await?;
    store::concerts::update(&mut tx, &concert).await?;
    let (old, new) = (Some(store::events::told(&before)), Some(store::events::told(&row)));
    let told = Change { owner, action: "events.change", kind: Kind::Event, id: id.0, before: old, after: new };
    tell(&mut tx, by, told).await?;
    changes::append(&mut tx, Kind::Event, &[id.0]).await?;
    tx.commit().await?;
    Ok(concert)
}

fn check(concert: &Concert) -> Result<(), Invalid> {
    for (field, text) in [("name", &concert.name), ("venue", &concert.venue)] {
        if is_blank(text) || text.contains('\0') || text.chars().count() > MAX_NAME_CHARS {
            return Err(Invalid::new(field, format!("must be 1 to {MAX_NAME_CHARS} characters, something to see among them")));
        }
    }
    if !YEARS.contains(&concert.date.year()) {
        return Err(Invalid::new("date", "must lie in the years 1000 to 9999"));
    }
    if concert.capacity > MAX_CAPACITY {
        return Err(Invalid::new("capacity", format!("must be at most {MAX_CAPACITY}")));
    }
    Ok(())
}

/// A text on one line that turns nothing which stands beside it.
fn shown(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    unturn(&mut line);
    line
}

fn event_row(concert: &Concert, venue: VenueId, seat_map_id: Option<SeatMapId>) -> EventRow {
    let title = shown(&concert.name);
    EventRow {
        id: concert.id,
        external_id: None,
        slug: domain::text::slug(&title),
        title,
        description: String::new(),
        category: "concerts".to_owned(),
        genre: String::new(),
        event_type: String::new(),
        season: String::new(),
        topics: Vec::new(),
        works: Vec::new(),
        series_id: None,
        venue_id: Some(venue),
        performers: Vec::new(),
        starts_at: midnight(concert.date),
        ends_at: None,
        doors_at: None,
        start_precision: Precision::Day,
        timezone: "UTC".to_owned(),
        status: EventStatus::Scheduled,
        url: String::new(),
        online: false,
        source: "ticketoverflow".to_owned(),
        popularity: 0,
        seat_map_id,
        tiers: Vec::new(),
        tier_of: BTreeMap::new(),
        sale_opens_at: Some(Timestamp::UNIX_EPOCH),
        sale_closes_at: Some(closes_at(concert.status)),
        buyer_limit: None,
        queue_required: false,
        orphan_rule: OrphanRule::default(),
        more: More::default(),
    }
}

fn midnight(date: Date) -> Timestamp {
    // the very last days of 9999 are beyond what an instant says
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// An active concert sells for ever, whatever its date; any other has sold for a day, long ago. So a desk learns of the word in the
/// transaction in which it sells.
fn closes_at(status: ConcertStatus) -> Timestamp {
    match status {
        ConcertStatus::Active => midnight(Date::constant(9_999, 1, 1)),
        ConcertStatus::Cancelled | ConcertStatus::SoldOut => midnight(Date::constant(1970, 1, 2)),
    }
}

/// The venue of that name, made when the first concert names it.
async fn venue_of(conn: &mut PgConnection, clock: &Clock, by: &Actor, name: &str) -> Result<VenueId, WriteError> {
    let key = store::concerts::venue_key(name);
    if let Some(known) = store::concerts::venue(conn, by.organiser, &key).await? {
        return Ok(known);
    }
    let id = VenueId::at(clock.now());
    let new = NewVenue { external_id: Some(key), name: shown(name), timezone: "UTC".to_owned(), ..NewVenue::default() };
    let row = crate::write::venues::row(id, None, new);
    store::venues::copy_in(conn, by.organiser, std::slice::from_ref(&row)).await?;
    let after = Some(store::venues::record(&row));
    tell(conn, by, Change { owner: by.organiser, action: "venues.create", kind: Kind::Venue, id: id.0, before: None, after })
        .await?;
    changes::append(conn, Kind::Venue, &[id.0]).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture::clock;

    fn new(name: &str) -> NewConcert {
        let (date, status) = (Date::constant(2027, 3, 12), ConcertStatus::Active);
        NewConcert { name: name.into(), venue: "Hall".into(), date, capacity: 50, status }
    }

    async fn event(pool: &PgPool, id: EventId) -> crate::model::Event {
        let mut conn = pool.acquire().await.expect("a connection");
        store::events::get(&mut conn, id).await.expect("read").expect("an event")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_concert_is_an_event_without_a_price_at_a_venue_that_others_share(pool: PgPool) {
        let by = Actor::house();
        let made = create(&pool, &clock(), &by, new("Owls & <b>Friends</b>\nlate\u{202e}")).await.expect("made");
        let other = create(&pool, &clock(), &by, new("Other")).await.expect("made");
        let (first, second) = (event(&pool, made.id).await, event(&pool, other.id).await);
        assert_eq!(first.row.title, "Owls & <b>Friends</b> late");
        assert_eq!((first.row.venue_id, first.row.seat_map_id), (second.row.venue_id, second.row.seat_map_id));
        assert_eq!(
            (first.capacity, first.row.tiers.len(), first.row.starts_at.to_string()),
            (Some(50), 0, "2027-03-12T00:00:00Z".into())
        );
        let mut conn = pool.acquire().await.expect("a connection");
        let listed = store::concerts::page(&mut conn, None, 10).await.expect("read");
        // of one millisecond, ids come in any order
        let mut both = [made, other];
        both.sort_unstable_by_key(|concert| concert.id);
        assert_eq!(listed, both, "to the letter");
        assert_eq!(store::concerts::page(&mut conn, Some(both[0].id), 10).await.expect("read"), both[1..]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn every_change_makes_a_new_edition_and_the_word_opens_and_closes_the_sale(pool: PgPool) {
        let by = Actor::house();
        let made = create(&pool, &clock(), &by, new("Night")).await.expect("made");
        let name = |name: &str| ConcertPatch { name: Some(name.into()), ..ConcertPatch::default() };
        let status = |status| ConcertPatch { status: Some(status), ..ConcertPatch::default() };
        let venue = ConcertPatch { venue: Some("Barn".into()), ..ConcertPatch::default() };
        let table = [
            (name("Day"), "Day", true),
            (name("Day"), "Day", true),
            (ConcertPatch::default(), "Day", true),
            (status(ConcertStatus::Cancelled), "Day", false),
            (status(ConcertStatus::SoldOut), "Day", false),
            (venue, "Day", false),
            (status(ConcertStatus::Active), "Day", true),
        ];
        let mut before = event(&pool, made.id).await;
        for (n, (patch, title, sells)) in table.into_iter().enumerate() {
            let written = change(&pool, &clock(), &by, made.id, patch).await.expect("changed");
            let after = event(&pool, made.id).await;
            assert!(after.edition > before.edition && after.version > before.version, "row {n}");
            assert_eq!((after.row.title.as_str(), written.name.as_str()), (title, title), "row {n}");
            assert_eq!(after.row.sale_closes_at > Some(clock().now()), sells, "row {n}");
            assert_eq!((after.row.status, written.capacity), (EventStatus::Scheduled, 50), "row {n}");
            before = after;
        }
        assert_eq!(before.venue.expect("a venue").name, "Barn");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_concert_whose_event_was_cancelled_says_so_and_no_word_takes_it_back(pool: PgPool) {
        let by = Actor::house();
        let made = create(&pool, &clock(), &by, new("Night")).await.expect("made");
        let other = create(&pool, &clock(), &by, new("Other")).await.expect("made");
        let cancel = crate::model::EventPatch { status: Some(EventStatus::Cancelled), ..Default::default() };
        crate::write::events::patch(&pool, &clock(), &by, made.id, cancel, None).await.expect("cancelled");
        let mut conn = pool.acquire().await.expect("a connection");
        let listed = store::concerts::page(&mut conn, None, 10).await.expect("read");
        let status = |id| listed.iter().find(|concert| concert.id == id).map(|concert| concert.status);
        assert_eq!(status(made.id), Some(ConcertStatus::Cancelled));
        assert_eq!(status(other.id), Some(ConcertStatus::Active), "another is none of it");
        let patch = ConcertPatch { status: Some(ConcertStatus::Active), ..ConcertPatch::default() };
        let written = change(&pool, &clock(), &by, made.id, patch).await.expect("changed");
        assert_eq!(written.status, ConcertStatus::Cancelled);
        assert!(event(&pool, made.id).await.row.sale_closes_at < Some(clock().now()), "nor does it sell");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn only_who_owns_a_concert_changes_it_and_only_events_that_are_concerts_are(pool: PgPool) {
        let made = create(&pool, &clock(), &Actor::house(), new("Night")).await.expect("made");
        let other = Actor::system(domain::OrganiserId::at(clock().now()));
        let refused = change(&pool, &clock(), &other, made.id, ConcertPatch::default()).await;
        assert!(matches!(refused, Err(WriteError::NotFound)), "{refused:?}");
        let plain = crate::write::fixture::event(&pool, crate::write::fixture::new_event("Plain")).await;
        let refused = change(&pool, &clock(), &Actor::house(), plain.row.id, ConcertPatch::default()).await;
        assert!(matches!(refused, Err(WriteError::NotFound)), "{refused:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn bounds_are_said_by_their_field_and_what_lies_within_is_kept(pool: PgPool) {
        type Spoil = fn(&mut NewConcert);
        let table: [(Spoil, Option<&str>); 12] = [
            (|c| c.capacity = 0, None),
            (|c| c.capacity = MAX_CAPACITY, None),
            (|c| c.capacity = MAX_CAPACITY + 1, Some("capacity")),
            (|c| c.name = "é".repeat(MAX_NAME_CHARS), None),
            (|c| c.name = "é".repeat(MAX_NAME_CHARS + 1), Some("name")),
            (|c| c.name = " \u{200b}".into(), Some("name")),
            (|c| c.venue = String::new(), Some("venue")),
            (|c| c.venue = "nul\0".into(), Some("venue")),
            (|c| c.date = Date::constant(999, 12, 31), Some("date")),
            (|c| c.date = Date::constant(1_000, 1, 1), None),
            (|c| c.date = Date::constant(9_999, 12, 31), None),
            (|c| c.status = ConcertStatus::SoldOut, None),
        ];
        for (n, (spoil, wanted)) in table.into_iter().enumerate() {
            let mut concert = new("Night");
            spoil(&mut concert);
            let (name, date) = (concert.name.clone(), concert.date);
            match create(&pool, &clock(), &Actor::house(), concert).await {
                Ok(made) => {
                    let mut conn = pool.acquire().await.expect("a connection");
                    let read = store::concerts::get(&mut conn, made.id).await.expect("read").expect("a concert");
                    assert_eq!((read.name, read.date, wanted), (name, date, None), "row {n}");
                }
                Err(WriteError::Invalid(invalid)) => assert_eq!(Some(invalid.field.as_str()), wanted, "row {n}"),
                Err(other) => panic!("row {n}: {other}"),
            }
        }
    }
}
