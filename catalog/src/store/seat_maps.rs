//! Seat maps: a version of a venue's floor, stored once and never changed.

use domain::{OrganiserId, SeatMap, SeatMapId, VenueId};
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{column, copy};
use crate::model::{SeatMapHead, SeatMapRow};

const HEAD: &str = "id, venue_id, name, version, sha256, capacity, created_at";

pub async fn get(conn: &mut PgConnection, id: SeatMapId) -> sqlx::Result<Option<SeatMap>> {
    let map: Option<Json<SeatMap>> =
        sqlx::query_scalar("-- seat_maps.get\nSELECT map FROM seat_maps WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    Ok(map.map(|map| map.0))
}

pub async fn head(conn: &mut PgConnection, id: SeatMapId) -> sqlx::Result<Option<SeatMapHead>> {
    let mut query = sqlx::QueryBuilder::new("-- seat_maps.head\nSELECT ");
    query.push(HEAD).push(" FROM seat_maps WHERE id = ").push_bind(id.0);
    query.build().fetch_optional(conn).await?.as_ref().map(read_head).transpose()
}

/// A seat map that an organiser may sell by: one of his own, or one of the owner of its venue.
pub async fn usable(conn: &mut PgConnection, own: OrganiserId, id: SeatMapId) -> sqlx::Result<Option<SeatMapHead>> {
    let mut query = sqlx::QueryBuilder::new("-- seat_maps.usable\nSELECT ");
    query.push(HEAD).push(" FROM seat_maps WHERE id = ").push_bind(id.0);
    usable_by(&mut query, own);
    query.build().fetch_optional(conn).await?.as_ref().map(read_head).transpose()
}

fn usable_by(query: &mut sqlx::QueryBuilder<sqlx::Postgres>, own: OrganiserId) {
    query.push(" AND (organiser_id = ").push_bind(own.0);
    query.push(" OR organiser_id = (SELECT v.organiser_id FROM venue_owners v WHERE v.id = venue_id))");
}

/// The newest version of every map of a venue's owner, by name; at most 100. Copies that others made are theirs.
pub async fn of_venue(conn: &mut PgConnection, venue: VenueId) -> sqlx::Result<Vec<SeatMapHead>> {
    let mut query = sqlx::QueryBuilder::new("-- seat_maps.of_venue\nSELECT DISTINCT ON (name) ");
    query.push(HEAD).push(" FROM seat_maps WHERE venue_id = ").push_bind(venue.0);
    query.push(" AND organiser_id = (SELECT v.organiser_id FROM venue_owners v WHERE v.id = venue_id)");
    query.push(" ORDER BY name, version DESC LIMIT 100");
    query.build().fetch_all(conn).await?.iter().map(read_head).collect()
}

/// The newest version of an organiser's map of that name at a venue.
pub async fn newest(conn: &mut PgConnection, own: OrganiserId, venue: VenueId, name: &str) -> sqlx::Result<Option<SeatMapHead>> {
    let mut query = sqlx::QueryBuilder::new("-- seat_maps.newest\nSELECT ");
    query.push(HEAD).push(" FROM seat_maps WHERE venue_id = ").push_bind(venue.0).push(" AND name = ").push_bind(name.to_owned());
    query.push(" AND organiser_id = ").push_bind(own.0).push(" ORDER BY version DESC LIMIT 1");
    query.build().fetch_optional(conn).await?.as_ref().map(read_head).transpose()
}

/// A map of that content at a venue that an organiser may sell by, whatever its name or version.
pub async fn with_hash(
    conn: &mut PgConnection,
    own: OrganiserId,
    venue: VenueId,
    sha256: &[u8; 32],
) -> sqlx::Result<Option<SeatMapHead>> {
    let mut query = sqlx::QueryBuilder::new("-- seat_maps.with_hash\nSELECT ");
    query
        .push(HEAD)
        .push(" FROM seat_maps WHERE venue_id = ")
        .push_bind(venue.0)
        .push(" AND sha256 = ")
        .push_bind(sha256.to_vec());
    usable_by(&mut query, own);
    query.push(" ORDER BY id LIMIT 1");
    query.build().fetch_optional(conn).await?.as_ref().map(read_head).transpose()
}

fn read_head(row: &PgRow) -> sqlx::Result<SeatMapHead> {
    Ok(SeatMapHead {
        id: SeatMapId(row.try_get("id")?),
        venue_id: VenueId(row.try_get::<Uuid, _>("venue_id")?),
        name: row.try_get("name")?,
        version: column::natural(row, "version")?,
        sha256: row.try_get("sha256")?,
        capacity: column::natural(row, "capacity")?,
        created_at: column::instant(row, "created_at")?,
    })
}

/// Keeps those of these seat maps that exist from being deleted until the transaction ends; gives how many they are.
pub async fn hold(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<usize> {
    let held = sqlx::query("-- seat_maps.hold\nSELECT FROM seat_maps WHERE id = ANY($1) FOR KEY SHARE")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    Ok(held.len())
}

/// Copies new versions in.
pub async fn copy_in(conn: &mut PgConnection, owner: OrganiserId, maps: &[SeatMapRow]) -> sqlx::Result<u64> {
    let statement =
        "COPY seat_maps (id, venue_id, name, version, sha256, capacity, map, organiser_id) FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 8, maps, |to, row| {
        to.uuid(row.id.0);
        to.uuid(row.venue_id.0);
        to.text(&row.map.name);
        to.int4(column::integer(row.version));
        to.bytea(&row.sha256());
        to.int4(column::integer(row.map.capacity()));
        to.jsonb(&row.map);
        to.uuid(owner.0);
    })
    .await
}
