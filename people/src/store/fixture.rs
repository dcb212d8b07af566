//! Statements of tests past all verbs.

use sqlx::PgPool;

/// Runs a statement.
pub async fn try_spoil(pool: &PgPool, statement: &str) -> sqlx::Result<()> {
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(pool).await.map(|_| ())
}

/// Runs a statement that works.
pub async fn spoil(pool: &PgPool, statement: &str) {
    try_spoil(pool, statement).await.expect("a statement that works");
}

/// A key as it was made before there were organisers.
pub async fn old_key(pool: &PgPool, hash: [u8; 32]) {
    let statement = "INSERT INTO api_keys (id, key_hash, role, name, created_at)
        VALUES (gen_random_uuid(), $1, 'organiser', 'old', clock_timestamp())";
    sqlx::query(statement).bind(hash.as_slice()).execute(pool).await.expect("a key");
}
