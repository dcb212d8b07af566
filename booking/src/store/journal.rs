//! Rows of the journal: what each version of an event's desk changed.

use domain::EventId;
use jiff::Timestamp;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::sql;
use super::together::Together;
use crate::error::Fault;
use crate::rules::change::{Changes, JournalRow};

/// Writes down what the version that [`super::desks::ADVANCED`] returns has changed.
pub fn insert(together: &mut Together, event: EventId, at: Timestamp, changes: &Changes) -> Result<(), Fault> {
    let statement = "-- journal.insert
        INSERT INTO journal (event_id, version, at, changes) SELECT $1, version, $2, $3::text::json FROM advanced";
    // as text: a bound JSON value would be sent as jsonb, sorted into a tree and written out again
    let changes = serde_json::to_string(changes).map_err(|error| Fault::corrupt("journal", error))?;
    together.part("noted", statement).bind(event.0)?.bind(sql(at))?.bind(changes)?;
    Ok(())
}

/// What a page of whoever plays the journal weighs.
pub const BYTES: i64 = 4 << 20;

/// Which of these events have an entry that is older than `before`.
#[tracing::instrument(name = "db.journal.older", level = "debug", skip_all)]
pub async fn older(pool: &PgPool, events: &[EventId], before: Timestamp) -> Result<Vec<EventId>, Fault> {
    let statement = "-- journal.older
        SELECT e.id FROM UNNEST($1::uuid[]) AS e (id)
        CROSS JOIN LATERAL (SELECT at FROM journal WHERE event_id = e.id ORDER BY version LIMIT 1) AS first
        WHERE first.at < $2";
    let events: Vec<uuid::Uuid> = events.iter().map(|event| event.0).collect();
    let older: Vec<uuid::Uuid> = sqlx::query_scalar(statement).bind(events).bind(sql(before)).fetch_all(pool).await?;
    Ok(older.into_iter().map(EventId).collect())
}

/// Forgets versions up to that of a checkpoint, the oldest first, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.journal.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, event: EventId, checkpoint: i64, limit: i64) -> Result<u64, Fault> {
    let statement = "-- journal.purge
        DELETE FROM journal WHERE event_id = $1 AND version IN (
            SELECT version FROM journal WHERE event_id = $1 AND version <= $2 ORDER BY version LIMIT $3
        )";
    Ok(sqlx::query(statement).bind(event.0).bind(checkpoint).bind(limit).execute(pool).await?.rows_affected())
}

/// The versions after `after` in order: at most `limit`, and none that begins beyond `bytes` of those before it.
#[tracing::instrument(name = "db.journal.page", level = "debug", skip_all)]
pub async fn page(db: &mut PgConnection, event: EventId, after: i64, limit: i64, bytes: i64) -> Result<Vec<JournalRow>, Fault> {
    let statement = "-- journal.page
        SELECT version, at, changes FROM (
            SELECT version, at, changes, sum(octet_length(changes::text)) OVER (ORDER BY version) - octet_length(changes::text) AS before
            FROM (SELECT version, at, changes FROM journal WHERE event_id = $1 AND version > $2 ORDER BY version LIMIT $3) AS first
        ) AS measured WHERE before < $4 ORDER BY version";
    let rows: Vec<(i64, jiff_sqlx::Timestamp, Json<Changes>)> =
        sqlx::query_as(statement).bind(event.0).bind(after).bind(limit).bind(bytes).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(version, at, Json(changes))| JournalRow { version, at: at.to_jiff(), changes }).collect())
}
