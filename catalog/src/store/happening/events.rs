//! Events: writing them. Reading one or a list: `event_lists`; reading many for the index: `event_sources`.

use domain::{EventId, OrganiserId, SeriesId, VenueId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::EventRow;
use crate::store::references::{self, HeldReferences};
use crate::store::statements::Statements;
use crate::store::update::{self, Update};
use crate::store::{Aside, Locked, column, copy, event_performers, external};

pub use crate::store::event_lists::{get, list, series_dates};
pub use crate::store::event_sources::{dependents, read_batch, read_by_ids};

/// What a ticket shows: its change makes a new edition.
const EDITION: &[&str] = &["title", "venue_id", "starts_at", "doors_at", "start_precision", "timezone"];

/// The indexes that need not be there while the first events of all come.
const LATER: [&str; 3] = ["events_venue", "events_start", "events_series"];

/// What imports know of an event. What is sold, and when, is not theirs.
const FACTS: Update = Update {
    table: "events",
    columns: &[
        "external_id",
        "slug",
        "title",
        "description",
        "category",
        "genre",
        "event_type",
        "season",
        "topics",
        "works",
        "series_id",
        "venue_id",
        "starts_at",
        "ends_at",
        "doors_at",
        "start_precision",
        "timezone",
        "status",
        "url",
        "online",
        "source",
        "language",
        "released",
        "extras",
    ],
    edition: EDITION,
};

const EVERYTHING: Update = Update {
    table: "events",
    columns: &[
        "external_id",
        "slug",
        "title",
        "description",
        "category",
        "genre",
        "event_type",
        "season",
        "topics",
        "works",
        "series_id",
        "venue_id",
        "starts_at",
        "ends_at",
        "doors_at",
        "start_precision",
        "timezone",
        "status",
        "url",
        "online",
        "source",
        "popularity",
        "seat_map_id",
        "tiers",
        "tier_of",
        "price_from",
        "price_to",
        "currency",
        "sale_opens_at",
        "sale_closes_at",
        "buyer_limit",
        "queue_required",
        "orphan_rule",
        "language",
        "released",
        "extras",
    ],
    edition: EDITION,
};

/// What a sitemap reads.
pub(crate) const ADDRESSES: Statements = Statements {
    page: "-- events.addresses\nSELECT id, slug, updated_at AS changed_at FROM events WHERE id >= $1 ORDER BY id LIMIT $2",
    marks: "-- events.marks
        WITH RECURSIVE marks (id) AS (
            (SELECT id FROM events ORDER BY id LIMIT 1)
            UNION ALL
            SELECT (SELECT id FROM events WHERE id > marks.id ORDER BY id OFFSET $1 - 1 LIMIT 1) FROM marks WHERE marks.id IS NOT NULL
        )
        SELECT id FROM marks WHERE id IS NOT NULL",
};

/// Which of these ids are known.
pub async fn known(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("-- events.known\nSELECT id FROM events WHERE id = ANY($1)").bind(ids).fetch_all(conn).await
}

pub async fn count(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let row = sqlx::query("-- events.count\nSELECT count(*) AS n FROM events").fetch_one(conn).await?;
    column::total(&row, "n")
}

/// Whether there is no event at all.
pub async fn is_empty(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("-- events.is_empty\nSELECT NOT EXISTS (SELECT FROM events)").fetch_one(conn).await
}

/// Puts aside what need not be there while the first events of all come: the indexes of events by place, time and series and of bills by
/// performer.
///
/// Gives     none where somebody has brought events meanwhile: then the transaction is to be given up.
/// Cost      nobody else reads or writes events or bills until the transaction ends.
pub async fn put_aside(conn: &mut PgConnection) -> sqlx::Result<Option<Aside>> {
    let aside = Aside::put(conn, "events, event_performers", &[&LATER[..], &event_performers::LATER].concat()).await?;
    Ok(is_empty(conn).await?.then_some(aside))
}

/// Whose an event is.
pub async fn organiser(conn: &mut PgConnection, id: EventId) -> sqlx::Result<Option<OrganiserId>> {
    let statement = "-- events.organiser
        SELECT organiser_id FROM events WHERE id = $1";
    Ok(sqlx::query_scalar(statement).bind(id.0).fetch_optional(conn).await?.map(OrganiserId))
}

/// Locks an event's row until the transaction ends, if it is theirs who may; gives its version and whose it is.
pub async fn lock(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: EventId) -> sqlx::Result<Option<Locked>> {
    let statement = "-- events.lock
        SELECT version, organiser_id FROM events WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) FOR UPDATE";
    Locked::read(conn, statement, bounds, id.0).await
}

