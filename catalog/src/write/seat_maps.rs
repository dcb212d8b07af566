//! Seat maps: a venue's floor, in our own format or in pretix' seating-plan JSON.

use domain::{Actor, Clock, Invalid, OrganiserId, SeatMap, SeatMapId, VenueId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

use super::field::read;
use super::told::{Change, tell};
use super::{WriteError, matched, pretix};
use crate::model::{Kind, SeatMapHead, SeatMapRow, map_sha256};
use crate::store::{self, changes};

/// Reads a seat map from JSON: our own format, or a pretix seating plan, which has `zones`.
///
/// Refuses   invalid: what does not fit, by its field.
pub fn read_seat_map(json: Value) -> Result<SeatMap, Invalid> {
    let map = if json.get("zones").is_some() { pretix::read(json)? } else { read(json)? };
    map.validate().map_err(|wrong| Invalid::new(wrong.field, wrong.detail))?;
    Ok(map)
}

/// Stores a map as the newest version of the organiser's map of its name at a venue, unless the newest is the same floor. Whoever puts
/// a map at another's venue makes a copy of his own; the owner's maps stay as they are.
///
/// Takes     a map that [`read_seat_map`] gave, or a valid one.  `if_match`: the venue's version.
/// Gives     the version that holds the floor.  Events keep the version they have until an organiser moves them.
/// Refuses   not_found, conflict, invalid.
pub async fn put_seat_map(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    venue: VenueId,
    map: SeatMap,
    if_match: Option<i64>,
) -> Result<SeatMapHead, WriteError> {
    map.validate().map_err(|wrong| Invalid::new(wrong.field, wrong.detail))?;
    let mut tx = pg::begin_briefly(pool).await?;
    let venue_owner = matched(store::venues::lock(&mut tx, None, venue).await?, if_match)?;
    let owner = if by.bounds().is_none() { venue_owner } else { by.organiser };
    let newest = store::seat_maps::newest(&mut tx, owner, venue, &map.name).await?;
    if let Some(same) = newest.as_ref().filter(|newest| newest.sha256 == map_sha256(&map)) {
        return Ok(same.clone());
    }
    let head = add_version(&mut tx, clock, owner, venue, newest.map_or(1, |newest| newest.version + 1), map).await?;
    let after = serde_json::json!({ "id": head.id, "name": head.name, "version": head.version, "capacity": head.capacity });
    let put = Change { owner, action: "seat_maps.put", kind: Kind::Venue, id: venue.0, before: None, after: Some(after) };
    tell(&mut tx, by, put).await?;
    tx.commit().await?;
    Ok(head)
}

/// The map of a house without numbers, of this many places: one that the organiser may use, or a new one of his own.
///
/// Takes     a connection that has locked the venue's row.
pub(super) async fn general(
    conn: &mut PgConnection,
    clock: &Clock,
    owner: OrganiserId,
    venue: VenueId,
    capacity: u32,
) -> Result<SeatMapId, WriteError> {
    let map = SeatMap::general("General admission", capacity);
    if let Some(known) = store::seat_maps::with_hash(conn, owner, venue, &map_sha256(&map)).await? {
        return Ok(known.id);
    }
    let newest = store::seat_maps::newest(conn, owner, venue, &map.name).await?;
    Ok(add_version(conn, clock, owner, venue, newest.map_or(1, |newest| newest.version + 1), map).await?.id)
}

async fn add_version(
    conn: &mut PgConnection,
    clock: &Clock,
    owner: OrganiserId,
    venue_id: VenueId,
    version: u32,
    map: SeatMap,
) -> Result<SeatMapHead, WriteError> {
    let id = SeatMapId::at(clock.now());
    store::seat_maps::copy_in(conn, owner, &[SeatMapRow { id, venue_id, version, map }]).await?;
    changes::append(conn, Kind::Venue, &[venue_id.0]).await?;
    store::seat_maps::head(conn, id).await?.ok_or(WriteError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture::{self, clock};
    use serde_json::json;

    fn hall(places: u32) -> Value {
        json!({ "name": "Hall", "sections": [], "areas": [{ "id": "floor", "label": "Floor", "tier": "1", "capacity": places }] })
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn another_floor_is_another_version_and_the_same_floor_is_not(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await;
        let by = domain::Actor::house();
        let put = |json| put_seat_map(&pool, &CLOCK, &by, venue.row.id, read_seat_map(json).expect("a map"), None);
        let first = put(hall(100)).await.expect("stored");
        let again = put(hall(100)).await.expect("the same");
        let second = put(hall(120)).await.expect("stored");
        assert_eq!((first.version, first.capacity, &again), (1, 100, &first));
        assert_eq!((second.version, second.capacity), (2, 120));
        let mut conn = pool.acquire().await.expect("a connection");
        assert_eq!(store::seat_maps::of_venue(&mut conn, venue.row.id).await.expect("read"), [second]);
    }

    static CLOCK: std::sync::LazyLock<Clock> = std::sync::LazyLock::new(clock);

    #[sqlx::test(migrations = "../migrations")]
    async fn a_map_needs_its_venue_and_its_version(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await;
        let map = || read_seat_map(hall(5)).expect("a map");
        let stale = put_seat_map(&pool, &clock(), &domain::Actor::house(), venue.row.id, map(), Some(9)).await;
        assert!(matches!(stale, Err(WriteError::Conflict { version: 1 })), "{stale:?}");
        let nowhere = put_seat_map(&pool, &clock(), &domain::Actor::house(), VenueId::at(clock().now()), map(), None).await;
        assert!(matches!(nowhere, Err(WriteError::NotFound)), "{nowhere:?}");
    }

    #[test]
    fn a_wrong_map_names_its_field() {
        let table = [
            (json!({ "name": "x", "colour": "red" }), "colour"),
            (json!({ "sections": [] }), "name"),
            (json!([]), "body"),
            (hall(2_000_000), "areas[0].capacity"),
        ];
        for (json, field) in table {
            assert_eq!(read_seat_map(json).expect_err(field).field, field);
        }
    }
}
