//! Rows of buyers and their sessions.

use domain::BuyerId;
use jiff::Timestamp;
use pg::column;
use sqlx::PgPool;

use crate::error::Fault;

/// Makes a buyer and the buyer's session.
#[tracing::instrument(name = "db.sessions.insert", level = "debug", skip_all)]
pub async fn insert(pool: &PgPool, hash: [u8; 32], buyer: BuyerId, now: Timestamp, expires_at: Timestamp) -> Result<(), Fault> {
    let statement = "-- sessions.insert
        WITH b AS (INSERT INTO buyers (id, created_at) VALUES ($2, $3) RETURNING id)
        INSERT INTO sessions (token_hash, buyer_id, created_at, expires_at) SELECT $1, b.id, $3, $4 FROM b";
    sqlx::query(statement)
        .bind(hash.as_slice())
        .bind(buyer.0)
        .bind(column::bind(now))
        .bind(column::bind(expires_at))
        .execute(pool)
        .await?;
    Ok(())
}

/// Whose session it is and when it ends.
#[tracing::instrument(name = "db.sessions.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hash: [u8; 32]) -> Result<Option<(BuyerId, Timestamp)>, Fault> {
    let statement = "-- sessions.find
        SELECT buyer_id, expires_at FROM sessions WHERE token_hash = $1";
    let row = sqlx::query(statement).bind(hash.as_slice()).fetch_optional(pool).await?;
    row.map(|row| Ok((column::id(&row, "buyer_id")?, column::instant(&row, "expires_at")?))).transpose()
}

/// Forgets sessions that ended before `before`. Gives how many.
#[tracing::instrument(name = "db.sessions.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp) -> Result<u64, Fault> {
    let statement = "-- sessions.purge
        DELETE FROM sessions WHERE expires_at < $1";
    Ok(sqlx::query(statement).bind(column::bind(before)).execute(pool).await?.rows_affected())
}