/// Says whether an event stands at a venue.
pub async fn at_venue(conn: &mut PgConnection, venue: VenueId) -> sqlx::Result<bool> {
    sqlx::query_scalar("-- events.at_venue\nSELECT EXISTS (SELECT FROM events WHERE venue_id = $1)")
        .bind(venue.0)
        .fetch_one(conn)
        .await
}

/// Says whether an event is a date of a series.
pub async fn in_series(conn: &mut PgConnection, series: SeriesId) -> sqlx::Result<bool> {
    sqlx::query_scalar("-- events.in_series\nSELECT EXISTS (SELECT FROM events WHERE series_id = $1)")
        .bind(series.0)
        .fetch_one(conn)
        .await
}

/// Which of these external ids are an organiser's, and as what.
pub async fn by_external_ids(
    conn: &mut PgConnection,
    owner: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<external::Known<EventId>> {
    let statement = "-- events.by_external_ids
        SELECT external_id, source, id FROM events WHERE external_id = ANY($1) AND organiser_id = $2";
    external::known(conn, statement, owner, external_ids).await
}

/// Updates an event and its bill; gives whether anything differed or it was `touched`.
pub async fn update(conn: &mut PgConnection, bounds: Option<OrganiserId>, event: &EventRow, touched: bool) -> sqlx::Result<bool> {
    let touched = if touched { vec![event.id.0] } else { Vec::new() };
    Ok(!update_with_bills(conn, &EVERYTHING, bounds, std::slice::from_ref(event), touched).await?.is_empty())
}

/// Updates what an import knows of the events that differ, bills included; gives their ids.
pub async fn update_facts(conn: &mut PgConnection, bounds: Option<OrganiserId>, events: &[EventRow]) -> sqlx::Result<Vec<Uuid>> {
    update_with_bills(conn, &FACTS, bounds, events, Vec::new()).await
}

async fn update_with_bills(
    conn: &mut PgConnection,
    update: &Update,
    bounds: Option<OrganiserId>,
    events: &[EventRow],
    mut touched: Vec<Uuid>,
) -> sqlx::Result<Vec<Uuid>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    let bills = event_performers::of_events(conn, &ids).await?;
    let stored = |event: &EventRow| bills.get(&event.id).map_or(&[][..], Vec::as_slice);
    let recast: Vec<EventRow> = events.iter().filter(|event| stored(event) != event.performers).cloned().collect();
    if !recast.is_empty() {
        event_performers::replace(conn, &recast).await?;
    }
    touched.extend(recast.iter().map(|event| event.id.0));
    update::where_different(conn, update, bounds, events.iter().map(record).collect(), &touched).await
}

fn record(event: &EventRow) -> Value {
    let prices = event.price_range();
    json!({
        "id": event.id, "external_id": event.external_id, "slug": event.slug, "title": event.title, "description": event.description,
        "category": event.category, "genre": event.genre, "event_type": event.event_type, "season": event.season,
        "topics": event.topics, "works": event.works, "series_id": event.series_id, "venue_id": event.venue_id,
        "starts_at": event.starts_at, "ends_at": event.ends_at, "doors_at": event.doors_at,
        "start_precision": event.start_precision, "timezone": event.timezone, "status": event.status, "url": event.url, "online": event.online, "source": event.source,
        "popularity": event.popularity, "seat_map_id": event.seat_map_id, "tiers": event.tiers, "tier_of": event.tier_of,
        "price_from": prices.map(|(from, _)| from.amount), "price_to": prices.map(|(_, to)| to.amount),
        "currency": prices.map(|(from, _)| from.currency), "sale_opens_at": event.sale_opens_at,
        "sale_closes_at": event.sale_closes_at, "buyer_limit": event.buyer_limit, "queue_required": event.queue_required,
        "orphan_rule": event.orphan_rule,
        "language": event.more.language, "released": event.more.released_text(), "extras": event.more.extras,
    })
}

