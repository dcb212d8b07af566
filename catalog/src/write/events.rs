//! Events: create, replace, patch, delete, and their tiers.

use std::collections::{BTreeMap, HashSet};

use domain::{Clock, EventId, SeatMap, SeatMapId, SeriesId, Tier, TierId, VenueId};
use sqlx::{PgConnection, PgPool};

use super::{Claim, Created, Invalid, WriteError, check, claimed, matched, seat_maps, terms};
use crate::model::{Event, EventPatch, EventRow, Kind, NewEvent, NewTiers, Venue};
use crate::store::{self, changes};

/// Creates an event; with a `capacity` and no seat map it sells places without numbers.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(pool: &PgPool, clock: &Clock, new: NewEvent, claim: Option<Claim>) -> Result<Created<Event>, WriteError> {
    check::event(&new)?;
    let id = EventId::at(clock.now());
    let mut tx = pool.begin().await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Event, id.0).await? {
        let record = store::events::get(&mut tx, EventId(before)).await?.ok_or(WriteError::NotFound)?;
        return Ok(Created { record, replayed: true });
    }
    let row = resolve(&mut tx, clock, Kept::nothing(id), new).await?;
    store::events::copy_in(&mut tx, &[row]).await?;
    changes::append(&mut tx, Kind::Event, &[id.0]).await?;
    let record = store::events::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of an event; its tiers stay.
///
/// Takes     `if_match`: the version it must still have.
/// Gives     the event: a new version if anything differs, a new edition if what a ticket shows differs.
/// Refuses   not_found, conflict, invalid, seat_map_in_use.
pub async fn replace(pool: &PgPool, clock: &Clock, id: EventId, new: NewEvent, if_match: Option<i64>) -> Result<Event, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::events::lock(&mut tx, id).await?, if_match)?;
    let before = store::events::row_of(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let event = write(&mut tx, clock, before, new).await?;
    tx.commit().await?;
    Ok(event)
}

/// Changes some fields of an event; otherwise as [`replace`].
pub async fn patch(pool: &PgPool, clock: &Clock, id: EventId, patch: EventPatch, if_match: Option<i64>) -> Result<Event, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::events::lock(&mut tx, id).await?, if_match)?;
    let before = store::events::row_of(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let mut new = NewEvent::from(&before);
    let other_places = matches!(patch.capacity, Some(Some(_))) && patch.seat_map_id.is_none();
    patch.apply(&mut new);
    if other_places {
        new.seat_map_id = None;
    }
    let event = write(&mut tx, clock, before, new).await?;
    tx.commit().await?;
    Ok(event)
}

