//! Events as the indexer reads them: many at a time, scalars and ids only.

use domain::{EventId, EventStatus};
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::column;
use crate::model::{EventSource, Kind, Precision};

const COLUMNS: &str = "id, external_id, slug, title, description, category, genre, event_type, season, topics,
    CASE WHEN works <> '[]' THEN works END AS works, series_id, venue_id, starts_at, ends_at, start_precision, timezone, status, url,
    online, popularity, price_from, price_to, currency, capacity,
    (seat_map_id IS NOT NULL AND price_from IS NOT NULL AND sale_opens_at IS NOT NULL) AS on_sale, sale_opens_at, sale_closes_at, version";

/// Reads the next events in the order of their ids; the whole catalogue in a loop until a batch comes back short.
///
/// Takes     `limit`: 5,000 to 20,000 suits; a REPEATABLE READ transaction gives one picture of all batches.
/// Cost      two statements a batch: events with their map's capacity, and their bills.
pub async fn read_batch(conn: &mut PgConnection, after: Option<EventId>, limit: u32) -> sqlx::Result<Vec<EventSource>> {
    let mut query = sqlx::QueryBuilder::new("-- events.read_batch\nSELECT ");
    query.push(COLUMNS).push(" FROM event_cards WHERE id > ").push_bind(after.map_or(Uuid::nil(), |id| id.0));
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(&mut *conn).await?;
    with_bills(conn, rows).await
}

/// Reads these events, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[EventId]) -> sqlx::Result<Vec<EventSource>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut query = sqlx::QueryBuilder::new("-- events.read_by_ids\nSELECT ");
    query.push(COLUMNS).push(" FROM event_cards WHERE id = ANY(").push_bind(ids).push(") ORDER BY id");
    let rows = query.build().fetch_all(&mut *conn).await?;
    with_bills(conn, rows).await
}

async fn with_bills(conn: &mut PgConnection, rows: Vec<PgRow>) -> sqlx::Result<Vec<EventSource>> {
    let mut sources = rows.iter().map(source).collect::<sqlx::Result<Vec<_>>>()?;
    let ids: Vec<Uuid> = sources.iter().map(|source| source.id.0).collect();
    let mut bills = super::event_performers::of_events(conn, &ids).await?;
    for source in &mut sources {
        source.performers = bills.remove(&source.id).unwrap_or_default();
    }
    Ok(sources)
}

fn source(row: &PgRow) -> sqlx::Result<EventSource> {
    Ok(EventSource {
        id: EventId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        slug: row.try_get("slug")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        category: row.try_get("category")?,
        genre: row.try_get("genre")?,
        event_type: row.try_get("event_type")?,
        season: row.try_get("season")?,
        topics: row.try_get("topics")?,
        works: row.try_get::<Option<Json<Vec<_>>>, _>("works")?.map(|works| works.0).unwrap_or_default(),
        series_id: row.try_get::<Option<Uuid>, _>("series_id")?.map(Into::into),
        venue_id: row.try_get::<Option<Uuid>, _>("venue_id")?.map(Into::into),
        performers: Vec::new(),
        starts_at: column::instant(row, "starts_at")?,
        ends_at: column::maybe_instant(row, "ends_at")?,
        start_precision: precision(row)?,
        timezone: row.try_get("timezone")?,
        status: status(row)?,
        url: row.try_get("url")?,
        online: row.try_get("online")?,
        popularity: column::natural(row, "popularity")?,
        price_from: row.try_get("price_from")?,
        price_to: row.try_get("price_to")?,
        currency: row.try_get("currency")?,
        capacity: column::maybe_natural(row, "capacity")?,
        on_sale: row.try_get("on_sale")?,
        sale_opens_at: column::maybe_instant(row, "sale_opens_at")?,
        sale_closes_at: column::maybe_instant(row, "sale_closes_at")?,
        version: row.try_get("version")?,
    })
}

pub(super) fn status(row: &PgRow) -> sqlx::Result<EventStatus> {
    let text: &str = row.try_get("status")?;
    EventStatus::parse(text).ok_or_else(|| column::decode("status", format!("{text:?} is no status")))
}

