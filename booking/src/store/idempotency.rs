//! Rows of idempotency keys.

use std::borrow::Cow;

use domain::{EntryId, HoldId};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::sql;
use super::together::Together;
use crate::error::Fault;
use crate::rules::command::Begun;
use crate::rules::refusal::Refusal;

/// What is kept of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredOutcome {
    /// A hold was made: its row tells what it was like then, and stays longer than the key.
    Held(HoldId),
    /// A checkout was decided: its rows tell the rest.
    Checkout(Begun),
    /// A place in the waitlist: its row tells the rest.
    Waits(EntryId),
    Refused(Refusal),
}

/// A decided outcome on its way into the table.
#[derive(Debug)]
pub struct Decision<'a> {
    pub owner: Uuid,
    pub key: &'a str,
    pub fingerprint: &'a [u8; 32],
    pub outcome: StoredOutcome,
}

/// A stored outcome, as `pass_desk` gives it.
#[derive(Debug, Deserialize)]
pub struct Stored {
    pub owner: Uuid,
    pub key: String,
    #[serde(deserialize_with = "bytes_of_hex")]
    pub fingerprint: [u8; 32],
    pub outcome: StoredOutcome,
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

/// Whether a request with this key was decided before, for any of these owners, and is still answered from what was kept: `pass_desk`
/// sees 24 hours back.
///
/// Takes     `now`: a test's clock instead of the database's.
#[tracing::instrument(name = "db.idempotency.is_known", level = "debug", skip_all)]
pub async fn is_known(pool: &PgPool, owners: &[Uuid], key: &str, now: Option<Timestamp>) -> Result<bool, Fault> {
    let statement = "-- idempotency.is_known
        SELECT EXISTS (SELECT FROM idempotency
            WHERE owner = ANY($1) AND key = $2 AND at >= coalesce($3, clock_timestamp()) - interval '24 hours')";
    Ok(sqlx::query_scalar(statement).bind(owners).bind(key).bind(now.map(sql)).fetch_one(pool).await?)
}

/// Days whose partitions are made ahead.
const AHEAD: i64 = 3;
/// DDL waits for piles under way, and new piles wait behind it: not for long.
const PATIENCE: &str = "SET LOCAL lock_timeout = '500ms'; SELECT pg_advisory_xact_lock(hashtext('idempotency days'))";

/// Makes the partitions of today and of the days to come; those that are there stay. Gives how many were made.
#[tracing::instrument(name = "db.idempotency.make_days", level = "debug", skip_all)]
pub async fn make_days(pool: &PgPool, now: Timestamp) -> Result<u64, Fault> {
    let known = days(pool).await?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut made = 0;
    for day in (0..=AHEAD).filter_map(|n| today.checked_add(jiff::Span::new().days(n)).ok()) {
        let Ok(next) = day.tomorrow() else { break };
        let name = partition(day);
        if known.contains(&name) {
            continue;
        }
        let statement = format!(
            "-- idempotency.make_day
             CREATE TABLE IF NOT EXISTS {name} (LIKE idempotency INCLUDING ALL, PRIMARY KEY (owner, key));
             ALTER TABLE idempotency ATTACH PARTITION {name} FOR VALUES FROM ('{day} 00:00+00') TO ('{next} 00:00+00')"
        );
        made += u64::from(ddl(pool, statement).await?);
    }
    Ok(made)
}

/// Changes the table's days. Gives false where that must be left for later: keys of that day stand among the rest already, another node
/// was quicker, or piles were in the way.
async fn ddl(pool: &PgPool, statement: String) -> Result<bool, Fault> {
    let mut tx = pg::begin(pool).await?;
    let done = async {
        sqlx::raw_sql(PATIENCE).execute(&mut *tx).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await
    };
    match done.await {
        Ok(_) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(sqlx::Error::Database(fault)) if matches!(fault.code().as_deref(), Some("23514" | "42P17" | "42809" | "55P03")) => {
            tx.rollback().await?;
            Ok(false)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Whether nobody else purges: true once, until the connection ends.
#[tracing::instrument(name = "db.idempotency.purges_alone", level = "debug", skip_all)]
pub async fn purges_alone(db: &mut PgConnection) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext('booking purge'))").fetch_one(db).await?)
}

/// Drops the days that ended before `before`, but for those that are in use. Gives how many.
#[tracing::instrument(name = "db.idempotency.drop_days", level = "debug", skip_all)]
pub async fn drop_days(pool: &PgPool, before: Timestamp) -> Result<u64, Fault> {
    let first_kept = partition(before.to_zoned(TimeZone::UTC).date());
    let mut dropped = 0;
    for name in days(pool).await?.into_iter().filter(|name| *name < first_kept) {
        let statement = format!("-- idempotency.drop_day\nDROP TABLE IF EXISTS {name}");
        dropped += u64::from(ddl(pool, statement).await?);
    }
    Ok(dropped)
}

/// The partition of a day: names sort as days do.
fn partition(day: jiff::civil::Date) -> String {
    format!("idempotency_{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

/// The days that have a partition.
async fn days(pool: &PgPool) -> Result<Vec<String>, Fault> {
    let statement = "-- idempotency.days
        SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'idempotency'::regclass AND c.relname ~ '^idempotency_[0-9]{8}$' ORDER BY c.relname";
    Ok(sqlx::query_scalar(statement).fetch_all(pool).await?)
}

/// Forgets keys older than `before` that stand in no day's partition, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.idempotency.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- idempotency.purge
        DELETE FROM idempotency_rest WHERE (owner, key) IN (SELECT owner, key FROM idempotency_rest WHERE at < $1 LIMIT $2)";
    Ok(sqlx::query(statement).bind(sql(before)).bind(limit).execute(pool).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_from_its_digits_and_from_nothing_else() {
        let row = |digits: &str| {
            let text = format!(
                r#"{{"owner":"{}","key":"k","fingerprint":"{digits}","outcome":{{"refused":{{"code":"sold_out"}}}}}}"#,
                Uuid::nil()
            );
            serde_json::from_str::<Stored>(&text).map(|row| row.fingerprint)
        };
        let mut expected = [0; 32];
        (expected[0], expected[31]) = (0x0f, 0xa0);
        assert_eq!(row(&format!("0f{}a0", "0".repeat(60))).ok(), Some(expected));
        for wrong in ["", "0f", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64), &"ä".repeat(32)] {
            assert!(row(wrong).is_err(), "{wrong}");
        }
    }
}
