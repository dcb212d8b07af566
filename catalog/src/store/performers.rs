//! Performers.

use domain::{OrganiserId, PerformerId};
use serde_json::{Value, json};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::statements::Statements;
use super::update::{self, Update};
use super::{Locked, column, copy, external, filter, image_links};
use crate::model::{NameFilter, Page, Performer, PerformerRow, Pictured, Position};

const UPDATE: Update = Update {
    table: "performers",
    columns: &[
        "external_id",
        "source",
        "slug",
        "name",
        "sort_name",
        "kind",
        "kinds",
        "instruments",
        "sport",
        "city",
        "country",
        "aliases",
        "description",
    ],
    edition: &[],
};

/// What a sitemap reads.
pub(super) const ADDRESSES: Statements = Statements {
    page: "-- performers.addresses\nSELECT id, slug, updated_at AS changed_at FROM performers WHERE id >= $1 ORDER BY id LIMIT $2",
    marks: "-- performers.marks
        WITH RECURSIVE marks (id) AS (
            (SELECT id FROM performers ORDER BY id LIMIT 1)
            UNION ALL
            SELECT (SELECT id FROM performers WHERE id > marks.id ORDER BY id OFFSET $1 - 1 LIMIT 1) FROM marks WHERE marks.id IS NOT NULL
        )
        SELECT id FROM marks WHERE id IS NOT NULL",
};

/// Which of these ids are known.
pub async fn known(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("-- performers.known\nSELECT id FROM performers WHERE id = ANY($1)").bind(ids).fetch_all(conn).await
}

pub async fn count(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let row = sqlx::query("-- performers.count\nSELECT count(*) AS n FROM performers").fetch_one(conn).await?;
    column::total(&row, "n")
}

pub async fn get(conn: &mut PgConnection, id: PerformerId) -> sqlx::Result<Option<Performer>> {
    let row = sqlx::query("-- performers.get\nSELECT * FROM performers WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.as_ref().map(performer).transpose()
}

/// Locks a performer's row until the transaction ends, if it is theirs who may; gives its version and whose it is.
pub async fn lock(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: PerformerId) -> sqlx::Result<Option<Locked>> {
    let statement = "-- performers.lock
        SELECT version, organiser_id FROM performers WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) FOR UPDATE";
    Locked::read(conn, statement, bounds, id.0).await
}

/// Lists performers by name.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &NameFilter,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<Performer>> {
    let mut query = filter::Statement::new("-- performers.list\nSELECT * FROM performers WHERE true");
    filter::any_text(&mut query, "country", &wanted.country);
    filter::any_text(&mut query, "external_id", &wanted.external_id);
    filter::any_text(&mut query, "source", &wanted.source);
    filter::behind(&mut query, "name", wanted.descending, after);
    filter::ordered(&mut query, "name", wanted.descending, limit);
    let rows = query.build().fetch_all(conn).await?;
    let performers = rows.iter().map(performer).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(filter::page(performers, limit, |last| Position::Name(last.row.name.clone(), last.row.id.0)))
}

/// Reads the next performers in the order of their ids; the whole catalogue in a loop until a batch comes back short.
pub async fn read_batch(conn: &mut PgConnection, after: Option<PerformerId>, limit: u32) -> sqlx::Result<Vec<Performer>> {
    let rows = sqlx::query("-- performers.read_batch\nSELECT * FROM performers WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit))
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(performer).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// Reads these performers, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[PerformerId]) -> sqlx::Result<Vec<Performer>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query("-- performers.read_by_ids\nSELECT * FROM performers WHERE id = ANY($1) ORDER BY id")
        .bind(ids)
        .fetch_all(&mut *conn)
        .await?;
    let mut records = rows.iter().map(performer).collect::<sqlx::Result<Vec<_>>>()?;
    image_links::fill(conn, &mut records).await?;
    Ok(records)
}

/// Which of these performers exist; keeps them until the transaction ends.
pub async fn existing(conn: &mut PgConnection, ids: &[PerformerId]) -> sqlx::Result<Vec<PerformerId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let found: Vec<Uuid> =
        sqlx::query_scalar("-- performers.existing\nSELECT id FROM performers WHERE id = ANY($1) FOR KEY SHARE")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    Ok(found.into_iter().map(PerformerId).collect())
}

/// Which of these external ids are an organiser's, and as what.
pub async fn by_external_ids(
    conn: &mut PgConnection,
    owner: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<external::Known<PerformerId>> {
    let statement = "-- performers.by_external_ids
        SELECT external_id, source, id FROM performers WHERE external_id = ANY($1) AND organiser_id = $2";
    external::known(conn, statement, owner, external_ids).await
}

/// Makes all performers what the migration to sources found: from before they were kept.
#[cfg(test)]
pub(crate) async fn forget_sources(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("-- performers.forget_sources\nUPDATE performers SET source = NULL").execute(conn).await?;
    Ok(())
}

fn performer(row: &PgRow) -> sqlx::Result<Performer> {
    Ok(Performer {
        row: PerformerRow {
            id: PerformerId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            source: row.try_get::<Option<String>, _>("source")?.unwrap_or_default(),
            slug: row.try_get("slug")?,
            name: row.try_get("name")?,
            sort_name: row.try_get("sort_name")?,
            kind: row.try_get("kind")?,
            kinds: row.try_get("kinds")?,
            instruments: row.try_get("instruments")?,
            sport: row.try_get("sport")?,
            city: row.try_get("city")?,
            country: row.try_get("country")?,
            aliases: row.try_get("aliases")?,
            description: row.try_get("description")?,
        },
        image: Pictured::default(),
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}

/// Updates the performers that differ, or are `touched`; gives their ids.
pub async fn update(
    conn: &mut PgConnection,
    bounds: Option<OrganiserId>,
    performers: &[PerformerRow],
    touched: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    update::where_different(conn, &UPDATE, bounds, performers.iter().map(record).collect(), touched).await
}

pub(crate) fn record(performer: &PerformerRow) -> Value {
    json!({
        "id": performer.id, "external_id": performer.external_id, "source": performer.source, "slug": performer.slug, "name": performer.name,
        "sort_name": performer.sort_name, "kind": performer.kind, "kinds": performer.kinds, "instruments": performer.instruments,
        "sport": performer.sport, "city": performer.city, "country": performer.country, "aliases": performer.aliases,
        "description": performer.description,
    })
}

/// Deletes a performer; the schema refuses while it is on a bill.
pub async fn delete(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: PerformerId) -> sqlx::Result<()> {
    let statement = "-- performers.delete
        DELETE FROM performers WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)).execute(conn).await?;
    Ok(())
}

/// Copies new performers in.
pub async fn copy_in(conn: &mut PgConnection, owner: OrganiserId, performers: &[PerformerRow]) -> sqlx::Result<u64> {
    let statement =
        "COPY performers (id, external_id, source, slug, name, sort_name, kind, kinds, instruments, sport, city, country, aliases,
        description, organiser_id) FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 15, performers, |to, performer| {
        to.uuid(performer.id.0);
        to.maybe_text(performer.external_id.as_deref());
        to.text(&performer.source);
        to.text(&performer.slug);
        to.text(&performer.name);
        to.text(&performer.sort_name);
        to.text(&performer.kind);
        to.texts(&performer.kinds);
        to.texts(&performer.instruments);
        to.text(&performer.sport);
        to.text(&performer.city);
        to.text(&performer.country);
        to.texts(&performer.aliases);
        to.text(&performer.description);
        to.uuid(owner.0);
    })
    .await
}
