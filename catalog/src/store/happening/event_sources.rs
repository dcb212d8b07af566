//! Events as the indexer reads them: many at a time, scalars and ids only.

use std::collections::HashMap;

use domain::{EventId, EventStatus, OrphanRule};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::model::{Cast, EventSource, Kind, More, Precision};
use crate::store::column;
use crate::store::copy::{self, Columns};

const COLUMNS: &str = "id, external_id, slug, title, description, category, genre, event_type, season, topics,
    CASE WHEN works <> '[]' THEN works END AS works, series_id, venue_id, starts_at, ends_at, start_precision, timezone, status,
    popularity, price_from, price_to, currency,
    (seat_map_id IS NOT NULL AND price_from IS NOT NULL AND sale_opens_at IS NOT NULL) AS on_sale, sale_opens_at, sale_closes_at,
    CASE WHEN tiers <> '[]' THEN tiers END AS tiers, language, released, CASE WHEN extras <> '{}' THEN extras END AS extras";

/// Reads the next events in the order of their ids; the whole catalogue in a loop until a batch comes back short.
///
/// Takes     `limit`: 5,000 to 20,000 suits; a REPEATABLE READ transaction gives one picture of all batches.
/// Cost      two statements a batch, each an index range: events, and their bills.
pub async fn read_batch(conn: &mut PgConnection, after: Option<EventId>, limit: u32) -> sqlx::Result<Vec<EventSource>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let statement =
        format!("events.read_batch\nCOPY (SELECT {COLUMNS} FROM event_records WHERE id > '{after}' ORDER BY id LIMIT {limit})");
    let sources = read(conn, &statement).await?;
    let (Some(first), Some(last)) = (sources.first(), sources.last()) else { return Ok(sources) };
    let bills = crate::store::event_performers::between(conn, first.id, last.id).await?;
    with_images(conn, with_bills(sources, bills)).await
}

/// Reads these events, in the order of their ids; what is gone is left out.
pub async fn read_by_ids(conn: &mut PgConnection, ids: &[EventId]) -> sqlx::Result<Vec<EventSource>> {
    let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    let wanted = ids.join(",");
    let statement =
        format!("events.read_by_ids\nCOPY (SELECT {COLUMNS} FROM event_records WHERE id = ANY('{{{wanted}}}') ORDER BY id)");
    let sources = read(conn, &statement).await?;
    let found: Vec<Uuid> = sources.iter().map(|source| source.id.0).collect();
    let bills = crate::store::event_performers::of_events(conn, &found).await?;
    with_images(conn, with_bills(sources, bills)).await
}

/// Ids and numbers stand in the statement itself: COPY takes no parameters.
async fn read(conn: &mut PgConnection, selection: &str) -> sqlx::Result<Vec<EventSource>> {
    copy::copy_out(conn, &format!("-- {selection} TO STDOUT (FORMAT binary)"), source).await
}

fn with_bills(mut sources: Vec<EventSource>, mut bills: HashMap<EventId, Vec<Cast>>) -> Vec<EventSource> {
    for source in &mut sources {
        source.performers = bills.remove(&source.id).unwrap_or_default();
    }
    sources
}

/// Fills in the events' own pictures.
async fn with_images(conn: &mut PgConnection, mut sources: Vec<EventSource>) -> sqlx::Result<Vec<EventSource>> {
    let ids: Vec<Uuid> = sources.iter().map(|source| source.id.0).collect();
    let mut pictures = crate::store::image_links::shown(conn, &ids).await?;
    if !pictures.is_empty() {
        sources.iter_mut().for_each(|source| source.image = pictures.remove(&source.id.0));
    }
    Ok(sources)
}

/// In the order of [`COLUMNS`].
fn source(row: &mut Columns<'_>) -> Option<EventSource> {
    Some(EventSource {
        id: EventId(row.uuid()?),
        external_id: row.maybe_text()?,
        slug: row.text()?,
        title: row.text()?,
        description: row.text()?,
        category: row.text()?,
        genre: row.text()?,
        event_type: row.text()?,
        season: row.text()?,
        topics: row.texts()?,
        works: row.maybe_jsonb()?.unwrap_or_default(),
        series_id: row.maybe_uuid()?.map(Into::into),
        venue_id: row.maybe_uuid()?.map(Into::into),
        performers: Vec::new(),
        starts_at: row.instant()?,
        ends_at: row.maybe_instant()?,
        start_precision: Precision::parse(row.str()?)?,
        timezone: row.text()?,
        status: EventStatus::parse(row.str()?)?,
        popularity: u32::try_from(row.int4()?).ok()?,
        price_from: row.maybe_int8()?,
        price_to: row.maybe_int8()?,
        currency: row.maybe_text()?,
        on_sale: row.boolean()?,
        sale_opens_at: row.maybe_instant()?,
        sale_closes_at: row.maybe_instant()?,
        tiers: row.maybe_jsonb()?.unwrap_or_default(),
        more: More { language: row.text()?, released: row.str()?.parse().ok(), extras: row.maybe_jsonb()?.unwrap_or_default() },
        image: None,
    })
}

