//! Rows of the journal: what each version of an event's desk changed.

use domain::EventId;
use jiff::Timestamp;
use sqlx::PgConnection;
use sqlx::types::Json;

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

/// The versions after `after`, at most `limit`, in order.
#[tracing::instrument(name = "db.journal.after", level = "debug", skip_all)]
pub async fn after(db: &mut PgConnection, event: EventId, after: i64, limit: i64) -> Result<Vec<JournalRow>, Fault> {
    let statement = "-- journal.after
        SELECT version, at, changes FROM journal WHERE event_id = $1 AND version > $2 ORDER BY version LIMIT $3";
    let rows: Vec<(i64, jiff_sqlx::Timestamp, Json<Changes>)> =
        sqlx::query_as(statement).bind(event.0).bind(after).bind(limit).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(version, at, Json(changes))| JournalRow { version, at: at.to_jiff(), changes }).collect())
}
