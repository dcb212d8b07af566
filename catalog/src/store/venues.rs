//! Venues.

use domain::{CityId, OrganiserId, VenueId};
use serde_json::{Value, json};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::statements::Statements;
use super::update::{self, Update};
use super::{Locked, column, copy, external, filter, image_links};
use crate::model::{City, NameFilter, Page, Pictured, Position, Venue, VenueRow};

const UPDATE: Update = Update {
    table: "venues",
    columns: &[
        "external_id",
        "source",
        "slug",
        "name",
        "kind",
        "city_id",
        "address",
        "postal_code",
        "district",
        "lat",
        "lon",
        "timezone",
        "capacity",
        "aliases",
        "description",
    ],
    edition: &[],
};

/// What a sitemap reads.
pub(super) const ADDRESSES: Statements = Statements {
    page: "-- venues.addresses\nSELECT id, slug, updated_at AS changed_at FROM venues WHERE id >= $1 ORDER BY id LIMIT $2",
    marks: "-- venues.marks
        WITH RECURSIVE marks (id) AS (
            (SELECT id FROM venues ORDER BY id LIMIT 1)
            UNION ALL
            SELECT (SELECT id FROM venues WHERE id > marks.id ORDER BY id OFFSET $1 - 1 LIMIT 1) FROM marks WHERE marks.id IS NOT NULL
        )
        SELECT id FROM marks WHERE id IS NOT NULL",
};

/// Which of these ids are known.
pub async fn known(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("-- venues.known\nSELECT id FROM venues WHERE id = ANY($1)").bind(ids).fetch_all(conn).await
}

pub async fn count(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let row = sqlx::query("-- venues.count\nSELECT count(*) AS n FROM venues").fetch_one(conn).await?;
    column::total(&row, "n")
}

pub async fn get(conn: &mut PgConnection, id: VenueId) -> sqlx::Result<Option<Venue>> {
    let row = sqlx::query("-- venues.get\nSELECT * FROM venue_pages WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.as_ref().map(venue).transpose()
}

/// Locks a venue's row until the transaction ends, if it is theirs who may; gives its version and whose it is.
pub async fn lock(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: VenueId) -> sqlx::Result<Option<Locked>> {
    let statement = "-- venues.lock
        SELECT version, organiser_id FROM venues WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) FOR UPDATE";
    Locked::read(conn, statement, bounds, id.0).await
}

/// Lists venues by name.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &NameFilter,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<Venue>> {
    let mut query = filter::Statement::new("-- venues.list\nSELECT * FROM venue_pages WHERE true");
    filter::any_city(&mut query, &wanted.city);
    filter::any_text(&mut query, "country", &wanted.country);
    filter::any_text(&mut query, "external_id", &wanted.external_id);
    filter::any_text(&mut query, "source", &wanted.source);
    filter::behind(&mut query, "name", wanted.descending, after);
    filter::ordered(&mut query, "name", wanted.descending, limit);
    let rows = query.build().fetch_all(conn).await?;
    let venues = rows.iter().map(venue).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(filter::page(venues, limit, |last| Position::Name(last.row.name.clone(), last.row.id.0)))
}

