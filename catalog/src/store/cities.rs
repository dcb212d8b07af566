//! Cities: found by country, region and name, or made.

use std::collections::HashMap;

use domain::CityId;
use serde_json::{Value, json};
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::statements::Statements;
use super::{column, copy, filter};
use crate::model::{City, CityFilter, Page, Position};

/// What tells cities apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CityKey {
    pub country: String,
    pub region: String,
    pub name: String,
}

impl City {
    pub fn key(&self) -> CityKey {
        CityKey { country: self.country.clone(), region: self.region.clone(), name: self.name.clone() }
    }
}

/// What a sitemap reads.
pub(super) const ADDRESSES: Statements = Statements {
    page: "-- cities.addresses\nSELECT id, slug, NULL::timestamptz AS changed_at FROM cities WHERE id >= $1 ORDER BY id LIMIT $2",
    marks: "-- cities.marks
        WITH RECURSIVE marks (id) AS (
            (SELECT id FROM cities ORDER BY id LIMIT 1)
            UNION ALL
            SELECT (SELECT id FROM cities WHERE id > marks.id ORDER BY id OFFSET $1 - 1 LIMIT 1) FROM marks WHERE marks.id IS NOT NULL
        )
        SELECT id FROM marks WHERE id IS NOT NULL",
};

pub async fn count(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let row = sqlx::query("-- cities.count\nSELECT count(*) AS n FROM cities").fetch_one(conn).await?;
    column::total(&row, "n")
}

pub async fn get(conn: &mut PgConnection, id: CityId) -> sqlx::Result<Option<City>> {
    let row = sqlx::query("-- cities.get\nSELECT * FROM cities WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.as_ref().map(city).transpose()
}

/// Reads these cities, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[CityId]) -> sqlx::Result<Vec<City>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query("-- cities.read_by_ids\nSELECT * FROM cities WHERE id = ANY($1) ORDER BY id")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    rows.iter().map(city).collect()
}

/// Reads the next cities in the order of their ids.
pub async fn read_batch(conn: &mut PgConnection, after: Option<CityId>, limit: u32) -> sqlx::Result<Vec<City>> {
    let rows = sqlx::query("-- cities.read_batch\nSELECT * FROM cities WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.iter().map(city).collect()
}

/// Lists cities by name; the nameless ones are never listed.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &CityFilter,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<City>> {
    let mut query = filter::Statement::new("-- cities.list\nSELECT * FROM cities WHERE name <> ''");
    filter::any_text(&mut query, "country", &wanted.country);
    filter::any_text(&mut query, "external_id", &wanted.external_id);
    if let Some(from) = wanted.upcoming_from {
        query.push(" AND id IN (SELECT city_id FROM event_cards WHERE ");
        filter::not_over(&mut query, from);
        query.push(")");
    }
    filter::behind(&mut query, "name", wanted.descending, after);
    filter::ordered(&mut query, "name", wanted.descending, limit);
    let rows = query.build().fetch_all(conn).await?;
    let cities = rows.iter().map(city).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(filter::page(cities, limit, |last| Position::Name(last.name.clone(), last.id.0)))
}

fn city(row: &PgRow) -> sqlx::Result<City> {
    Ok(City {
        id: CityId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        region: row.try_get("region")?,
        country: row.try_get("country")?,
        country_name: row.try_get("country_name")?,
        place: column::place(row, "lat", "lon")?,
        timezone: row.try_get("timezone")?,
        population: column::total(row, "population")?,
        aliases: row.try_get("aliases")?,
    })
}

/// The cities that addresses mean, and which rows that changed.
#[derive(Debug, Default)]
pub struct Ensured {
    pub ids: HashMap<CityKey, CityId>,
    pub changed: Vec<Uuid>,
}

