//! Rows of API keys.

use domain::KeyId;
use jiff::Timestamp;
use pg::column;
use sqlx::PgPool;

use crate::error::Fault;
use crate::role::{KeyView, Role};

#[tracing::instrument(name = "db.api_keys.insert", level = "debug", skip_all)]
pub async fn insert(pool: &PgPool, id: KeyId, hash: [u8; 32], role: Role, name: &str, now: Timestamp) -> Result<(), Fault> {
    let statement = "-- api_keys.insert
        INSERT INTO api_keys (id, key_hash, role, name, created_at) VALUES ($1, $2, $3, $4, $5)";
    let query = sqlx::query(statement).bind(id.0).bind(hash.as_slice()).bind(role.as_str());
    query.bind(name).bind(column::bind(now)).execute(pool).await?;
    Ok(())
}

/// Finds a key that was not revoked.
#[tracing::instrument(name = "db.api_keys.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hash: [u8; 32]) -> Result<Option<KeyView>, Fault> {
    let statement = "-- api_keys.find
        SELECT id, role FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL";
    let row = sqlx::query(statement).bind(hash.as_slice()).fetch_optional(pool).await?;
    row.map(|row| Ok(KeyView { id: column::id(&row, "id")?, role: column::word(&row, "role", Role::parse)? })).transpose()
}
