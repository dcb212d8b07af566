//! Rows of idempotency keys.

use std::borrow::Cow;

use domain::HoldId;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgPool;
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

/// A stored outcome, as `pass_desk` gives it.
#[derive(Debug, Deserialize)]
pub struct Stored {
    pub owner: Uuid,
    pub key: String,
    #[serde(deserialize_with = "bytes_of_hex")]
    pub fingerprint: [u8; 32],
    pub outcome: Kept,
}

fn bytes_of_hex<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let text = <Cow<'de, str>>::deserialize(from)?;
    let wrong = || D::Error::custom("a fingerprint is 64 hexadecimal digits");
    let digit = |at: usize| text.as_bytes().get(at).and_then(|digit| char::from(*digit).to_digit(16)).ok_or_else(wrong);
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = (digit(2 * at)? << 4 | digit(2 * at + 1)?) as u8;
    }
    if text.len() == 64 { Ok(bytes) } else { Err(wrong()) }
}

/// How the keys begin that a second decision about one request would break, in whichever partition.
pub const KEYS: &str = "idempotency";

/// Stores outcomes. A breach of one of [`KEYS`] means that some were decided before: at another event, while this one's keys were looked up.
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

/// Forgets keys older than `before`, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.idempotency.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- idempotency.purge
        DELETE FROM idempotency WHERE (owner, key) IN (SELECT owner, key FROM idempotency WHERE at < $1 LIMIT $2)";
    Ok(sqlx::query(statement).bind(sql(before)).bind(limit).execute(pool).await?.rows_affected())
}