/// Finds each wanted city or makes it; a known city learns its place and other spellings if it lacked them.
///
/// Takes     `wanted`: at most one city for each key. A key without a region means the largest city of that country and name.
pub async fn ensure(conn: &mut PgConnection, wanted: &[City]) -> sqlx::Result<Ensured> {
    let mut known = find(conn, wanted).await?;
    let missing: Vec<Value> = wanted.iter().filter(|city| !known.contains_key(&city.key())).map(record).collect();
    let mut changed = Vec::new();
    if !missing.is_empty() {
        changed = insert(conn, missing).await?;
        known = find(conn, wanted).await?;
    }
    changed.extend(learn(conn, wanted, &known).await?);
    Ok(Ensured { ids: known.into_iter().map(|(key, city)| (key, city.id)).collect(), changed })
}

async fn find(conn: &mut PgConnection, wanted: &[City]) -> sqlx::Result<HashMap<CityKey, City>> {
    let part = |of: fn(&City) -> &String| wanted.iter().map(of).cloned().collect::<Vec<String>>();
    let rows = sqlx::query(
        "-- cities.find
         SELECT DISTINCT ON (k.country, k.region, k.name) k.region AS asked, c.* FROM cities c
         JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (country, region, name)
           ON c.country = k.country AND c.name = k.name AND (c.region = k.region OR k.region = '')
         ORDER BY k.country, k.region, k.name, c.region <> k.region, c.population DESC, c.id",
    )
    .bind(part(|city| &city.country))
    .bind(part(|city| &city.region))
    .bind(part(|city| &city.name))
    .fetch_all(conn)
    .await?;
    let found = rows.iter().map(|row| {
        let city = city(row)?;
        Ok((CityKey { region: row.try_get("asked")?, ..city.key() }, city))
    });
    found.collect()
}

async fn insert(conn: &mut PgConnection, records: Vec<Value>) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "-- cities.insert
         INSERT INTO cities SELECT * FROM jsonb_populate_recordset(NULL::cities, $1) ON CONFLICT (country, region, name) DO NOTHING RETURNING id",
    )
    .bind(Json(records))
    .fetch_all(conn)
    .await
}

async fn learn(conn: &mut PgConnection, wanted: &[City], known: &HashMap<CityKey, City>) -> sqlx::Result<Vec<Uuid>> {
    let mut learnt: HashMap<CityId, City> = HashMap::new();
    for news in wanted {
        let Some(old) = known.get(&news.key()) else { continue };
        let now = learnt.entry(old.id).or_insert_with(|| old.clone());
        now.place = now.place.or(news.place);
        let unknown: Vec<String> = news.aliases.iter().filter(|alias| !now.aliases.contains(alias)).cloned().collect();
        now.aliases.extend(unknown);
    }
    learnt.retain(|_, city| known.values().all(|old| old.id != city.id || old != city));
    if learnt.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar(
        "-- cities.learn
         UPDATE cities t SET lat = n.lat, lon = n.lon, aliases = n.aliases
         FROM jsonb_populate_recordset(NULL::cities, $1) AS n WHERE t.id = n.id RETURNING t.id",
    )
    .bind(Json(learnt.values().map(record).collect::<Vec<_>>()))
    .fetch_all(conn)
    .await
}

fn record(city: &City) -> Value {
    json!({
        "id": city.id, "external_id": city.external_id, "slug": city.slug, "name": city.name, "region": city.region,
        "country": city.country, "country_name": city.country_name, "lat": city.place.map(|place| place.lat),
        "lon": city.place.map(|place| place.lon), "timezone": city.timezone, "population": city.population, "aliases": city.aliases,
    })
}

/// Copies new cities in.
pub async fn copy_in(conn: &mut PgConnection, cities: &[City]) -> sqlx::Result<u64> {
    let statement =
        "COPY cities (id, external_id, slug, name, region, country, country_name, lat, lon, timezone, population, aliases)
        FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 12, cities, |to, city| {
        to.uuid(city.id.0);
        to.maybe_text(city.external_id.as_deref());
        to.text(&city.slug);
        to.text(&city.name);
        to.text(&city.region);
        to.text(&city.country);
        to.text(&city.country_name);
        to.place(city.place);
        to.text(&city.timezone);
        to.int8(i64::try_from(city.population).unwrap_or(i64::MAX));
        to.texts(&city.aliases);
    })
    .await
}
