//! The audit log, as far as the catalogue writes it: through the function that all rooms share (migration 0009).

use domain::{Actor, OrganiserId};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// One change.
pub struct Entry {
    /// Whose thing it was.
    pub organiser: OrganiserId,
    pub action: &'static str,
    pub subject: String,
    pub event: Option<Uuid>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Writes a change down, in the transaction that makes it.
pub async fn append(conn: &mut PgConnection, by: &Actor, entry: Entry) -> sqlx::Result<()> {
    sqlx::query("-- audit.append\nSELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(entry.organiser.0)
        .bind(by.kind.as_str())
        .bind(by.id)
        .bind(entry.action)
        .bind(entry.subject)
        .bind(entry.event)
        .bind(entry.before.map(Json))
        .bind(entry.after.map(Json))
        .bind(&by.request_id)
        .bind(&by.address)
        .execute(conn)
        .await?;
    Ok(())
}
