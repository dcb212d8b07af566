//! Rows of checkpoints: what an event's journal came to.

use domain::EventId;
use jiff::Timestamp;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::sql;
use crate::error::Fault;
use crate::rules::checkpoint::Checkpoint;

/// The event's checkpoint, and its version.
#[tracing::instrument(name = "db.checkpoints.find", level = "debug", skip_all)]
pub async fn find(db: &mut PgConnection, event: EventId) -> Result<Option<(i64, Checkpoint)>, Fault> {
    let statement = "-- checkpoints.find
        SELECT version, state FROM checkpoints WHERE event_id = $1";
    let row: Option<(i64, Json<Checkpoint>)> = sqlx::query_as(statement).bind(event.0).fetch_optional(db).await?;
    Ok(row.map(|(version, Json(state))| (version, state)))
}

/// Puts a newer checkpoint in the place of the last one; an older one changes nothing.
#[tracing::instrument(name = "db.checkpoints.put", level = "debug", skip_all)]
pub async fn put(pool: &PgPool, event: EventId, version: i64, at: Timestamp, state: &Checkpoint) -> Result<(), Fault> {
    let statement = "-- checkpoints.put
        INSERT INTO checkpoints AS c (event_id, version, at, state) VALUES ($1, $2, $3, $4::text::json)
        ON CONFLICT (event_id) DO UPDATE SET version = excluded.version, at = excluded.at, state = excluded.state
        WHERE c.version < excluded.version";
    let state = serde_json::to_string(state).map_err(|error| Fault::corrupt("checkpoint", error))?;
    sqlx::query(statement).bind(event.0).bind(version).bind(sql(at)).bind(state).execute(pool).await?;
    Ok(())
}