/// Reads the next venues with their cities in the order of their ids; the whole catalogue in a loop until a batch comes back short.
pub async fn read_batch(conn: &mut PgConnection, after: Option<VenueId>, limit: u32) -> sqlx::Result<Vec<Venue>> {
    let rows = sqlx::query("-- venues.read_batch\nSELECT * FROM venue_pages WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit))
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(venue).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// Reads these venues, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[VenueId]) -> sqlx::Result<Vec<Venue>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query("-- venues.read_by_ids\nSELECT * FROM venue_pages WHERE id = ANY($1) ORDER BY id")
        .bind(ids)
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(venue).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// The venues that stand in a city.
pub async fn in_city(conn: &mut PgConnection, city: CityId) -> sqlx::Result<Vec<VenueId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar("-- venues.in_city\nSELECT id FROM venues WHERE city_id = $1 ORDER BY id")
        .bind(city.0)
        .fetch_all(conn)
        .await?;
    Ok(ids.into_iter().map(VenueId).collect())
}

/// Which of these external ids are an organiser's, and as what.
pub async fn by_external_ids(
    conn: &mut PgConnection,
    owner: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<external::Known<VenueId>> {
    let statement = "-- venues.by_external_ids
        SELECT external_id, source, id FROM venues WHERE external_id = ANY($1) AND organiser_id = $2";
    external::known(conn, statement, owner, external_ids).await
}

fn venue(row: &PgRow) -> sqlx::Result<Venue> {
    Ok(Venue {
        row: VenueRow {
            id: VenueId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            source: row.try_get::<Option<String>, _>("source")?.unwrap_or_default(),
            slug: row.try_get("slug")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            city_id: row.try_get::<Option<Uuid>, _>("city_id")?.map(CityId),
            address: row.try_get("address")?,
            postal_code: row.try_get("postal_code")?,
            district: row.try_get("district")?,
            place: column::place(row, "lat", "lon")?,
            timezone: row.try_get("timezone")?,
            capacity: column::maybe_natural(row, "capacity")?,
            aliases: row.try_get("aliases")?,
            description: row.try_get("description")?,
        },
        city: city(row)?,
        image: Pictured::default(),
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}

fn city(row: &PgRow) -> sqlx::Result<Option<City>> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("city_id")? else { return Ok(None) };
    Ok(Some(City {
        id: CityId(id),
        external_id: row.try_get("city_external_id")?,
        slug: row.try_get("city_slug")?,
        name: row.try_get("city_name")?,
        region: row.try_get("region")?,
        country: row.try_get("country")?,
        country_name: row.try_get("country_name")?,
        place: column::place(row, "city_lat", "city_lon")?,
        timezone: row.try_get("city_timezone")?,
        population: column::total(row, "city_population")?,
        aliases: row.try_get("city_aliases")?,
    }))
}

/// Updates the venues that differ, or are `touched`; gives their ids.
pub async fn update(
    conn: &mut PgConnection,
    bounds: Option<OrganiserId>,
    venues: &[VenueRow],
    touched: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    update::where_different(conn, &UPDATE, bounds, venues.iter().map(record).collect(), touched).await
}

pub(crate) fn record(venue: &VenueRow) -> Value {
    json!({
        "id": venue.id, "external_id": venue.external_id, "source": venue.source, "slug": venue.slug, "name": venue.name, "kind": venue.kind,
        "city_id": venue.city_id, "address": venue.address, "postal_code": venue.postal_code, "district": venue.district,
        "lat": venue.place.map(|place| place.lat), "lon": venue.place.map(|place| place.lon), "timezone": venue.timezone,
        "capacity": venue.capacity, "aliases": venue.aliases, "description": venue.description,
    })
}

/// Deletes a venue and its seat maps; the schema refuses while an event stands there.
pub async fn delete(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: VenueId) -> sqlx::Result<()> {
    let statement = "-- venues.delete
        DELETE FROM venues WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)).execute(conn).await?;
    Ok(())
}

/// Keeps those of these venues that exist from being deleted until the transaction ends; gives how many they are.
pub async fn hold(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<usize> {
    let held =
        sqlx::query("-- venues.hold\nSELECT FROM venues WHERE id = ANY($1) FOR KEY SHARE").bind(ids).fetch_all(conn).await?;
    Ok(held.len())
}

/// Copies new venues in.
pub async fn copy_in(conn: &mut PgConnection, owner: OrganiserId, venues: &[VenueRow]) -> sqlx::Result<u64> {
    let statement =
        "COPY venues (id, external_id, source, slug, name, kind, city_id, address, postal_code, district, lat, lon, timezone,
        capacity, aliases, description, organiser_id) FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 17, venues, |to, venue| {
        to.uuid(venue.id.0);
        to.maybe_text(venue.external_id.as_deref());
        to.text(&venue.source);
        to.text(&venue.slug);
        to.text(&venue.name);
        to.text(&venue.kind);
        to.maybe_uuid(venue.city_id.map(|id| id.0));
        to.text(&venue.address);
        to.text(&venue.postal_code);
        to.text(&venue.district);
        to.place(venue.place);
        to.text(&venue.timezone);
        to.maybe_int4(venue.capacity.map(column::integer));
        to.texts(&venue.aliases);
        to.text(&venue.description);
        to.uuid(owner.0);
    })
    .await
}