pub(crate) fn status(row: &PgRow) -> sqlx::Result<EventStatus> {
    let text: &str = row.try_get("status")?;
    EventStatus::parse(text).ok_or_else(|| column::decode("status", format!("{text:?} is no status")))
}

pub(crate) fn orphan_rule(row: &PgRow) -> sqlx::Result<OrphanRule> {
    let text: &str = row.try_get("orphan_rule")?;
    OrphanRule::parse(text).ok_or_else(|| column::decode("orphan_rule", format!("{text:?} is no rule")))
}

pub(crate) fn precision(row: &PgRow) -> sqlx::Result<Precision> {
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
        // who shows an image has lines of its own in the feed
        Kind::Image => return Ok(Vec::new()),
        Kind::Performer => return crate::store::event_performers::events_of(conn, id, after, limit).await,
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
    use crate::model::{NewEvent, Work};
    use crate::write::fixture::{self, cast, new_event, tiers};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn batches_give_every_event_once_with_its_bill(pool: PgPool) {
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
            crate::write::put_tiers(&pool, &domain::Actor::house(), event.row.id, tiers(&[2_000, 3_000]), None)
                .await
                .expect("priced");
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
        assert_eq!(seen.iter().filter(|event| event.on_sale).count(), 4);
        let ids: Vec<_> = seen.iter().map(|event| event.id).collect();
        assert_eq!(read_by_ids(&mut conn, &ids).await.expect("read"), seen);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn every_column_of_a_copy_is_read_as_it_was_written(pool: PgPool) {
        let at = |text: &str| text.parse().expect("an instant");
        let work = Work {
            composer: "Dvořák".into(),
            title: "Rusalka".into(),
            movements: vec!["I, “Měsíčku”".into()],
            ..Work::default()
        };
        let full = NewEvent {
            external_id: Some("x-1".into()),
            description: "a\tb\\ {\"c\",NULL}".into(),
            category: "concert".into(),
            genre: "opera".into(),
            event_type: "gala".into(),
            season: "2027-28".into(),
            topics: vec!["NULL".into(), "a,b".into(), "\"c\" {d}".into()],
            works: vec![work.clone(), Work { title: "Encore".into(), ..Work::default() }],
            ends_at: Some(at("2027-12-31T23:59:59.5Z")),
            start_precision: Precision::Day,
            status: EventStatus::Cancelled,
            popularity: 77,
            more: More {
                language: "cs".into(),
                released: Some(jiff::civil::date(1901, 3, 31)),
                extras: serde_json::Map::from_iter([("a".to_owned(), serde_json::json!({ "b": [1, null] }))]),
            },
            sale_opens_at: Some(at("1969-12-31T23:59:59.999999Z")),
            ..new_event("Dvořák’s “Rusalka”")
        };
        let (full, bare) = (fixture::event(&pool, full).await, fixture::event(&pool, new_event("Bare")).await);
        let mut conn = pool.acquire().await.expect("a connection");
        let mut read = read_by_ids(&mut conn, &[full.row.id, bare.row.id]).await.expect("read");
        // two ids of the same millisecond stand in either order
        read.sort_by_key(|source| source.id != full.row.id);
        for (source, written) in read.iter().zip([&full.row, &bare.row]) {
            assert_eq!((source.id, &source.external_id, &source.slug), (written.id, &written.external_id, &written.slug));
            assert_eq!((&source.title, &source.description), (&written.title, &written.description));
            assert_eq!((&source.category, &source.genre), (&written.category, &written.genre));
            assert_eq!((&source.event_type, &source.season), (&written.event_type, &written.season));
            assert_eq!((&source.topics, &source.works), (&written.topics, &written.works));
            assert_eq!((source.starts_at, source.ends_at), (written.starts_at, written.ends_at));
            assert_eq!((source.start_precision, source.status), (written.start_precision, written.status));
            assert_eq!((&source.more, &source.tiers), (&written.more, &written.tiers));
            assert_eq!((&source.timezone, source.popularity), (&written.timezone, written.popularity));
            assert_eq!((source.sale_opens_at, source.sale_closes_at), (written.sale_opens_at, written.sale_closes_at));
        }
        assert_eq!((read.len(), &read[0].works[0], read[0].topics.len()), (2, &work, 3));
        assert_eq!((&read[1].external_id, read[1].venue_id, read[1].price_from), (&None, None, None));
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
