//! Rows of other rooms that tests of the catalogue need, and what the audit log then holds.

use domain::OrganiserId;
use serde_json::Value;
use sqlx::PgPool;

pub async fn organiser(pool: &PgPool, id: OrganiserId) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO organisers (id, name) VALUES ($1, 'Other')").bind(id.0).execute(pool).await.map(|_| ())
}

/// One line: action, before, after.
pub type Line = (String, Option<Value>, Option<Value>);

/// The audit log of an organiser, oldest first.
pub async fn audit(pool: &PgPool, of: OrganiserId) -> sqlx::Result<Vec<Line>> {
    let statement = "SELECT action, before, after FROM audit WHERE organiser_id = $1 ORDER BY id";
    sqlx::query_as(statement).bind(of.0).fetch_all(pool).await
}

/// What makes each index of the schema.
pub async fn indexes(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    let statement = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexdef";
    sqlx::query_scalar(statement).fetch_all(pool).await
}

/// How many wait for a lock here.
pub async fn waiting(pool: &PgPool) -> sqlx::Result<i64> {
    let statement = "SELECT count(*) FROM pg_locks
        WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    sqlx::query_scalar(statement).fetch_one(pool).await
}