/// An event as the audit log tells it: the row and its bill.
pub(crate) fn told(event: &EventRow) -> Value {
    let mut told = record(event);
    let cast =
        event.performers.iter().map(|cast| json!({ "id": cast.performer_id, "role": cast.role, "instrument": cast.instrument }));
    told["performers"] = cast.collect();
    told
}

/// Gives an event a new edition, though what its tickets show may be as it was.
pub async fn reissue(conn: &mut PgConnection, id: EventId) -> sqlx::Result<()> {
    let statement = "-- events.reissue
        UPDATE events SET edition = edition + 1, version = version + 1, updated_at = clock_timestamp() WHERE id = $1";
    sqlx::query(statement).bind(id.0).execute(conn).await?;
    Ok(())
}

/// Gives every event at a venue a new edition: what their tickets say of the venue has changed.
pub async fn reissue_at_venue(conn: &mut PgConnection, venue: VenueId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "-- events.reissue_at_venue
         UPDATE events SET edition = edition + 1, version = version + 1, updated_at = clock_timestamp()
         WHERE venue_id = $1 AND seat_map_id IS NOT NULL RETURNING id",
    )
    .bind(venue.0)
    .fetch_all(conn)
    .await
}

/// Deletes an event and its bill; booking's tables refuse while something of it is held or sold.
pub async fn delete(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: EventId) -> sqlx::Result<()> {
    let statement = "-- events.delete
        DELETE FROM events WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)).execute(conn).await?;
    Ok(())
}

/// Copies new events in, with their bills.
///
/// Cost      many at once: references are checked and held by one statement a table, not by one trigger call a row.
pub async fn copy_in(conn: &mut PgConnection, owner: OrganiserId, events: &[EventRow]) -> sqlx::Result<u64> {
    copy_in_holding(conn, owner, events, &mut HeldReferences::default()).await
}

/// Copies new events in as [`copy_in`] does, of a transaction that remembers what it holds.
pub async fn copy_in_holding(
    conn: &mut PgConnection,
    owner: OrganiserId,
    events: &[EventRow],
    held: &mut HeldReferences,
) -> sqlx::Result<u64> {
    if !references::held(conn, events, held).await? {
        return copy_checked(conn, owner, events).await;
    }
    references::skip_triggers(conn, true).await?;
    let copied = copy_checked(conn, owner, events).await?;
    references::skip_triggers(conn, false).await?;
    Ok(copied)
}

async fn copy_checked(conn: &mut PgConnection, owner: OrganiserId, events: &[EventRow]) -> sqlx::Result<u64> {
    if events.is_empty() {
        return Ok(0);
    }
    let now = column::now(conn).await?;
    let facts = |to: &mut copy::Tuples, event: &EventRow| {
        to.uuid(owner.0);
        to.instant(now);
        to.instant(now);
        write_facts(to, event);
    };
    // what a file says of events it says without terms, and the columns' defaults cost less than the same values
    let copied = if events.iter().all(EventRow::has_no_terms) {
        copy::copy_in(conn, COPY_FACTS, 28, events, facts).await?
    } else {
        let both = |to: &mut copy::Tuples, event: &EventRow| {
            facts(to, event);
            write_terms(to, event);
        };
        copy::copy_in(conn, COPY_ALL, 40, events, both).await?
    };
    event_performers::copy_in(conn, events).await?;
    Ok(copied)
}

/// What is sold, and when, is left to the columns' defaults.
const COPY_FACTS: &str = "COPY events (organiser_id, created_at, updated_at, id, external_id, slug, title, description, category, genre,
    event_type, season, topics, works, series_id, venue_id, starts_at, ends_at, doors_at, start_precision, timezone, status, url, online,
    source, language, released, extras) FROM STDIN (FORMAT binary)";

const COPY_ALL: &str = "COPY events (organiser_id, created_at, updated_at, id, external_id, slug, title, description, category, genre,
    event_type, season, topics, works, series_id, venue_id, starts_at, ends_at, doors_at, start_precision, timezone, status, url, online,
    source, language, released, extras, popularity, seat_map_id, tiers, tier_of, price_from, price_to, currency, sale_opens_at,
    sale_closes_at, buyer_limit, queue_required, orphan_rule) FROM STDIN (FORMAT binary)";