pub(super) fn precision(row: &PgRow) -> sqlx::Result<Precision> {
    let text: &str = row.try_get("start_precision")?;
    Precision::parse(text).ok_or_else(|| column::decode("start_precision", format!("{text:?} is no precision")))
}

/// Finds the events whose search documents or cards show a record: of a venue, performer, series or city that changed.
///
/// Gives     ids after `after`, in order, at most `limit`: loop until a batch comes back short.
pub async fn dependents(
    conn: &mut PgConnection,
    kind: Kind,
    id: Uuid,
    after: Option<EventId>,
    limit: u32,
) -> sqlx::Result<Vec<EventId>> {
    let condition = match kind {
        Kind::Event => "id = ",
        Kind::Venue => "venue_id = ",
        Kind::Series => "series_id = ",
        Kind::City => "city_id = ",
        Kind::Performer => return super::event_performers::events_of(conn, id, after, limit).await,
    };
    let mut query = sqlx::QueryBuilder::new("-- events.dependents\nSELECT id FROM event_cards WHERE ");
    query.push(condition).push_bind(id).push(" AND id > ").push_bind(after.map_or(Uuid::nil(), |id| id.0));
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    let ids: Vec<Uuid> = query.build_query_scalar().fetch_all(conn).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewEvent;
    use crate::write::fixture::{self, cast, new_event, tiers};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn batches_give_every_event_once_with_bill_and_capacity(pool: PgPool) {
        let (venue, owls) = (fixture::venue(&pool, "Hall").await, fixture::performer(&pool, "Owls").await);
        for n in 0..5 {
            let new = NewEvent {
                venue_id: Some(venue.row.id),
                capacity: (n > 0).then_some(40),
                performers: vec![cast(&owls, "band")],
                sale_opens_at: "2027-01-01T00:00:00Z".parse().ok(),
                ..new_event(&format!("Night {n}"))
            };
            let event = fixture::event(&pool, new).await;
            crate::write::put_tiers(&pool, event.row.id, tiers(&[2_000, 3_000]), None).await.expect("priced");
        }
        let mut conn = pool.acquire().await.expect("a connection");
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let batch = read_batch(&mut conn, after, 2).await.expect("a batch");
            after = batch.last().map(|event| event.id);
            seen.extend(batch);
            if seen.len() % 2 == 1 {
                break;
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.iter().all(|event| event.performers.len() == 1 && event.price_to == Some(3_000)));
        assert_eq!(seen.iter().filter(|event| event.on_sale && event.capacity == Some(40)).count(), 4);
        let ids: Vec<_> = seen.iter().map(|event| event.id).collect();
        assert_eq!(read_by_ids(&mut conn, &ids).await.expect("read"), seen);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_shows_a_record_is_found_when_it_changes(pool: PgPool) {
        let (venue, owls) = (fixture::venue(&pool, "Hall").await, fixture::performer(&pool, "Owls").await);
        let series = fixture::series(&pool, "Tour").await;
        let new = NewEvent {
            venue_id: Some(venue.row.id),
            series_id: Some(series.row.id),
            performers: vec![cast(&owls, "band"), cast(&owls, "host")],
            ..new_event("Night")
        };
        let event = fixture::event(&pool, new).await.row.id;
        fixture::event(&pool, new_event("Elsewhere")).await;
        let city = venue.row.city_id.expect("a city").0;
        let mut conn = pool.acquire().await.expect("a connection");
        let table = [
            (Kind::Venue, venue.row.id.0),
            (Kind::Performer, owls.row.id.0),
            (Kind::Series, series.row.id.0),
            (Kind::City, city),
            (Kind::Event, event.0),
        ];
        for (kind, id) in table {
            assert_eq!(dependents(&mut conn, kind, id, None, 10).await.expect("read"), [event], "{kind:?}");
            assert_eq!(dependents(&mut conn, kind, id, Some(event), 10).await.expect("read"), [], "{kind:?}");
        }
    }
}
