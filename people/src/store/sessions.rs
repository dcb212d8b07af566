//! Rows of buyers and their sessions.

use domain::{BuyerId, KeyId};
use jiff::Timestamp;
use pg::column;
use sqlx::PgPool;

use crate::error::Fault;

/// Makes a buyer and the buyer's session.
#[tracing::instrument(name = "db.sessions.insert", level = "debug", skip_all)]
pub async fn insert(
    pool: &PgPool,
    hash: [u8; 32],
    buyer: BuyerId,
    partner: Option<KeyId>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let statement = "-- sessions.insert
        WITH b AS (INSERT INTO buyers (id, created_at) VALUES ($2, $3) RETURNING id)
        INSERT INTO sessions (token_hash, buyer_id, created_at, expires_at, partner_key_id) SELECT $1, b.id, $3, $4, $5 FROM b";
    let query = sqlx::query(statement).bind(hash.as_slice()).bind(buyer.0).bind(column::bind(now)).bind(column::bind(expires_at));
    query.bind(partner.map(|key| key.0)).execute(pool).await?;
    Ok(())
}

/// Whose session it is, when it ends, and which partner opened it.
#[tracing::instrument(name = "db.sessions.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hash: [u8; 32]) -> Result<Option<(BuyerId, Timestamp, Option<KeyId>)>, Fault> {
    let statement = "-- sessions.find
        SELECT buyer_id, expires_at, partner_key_id FROM sessions WHERE token_hash = $1 AND revoked_at IS NULL";
    let Some(row) = sqlx::query(statement).bind(hash.as_slice()).fetch_optional(pool).await? else { return Ok(None) };
    let (buyer, expires_at) = (column::id(&row, "buyer_id")?, column::instant(&row, "expires_at")?);
    Ok(Some((buyer, expires_at, column::maybe_id(&row, "partner_key_id")?)))
}

/// Ends a session; every node is told by the table's trigger. Gives whether it had not ended.
#[tracing::instrument(name = "db.sessions.revoke", level = "debug", skip_all)]
pub async fn revoke(pool: &PgPool, hash: [u8; 32], now: Timestamp) -> Result<bool, Fault> {
    let statement = "-- sessions.revoke
        UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL";
    let ended = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).execute(pool).await?;
    Ok(ended.rows_affected() > 0)
}

/// Forgets sessions that ended before `before`. Gives how many.
#[tracing::instrument(name = "db.sessions.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp) -> Result<u64, Fault> {
    let statement = "-- sessions.purge
        DELETE FROM sessions WHERE expires_at < $1";
    Ok(sqlx::query(statement).bind(column::bind(before)).execute(pool).await?.rows_affected())
}
