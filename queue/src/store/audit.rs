//! The audit log, as far as the queue writes it: through the function that all rooms share (migration 0009).

use domain::{Actor, EventId, OrganiserId};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::error::Fault;

/// Writes what an organiser said of an event's queue, in the transaction that does it.
#[tracing::instrument(name = "db.audit.append", level = "debug", skip_all)]
pub async fn append(
    db: &mut PgConnection,
    by: &Actor,
    organiser: OrganiserId,
    event: EventId,
    action: &'static str,
    after: Value,
) -> Result<(), Fault> {
    let statement = "-- audit.append
        SELECT audit_append($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9)";
    sqlx::query(statement)
        .bind(organiser.0)
        .bind(by.kind.as_str())
        .bind(by.id)
        .bind(action)
        .bind(format!("event {event}"))
        .bind(event.0)
        .bind(Json(after))
        .bind(&by.request_id)
        .bind(&by.address)
        .execute(db)
        .await?;
    Ok(())
}