/// Puts an event's price categories; each section and area of its seat map must have one of them.
///
/// Refuses   not_found, conflict, invalid.
pub async fn put_tiers(pool: &PgPool, id: EventId, new: NewTiers, if_match: Option<i64>) -> Result<Event, WriteError> {
    check::tiers(&new)?;
    let mut tx = pool.begin().await?;
    matched(store::events::lock(&mut tx, id).await?, if_match)?;
    let before = store::events::row_of(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let map = map_of(&mut tx, before.seat_map_id).await?;
    terms::fit(map.as_ref(), &new.tiers, &new.tier_of)?;
    let event = store_row(&mut tx, EventRow { tiers: new.tiers, tier_of: new.tier_of, ..before }).await?;
    tx.commit().await?;
    Ok(event)
}

/// Deletes an event of which nothing was held or sold.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, id: EventId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::events::lock(&mut tx, id).await?, if_match)?;
    store::events::delete(&mut tx, id).await?;
    changes::append(&mut tx, Kind::Event, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

/// What a write of the event's body leaves alone.
struct Kept {
    id: EventId,
    source: String,
    tiers: Vec<Tier>,
    tier_of: BTreeMap<String, TierId>,
}

impl Kept {
    fn nothing(id: EventId) -> Self {
        Self { id, source: String::new(), tiers: Vec::new(), tier_of: BTreeMap::new() }
    }
}

async fn write(conn: &mut PgConnection, clock: &Clock, before: EventRow, new: NewEvent) -> Result<Event, WriteError> {
    check::event(&new)?;
    let kept = Kept { id: before.id, source: before.source, tiers: before.tiers, tier_of: before.tier_of };
    let row = resolve(conn, clock, kept, new).await?;
    store_row(conn, row).await
}

async fn store_row(conn: &mut PgConnection, row: EventRow) -> Result<Event, WriteError> {
    if store::events::update(conn, &row).await? {
        changes::append(conn, Kind::Event, &[row.id.0]).await?;
    }
    store::events::get(conn, row.id).await?.ok_or(WriteError::NotFound)
}

async fn resolve(conn: &mut PgConnection, clock: &Clock, kept: Kept, new: NewEvent) -> Result<EventRow, WriteError> {
    let venue = venue_of(conn, new.venue_id).await?;
    series_of(conn, new.series_id).await?;
    bill_of(conn, &new).await?;
    let seat_map_id = seats_of(conn, clock, &new).await?;
    let map = map_of(conn, seat_map_id).await?;
    terms::fit(map.as_ref(), &kept.tiers, &kept.tier_of)?;
    let venue_zone = venue.map_or_else(|| "UTC".to_owned(), |venue| venue.row.timezone);
    let new = NewEvent { timezone: Some(new.timezone.unwrap_or(venue_zone)), seat_map_id, ..new };
    Ok(EventRow { tiers: kept.tiers, tier_of: kept.tier_of, ..row_without_tiers(kept.id, new, kept.source) })
}

/// A checked event as it is stored, without tiers.
pub(crate) fn row_without_tiers(id: EventId, new: NewEvent, source: String) -> EventRow {
    EventRow {
        id,
        external_id: new.external_id,
        slug: domain::text::slug(&new.title),
        title: new.title,
        description: new.description,
        category: new.category,
        genre: new.genre,
        event_type: new.event_type,
        season: new.season,
        topics: new.topics,
        works: new.works,
        series_id: new.series_id,
        venue_id: new.venue_id,
        performers: new.performers,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        start_precision: new.start_precision,
        timezone: new.timezone.unwrap_or_else(|| "UTC".to_owned()),
        status: new.status,
        url: new.url,
        online: new.online,
        source,
        popularity: new.popularity,
        seat_map_id: new.seat_map_id,
        tiers: Vec::new(),
        tier_of: BTreeMap::new(),
        sale_opens_at: new.sale_opens_at,
        sale_closes_at: new.sale_closes_at,
        buyer_limit: new.buyer_limit,
        queue_required: new.queue_required,
    }
}

async fn venue_of(conn: &mut PgConnection, id: Option<VenueId>) -> Result<Option<Venue>, WriteError> {
    let Some(id) = id else { return Ok(None) };
    let venue = store::venues::get(conn, id).await?;
    Ok(Some(venue.ok_or_else(|| Invalid::new("venue_id", "there is no such venue"))?))
}

async fn series_of(conn: &mut PgConnection, id: Option<SeriesId>) -> Result<(), WriteError> {
    let Some(id) = id else { return Ok(()) };
    store::series::get(conn, id).await?.ok_or_else(|| Invalid::new("series_id", "there is no such series"))?;
    Ok(())
}

async fn bill_of(conn: &mut PgConnection, new: &NewEvent) -> Result<(), WriteError> {
    let wanted: Vec<_> = new.performers.iter().map(|cast| cast.performer_id).collect();
    let found: HashSet<_> = store::performers::existing(conn, &wanted).await?.into_iter().collect();
    match wanted.iter().position(|id| !found.contains(id)) {
        Some(n) => Err(Invalid::new(format!("performers[{n}].performer_id"), "there is no such performer").into()),
        None => Ok(()),
    }
}

/// The seat map that the event sells by: the one named, one made for its capacity, or none.
async fn seats_of(conn: &mut PgConnection, clock: &Clock, new: &NewEvent) -> Result<Option<SeatMapId>, WriteError> {
    match (new.seat_map_id, new.capacity, new.venue_id) {
        (Some(id), capacity, venue) => {
            let head = store::seat_maps::head(conn, id).await?.filter(|head| Some(head.venue_id) == venue);
            let head = head.ok_or_else(|| Invalid::new("seat_map_id", "the venue has no such seat map"))?;
            match capacity.filter(|capacity| *capacity != head.capacity) {
                Some(_) => Err(Invalid::new("capacity", format!("the seat map has {} places", head.capacity)).into()),
                None => Ok(Some(id)),
            }
        }
        (None, Some(capacity), Some(venue)) => {
            store::venues::lock(conn, venue).await?;
            Ok(Some(seat_maps::general(conn, clock, venue, capacity).await?))
        }
        _ => Ok(None),
    }
}

async fn map_of(conn: &mut PgConnection, id: Option<SeatMapId>) -> Result<Option<SeatMap>, WriteError> {
    let Some(id) = id else { return Ok(None) };
    Ok(store::seat_maps::get(conn, id).await?)
}