fn write_facts(to: &mut copy::Tuples, event: &EventRow) {
    to.uuid(event.id.0);
    to.maybe_text(event.external_id.as_deref());
    for text in [&event.slug, &event.title, &event.description, &event.category, &event.genre, &event.event_type, &event.season] {
        to.text(text);
    }
    to.texts(&event.topics);
    to.jsonb(&event.works);
    to.maybe_uuid(event.series_id.map(|id| id.0));
    to.maybe_uuid(event.venue_id.map(|id| id.0));
    to.instant(event.starts_at);
    to.maybe_instant(event.ends_at);
    to.maybe_instant(event.doors_at);
    to.text(event.start_precision.as_str());
    to.text(&event.timezone);
    to.text(event.status.as_str());
    to.text(&event.url);
    to.boolean(event.online);
    to.text(&event.source);
    to.text(&event.more.language);
    to.text(&event.more.released_text());
    to.jsonb(&event.more.extras);
}

fn write_terms(to: &mut copy::Tuples, event: &EventRow) {
    let prices = event.price_range();
    to.int4(column::integer(event.popularity));
    to.maybe_uuid(event.seat_map_id.map(|id| id.0));
    to.jsonb(&event.tiers);
    to.jsonb(&event.tier_of);
    to.maybe_int8(prices.map(|(from, _)| from.amount));
    to.maybe_int8(prices.map(|(_, to)| to.amount));
    to.maybe_text(prices.as_ref().map(|(from, _)| from.currency.code()));
    to.maybe_instant(event.sale_opens_at);
    to.maybe_instant(event.sale_closes_at);
    to.maybe_int4(event.buyer_limit.map(column::integer));
    to.boolean(event.queue_required);
    to.text(event.orphan_rule.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewEvent;
    use crate::write::events::row_without_tiers;
    use crate::write::fixture::{self, clock, new_event, tiers};
    use domain::{OrphanRule, TierId};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_keeps_each_of_its_terms_and_without_any_has_the_defaults(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await.row.id;
        let on_sale = NewEvent { venue_id: Some(venue), capacity: Some(40), ..new_event("On sale") };
        let map = fixture::event(&pool, on_sale).await.row.seat_map_id;
        let at = |text: &str| text.parse().ok();
        let bare = || row_without_tiers(EventId::at(clock().now()), new_event("Night"));
        let opens = || EventRow { sale_opens_at: at("2026-12-01T10:00:00Z"), ..bare() };
        let rows = [
            bare(),
            opens(),
            EventRow { sale_closes_at: at("2026-12-01T12:00:00Z"), ..opens() },
            EventRow { venue_id: Some(venue), seat_map_id: map, ..bare() },
            EventRow { tiers: tiers(&[2_000, 3_000]).tiers, ..bare() },
            EventRow { tier_of: [("floor".to_owned(), TierId::nth(1).expect("a tier"))].into(), ..bare() },
            EventRow { popularity: 7, ..bare() },
            EventRow { buyer_limit: Some(4), ..bare() },
            EventRow { queue_required: true, ..bare() },
            EventRow { orphan_rule: OrphanRule::Allow, ..bare() },
        ];
        let told: Vec<bool> = rows.iter().map(EventRow::has_no_terms).collect();
        assert_eq!(told.iter().filter(|bare| **bare).count(), 1, "the control: only the first leaves its terms to the defaults");
        let mut conn = pool.acquire().await.expect("a connection");
        for row in &rows {
            copy_in(&mut conn, OrganiserId::HOUSE, std::slice::from_ref(row)).await.expect("copied");
            assert_eq!(get(&mut conn, row.id).await.expect("read").expect("there").row, *row);
        }
        let together = [bare(), EventRow { popularity: 9, ..bare() }];
        copy_in(&mut conn, OrganiserId::HOUSE, &together).await.expect("copied");
        for row in &together {
            assert_eq!(get(&mut conn, row.id).await.expect("read").expect("there").row, *row);
        }
    }
}
