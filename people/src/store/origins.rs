//! Rows of where sessions were opened from, kept for an hour.

use jiff::Timestamp;
use pg::column;
use sqlx::PgPool;

use crate::error::Fault;

/// Notes a session of an address, if there are fewer than `most` since `since`.
///
/// Gives     none when it was noted; else when the first of the others was opened.
#[tracing::instrument(name = "db.origins.note", level = "debug", skip_all)]
pub async fn note(pool: &PgPool, client: i64, now: Timestamp, since: Timestamp, most: u32) -> Result<Option<Timestamp>, Fault> {
    let statement = "-- origins.note
        WITH lately AS (SELECT at FROM session_origins WHERE client = $1 AND at > $3 ORDER BY at DESC LIMIT $4),
            full_house AS (SELECT min(at) AS first FROM lately HAVING count(*) >= $4),
            noted AS (INSERT INTO session_origins (client, at) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM full_house))
        SELECT first FROM full_house";
    let query = sqlx::query(statement).bind(client).bind(column::bind(now)).bind(column::bind(since)).bind(i64::from(most));
    query.fetch_optional(pool).await?.map(|row| Ok(column::instant(&row, "first")?)).transpose()
}

/// What addresses are hashed with.
#[tracing::instrument(name = "db.origins.secret", level = "debug", skip_all)]
pub async fn secret(pool: &PgPool) -> Result<[u8; 32], Fault> {
    let statement = "-- origins.secret
        SELECT secret FROM origin_secret";
    let secret: Vec<u8> = sqlx::query_scalar(statement).fetch_one(pool).await?;
    secret.try_into().map_err(|_| Fault::from(column::decode("secret", "not 32 bytes")))
}

/// Forgets at most `bite` of what was opened before `before`, the oldest first. Gives how many.
#[tracing::instrument(name = "db.origins.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, bite: i64) -> Result<u64, Fault> {
    let statement = "-- origins.purge
        DELETE FROM session_origins WHERE ctid = ANY(ARRAY(SELECT ctid FROM session_origins WHERE at < $1 ORDER BY at LIMIT $2))";
    Ok(sqlx::query(statement).bind(column::bind(before)).bind(bite).execute(pool).await?.rows_affected())
}
