//! Series.

use domain::{OrganiserId, SeriesId};
use serde_json::{Value, json};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::statements::Statements;
use super::update::{self, Update};
use super::{Locked, column, copy, external, filter, image_links};
use crate::model::{NameFilter, Page, Pictured, Position, Series, SeriesRow};

const UPDATE: Update = Update {
    table: "series",
    columns: &["external_id", "source", "slug", "title", "kind", "category", "description"],
    edition: &[],
};

/// What a sitemap reads.
pub(super) const ADDRESSES: Statements = Statements {
    page: "-- series.addresses\nSELECT id, slug, updated_at AS changed_at FROM series WHERE id >= $1 ORDER BY id LIMIT $2",
    marks: "-- series.marks
        WITH RECURSIVE marks (id) AS (
            (SELECT id FROM series ORDER BY id LIMIT 1)
            UNION ALL
            SELECT (SELECT id FROM series WHERE id > marks.id ORDER BY id OFFSET $1 - 1 LIMIT 1) FROM marks WHERE marks.id IS NOT NULL
        )
        SELECT id FROM marks WHERE id IS NOT NULL",
};

/// Which of these ids are known.
pub async fn known(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("-- series.known\nSELECT id FROM series WHERE id = ANY($1)").bind(ids).fetch_all(conn).await
}

pub async fn count(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let row = sqlx::query("-- series.count\nSELECT count(*) AS n FROM series").fetch_one(conn).await?;
    column::total(&row, "n")
}

pub async fn get(conn: &mut PgConnection, id: SeriesId) -> sqlx::Result<Option<Series>> {
    let row = sqlx::query("-- series.get\nSELECT * FROM series WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.as_ref().map(series).transpose()
}

/// Locks a series' row until the transaction ends, if it is theirs who may; gives its version and whose it is.
pub async fn lock(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: SeriesId) -> sqlx::Result<Option<Locked>> {
    let statement = "-- series.lock
        SELECT version, organiser_id FROM series WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) FOR UPDATE";
    Locked::read(conn, statement, bounds, id.0).await
}

/// Whether there is such a series, and it is theirs who may change it.
pub async fn is_within(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: SeriesId) -> sqlx::Result<bool> {
    let statement = "-- series.is_within
        SELECT EXISTS (SELECT FROM series WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2))";
    sqlx::query_scalar(statement).bind(id.0).bind(bounds.map(|own| own.0)).fetch_one(conn).await
}

/// Lists series by title.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &NameFilter,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<Series>> {
    let mut query = filter::Statement::new("-- series.list\nSELECT * FROM series WHERE true");
    filter::any_name(&mut query, "category", &wanted.category);
    filter::any_text(&mut query, "external_id", &wanted.external_id);
    filter::any_text(&mut query, "source", &wanted.source);
    filter::behind(&mut query, "title", wanted.descending, after);
    filter::ordered(&mut query, "title", wanted.descending, limit);
    let rows = query.build().fetch_all(conn).await?;
    let items = rows.iter().map(series).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(filter::page(items, limit, |last| Position::Name(last.row.title.clone(), last.row.id.0)))
}

/// Lists the series that have a date in a city, by title.
pub async fn in_city(
    conn: &mut PgConnection,
    city: domain::CityId,
    from: Option<jiff::Timestamp>,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<Series>> {
    let mut query = filter::Statement::new(
        "-- series.in_city\nSELECT * FROM series WHERE id IN (SELECT series_id FROM event_cards WHERE city_id = ",
    );
    query.push_bind(city.0);
    if let Some(from) = from {
        query.push(" AND ");
        filter::not_over(&mut query, from);
    }
    query.push(")");
    filter::behind(&mut query, "title", false, after);
    filter::ordered(&mut query, "title", false, limit);
    let rows = query.build().fetch_all(conn).await?;
    let items = rows.iter().map(series).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(filter::page(items, limit, |last| Position::Name(last.row.title.clone(), last.row.id.0)))
}

/// Reads the next series in the order of their ids; the whole catalogue in a loop until a batch comes back short.
pub async fn read_batch(conn: &mut PgConnection, after: Option<SeriesId>, limit: u32) -> sqlx::Result<Vec<Series>> {
    let rows = sqlx::query("-- series.read_batch\nSELECT * FROM series WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit))
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(series).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// Reads these series, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[SeriesId]) -> sqlx::Result<Vec<Series>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query("-- series.read_by_ids\nSELECT * FROM series WHERE id = ANY($1) ORDER BY id")
        .bind(ids)
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(series).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// Which of these external ids are an organiser's, and as what.
pub async fn by_external_ids(
    conn: &mut PgConnection,
    owner: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<external::Known<SeriesId>> {
    let statement = "-- series.by_external_ids
        SELECT external_id, source, id FROM series WHERE external_id = ANY($1) AND organiser_id = $2";
    external::known(conn, statement, owner, external_ids).await
}

fn series(row: &PgRow) -> sqlx::Result<Series> {
    Ok(Series {
        row: SeriesRow {
            id: SeriesId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            source: row.try_get::<Option<String>, _>("source")?.unwrap_or_default(),
            slug: row.try_get("slug")?,
            title: row.try_get("title")?,
            kind: row.try_get("kind")?,
            category: row.try_get("category")?,
            description: row.try_get("description")?,
        },
        image: Pictured::default(),
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}

/// Updates the series that differ, or are `touched`; gives their ids.
pub async fn update(
    conn: &mut PgConnection,
    bounds: Option<OrganiserId>,
    rows: &[SeriesRow],
    touched: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    update::where_different(conn, &UPDATE, bounds, rows.iter().map(record).collect(), touched).await
}

pub(crate) fn record(series: &SeriesRow) -> Value {
    json!({
        "id": series.id, "external_id": series.external_id, "source": series.source, "slug": series.slug, "title": series.title, "kind": series.kind,
        "category": series.category, "description": series.description,
    })
}

/// Deletes a series; the schema refuses while an event is one of its dates.
pub async fn delete(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: SeriesId) -> sqlx::Result<()> {
    let statement = "-- series.delete
        DELETE FROM series WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)).execute(conn).await?;
    Ok(())
}

/// Keeps those of these series that exist from being deleted until the transaction ends; gives how many they are.
pub async fn hold(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<usize> {
    let held =
        sqlx::query("-- series.hold\nSELECT FROM series WHERE id = ANY($1) FOR KEY SHARE").bind(ids).fetch_all(conn).await?;
    Ok(held.len())
}

/// Copies new series in.
pub async fn copy_in(conn: &mut PgConnection, owner: OrganiserId, rows: &[SeriesRow]) -> sqlx::Result<u64> {
    let statement = "COPY series (id, external_id, source, slug, title, kind, category, description, organiser_id) FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 9, rows, |to, series| {
        to.uuid(series.id.0);
        to.maybe_text(series.external_id.as_deref());
        to.text(&series.source);
        to.text(&series.slug);
        to.text(&series.title);
        to.text(&series.kind);
        to.text(&series.category);
        to.text(&series.description);
        to.uuid(owner.0);
    })
    .await
}
