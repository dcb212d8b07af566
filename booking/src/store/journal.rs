//! Rows of the journal: what each version of an event's desk changed.

use domain::EventId;
use jiff::Timestamp;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::sql;
use crate::change::Changes;
use crate::error::Fault;

/// One version's row.
#[derive(Debug, Clone)]
pub struct JournalRow {
    pub version: i64,
    pub at: Timestamp,
    pub changes: Changes,
}

#[tracing::instrument(name = "db.journal.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, version: i64, at: Timestamp, changes: &Changes) -> Result<(), Fault> {
    let statement = "-- journal.insert
        INSERT INTO journal (event_id, version, at, changes) VALUES ($1, $2, $3, $4::text::json)";
    // as text: a bound JSON value would be sent as jsonb, sorted into a tree and written out again
    let changes = serde_json::to_string(changes).map_err(|error| Fault::corrupt("journal", error))?;
    sqlx::query(statement).bind(event.0).bind(version).bind(sql(at)).bind(changes).execute(db).await?;
    Ok(())
}

/// The versions after `after`, at most `limit`, in order.
#[tracing::instrument(name = "db.journal.after", level = "debug", skip_all)]
pub async fn after(db: &mut PgConnection, event: EventId, after: i64, limit: i64) -> Result<Vec<JournalRow>, Fault> {
    let statement = "-- journal.after
        SELECT version, at, changes FROM journal WHERE event_id = $1 AND version > $2 ORDER BY version LIMIT $3";
    let rows: Vec<(i64, jiff_sqlx::Timestamp, Json<Changes>)> =
        sqlx::query_as(statement).bind(event.0).bind(after).bind(limit).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(version, at, Json(changes))| JournalRow { version, at: at.to_jiff(), changes }).collect())
}
