//! Rows of idempotency keys.

use domain::HoldId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::sql;
use super::together::Together;
use crate::error::Fault;
use crate::rules::command::Begun;
use crate::rules::refusal::Refusal;

/// What is kept of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// A hold was made: its row tells what it was like then, and stays longer than the key.
    Held(HoldId),
    /// A checkout was decided: its rows tell the rest.
    Checkout(Begun),
    Refused(Refusal),
}

/// A decided outcome on its way into the table.
#[derive(Debug)]
pub struct Decision<'a> {
    pub owner: Uuid,
    pub key: &'a str,
    pub fingerprint: &'a [u8; 32],
    pub outcome: Kept,
}

/// A stored outcome.
#[derive(Debug)]
pub struct Stored {
    pub owner: Uuid,
    pub key: String,
    pub fingerprint: Vec<u8>,
    pub outcome: Kept,
}

/// The key that a second decision about one request would break.
pub const KEY: &str = "idempotency_pkey";

/// Stores outcomes. A breach of [`KEY`] means that some were decided before.
pub fn insert(together: &mut Together, decisions: &[Decision<'_>], now: Timestamp) -> Result<(), Fault> {
    let statement = "-- idempotency.insert
        INSERT INTO idempotency (owner, key, fingerprint, outcome, at)
        SELECT d.owner, d.key, d.fingerprint, d.outcome::json, $5 FROM UNNEST($1::uuid[], $2::text[], $3::bytea[], $4::text[])
            AS d (owner, key, fingerprint, outcome)";
    let outcomes = decisions.iter().map(|decision| serde_json::to_string(&decision.outcome));
    let outcomes: Vec<String> = outcomes.collect::<Result<_, _>>().map_err(|error| Fault::corrupt("outcome", error))?;
    together
        .part("kept", statement)
        .bind(decisions.iter().map(|decision| decision.owner).collect::<Vec<_>>())?
        .bind(decisions.iter().map(|decision| decision.key).collect::<Vec<_>>())?
        .bind(decisions.iter().map(|decision| decision.fingerprint.as_slice()).collect::<Vec<_>>())?
        .bind(outcomes)?
        .bind(sql(now))?;
    Ok(())
}

/// What was decided before under these keys.
#[tracing::instrument(name = "db.idempotency.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, keys: &[(Uuid, &str)]) -> Result<Vec<Stored>, Fault> {
    let statement = "-- idempotency.find
        SELECT i.owner, i.key, i.fingerprint, i.outcome FROM idempotency i
        JOIN UNNEST($1::uuid[], $2::text[]) AS k (owner, key) ON i.owner = k.owner AND i.key = k.key";
    let (owners, keys): (Vec<Uuid>, Vec<&str>) = keys.iter().copied().unzip();
    let rows: Vec<(Uuid, String, Vec<u8>, Json<Kept>)> =
        sqlx::query_as(statement).bind(owners).bind(keys).fetch_all(pool).await?;
    let stored = |(owner, key, fingerprint, Json(outcome))| Stored { owner, key, fingerprint, outcome };
    Ok(rows.into_iter().map(stored).collect())
}

/// Forgets keys older than `before`. Gives how many.
#[tracing::instrument(name = "db.idempotency.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp) -> Result<u64, Fault> {
    let statement = "-- idempotency.purge
        DELETE FROM idempotency WHERE at < $1";
    Ok(sqlx::query(statement).bind(sql(before)).execute(pool).await?.rows_affected())
}
