//! Who is on stage at which event, in the order of the bill.

use std::collections::HashMap;

use domain::{EventId, PerformerId};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::model::{Cast, CastMember, EventRow};
use crate::store::copy;

/// The most performers one event can have.
pub const MAX_CAST: usize = 300;

/// The bills of these events; an event without performers is absent.
pub async fn of_events(conn: &mut PgConnection, events: &[Uuid]) -> sqlx::Result<HashMap<EventId, Vec<Cast>>> {
    let rows = sqlx::query(
        "-- event_performers.of_events
         SELECT event_id, performer_id, role, instrument FROM event_performers WHERE event_id = ANY($1) ORDER BY event_id, position",
    )
    .bind(events)
    .fetch_all(conn)
    .await?;
    bills(&rows)
}

/// The bills of all events from one id to another, both included.
pub async fn between(conn: &mut PgConnection, first: EventId, last: EventId) -> sqlx::Result<HashMap<EventId, Vec<Cast>>> {
    let rows = sqlx::query(
        "-- event_performers.between
         SELECT event_id, performer_id, role, instrument FROM event_performers WHERE event_id BETWEEN $1 AND $2 ORDER BY event_id, position",
    )
    .bind(first.0)
    .bind(last.0)
    .fetch_all(conn)
    .await?;
    bills(&rows)
}

fn bills(rows: &[PgRow]) -> sqlx::Result<HashMap<EventId, Vec<Cast>>> {
    let mut bills: HashMap<EventId, Vec<Cast>> = HashMap::new();
    for row in rows {
        let cast = Cast { performer_id: PerformerId(row.try_get(1)?), role: row.try_get(2)?, instrument: row.try_get(3)? };
        bills.entry(EventId(row.try_get(0)?)).or_default().push(cast);
    }
    Ok(bills)
}

/// The bills of these events with the performers' names.
pub async fn named(conn: &mut PgConnection, events: &[Uuid]) -> sqlx::Result<HashMap<EventId, Vec<CastMember>>> {
    let rows = sqlx::query(
        "-- event_performers.named
         SELECT event_id, performer_id, slug, name, role, instrument FROM cast_cards WHERE event_id = ANY($1) ORDER BY event_id, position",
    )
    .bind(events)
    .fetch_all(conn)
    .await?;
    let mut bills: HashMap<EventId, Vec<CastMember>> = HashMap::with_capacity(events.len());
    for row in rows {
        let member = CastMember {
            performer_id: PerformerId(row.try_get(1)?),
            slug: row.try_get(2)?,
            name: row.try_get(3)?,
            role: row.try_get(4)?,
            instrument: row.try_get(5)?,
        };
        bills.entry(EventId(row.try_get(0)?)).or_default().push(member);
    }
    Ok(bills)
}

/// The events at which a performer is on stage, by id.
pub async fn events_of(
    conn: &mut PgConnection,
    performer: Uuid,
    after: Option<EventId>,
    limit: u32,
) -> sqlx::Result<Vec<EventId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "-- event_performers.events_of
         SELECT DISTINCT event_id FROM event_performers WHERE performer_id = $1 AND event_id > $2 ORDER BY event_id LIMIT $3",
    )
    .bind(performer)
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// Says whether a performer is on any bill.
pub async fn on_a_bill(conn: &mut PgConnection, performer: PerformerId) -> sqlx::Result<bool> {
    sqlx::query_scalar("-- event_performers.on_a_bill\nSELECT EXISTS (SELECT FROM event_performers WHERE performer_id = $1)")
        .bind(performer.0)
        .fetch_one(conn)
        .await
}

/// Puts another bill in the place of these events' bills.
pub async fn replace(conn: &mut PgConnection, events: &[EventRow]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    sqlx::query("-- event_performers.replace\nDELETE FROM event_performers WHERE event_id = ANY($1)")
        .bind(ids)
        .execute(&mut *conn)
        .await?;
    copy_in(conn, events).await
}

/// The indexes that need not be there while the first bills of all come.
pub(super) const LATER: [&str; 1] = ["event_performers_performer"];

/// Copies the bills of new events in.
pub async fn copy_in(conn: &mut PgConnection, events: &[EventRow]) -> sqlx::Result<()> {
    let rows: Vec<(Uuid, i16, &Cast)> = events
        .iter()
        .flat_map(|event| {
            event.performers.iter().take(MAX_CAST).zip(0_i16..).map(|(cast, position)| (event.id.0, position, cast))
        })
        .collect();
    let statement = "COPY event_performers (event_id, position, performer_id, role, instrument) FROM STDIN (FORMAT binary)";
    copy::copy_in(conn, statement, 5, &rows, |to, (event, position, cast)| {
        to.uuid(*event);
        to.int2(*position);
        to.uuid(cast.performer_id.0);
        to.text(&cast.role);
        to.text(&cast.instrument);
    })
    .await?;
    Ok(())
}
