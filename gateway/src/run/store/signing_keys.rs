//! Which keys are good, and when: fingerprints and times, never a key.

use jiff::SignedDuration;
use sqlx::postgres::types::PgInterval;
use sqlx::{PgConnection, Row as _};

use crate::run::key_folder::{Fingerprint, KeyKind};

/// A key that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    pub kind: KeyKind,
    pub fingerprint: Fingerprint,
    /// Signs now; else it verifies what it signed, or will sign soon.
    pub signs: bool,
}

/// The keys that are good by the database's clock, those that sign first.
pub async fn good(conn: &mut PgConnection) -> sqlx::Result<Vec<Scheduled>> {
    let rows = sqlx::query(
        "-- signing_keys.good
         SELECT kind, fingerprint,
                signs_from = max(signs_from) FILTER (WHERE signs_from <= clock_timestamp()) OVER (PARTITION BY kind) AS signs
         FROM signing_keys
         WHERE verifies_until IS NULL OR verifies_until > clock_timestamp()
         ORDER BY kind, signs DESC NULLS LAST, signs_from DESC",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(scheduled).collect()
}

fn scheduled(row: &sqlx::postgres::PgRow) -> sqlx::Result<Scheduled> {
    let signs: Option<bool> = row.try_get("signs")?;
    Ok(Scheduled { kind: kind(row.try_get("kind")?)?, fingerprint: row.try_get("fingerprint")?, signs: signs == Some(true) })
}

fn kind(word: &str) -> sqlx::Result<KeyKind> {
    let known = KeyKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    known.ok_or_else(|| sqlx::Error::Decode(format!("signing_keys.kind is {word:?}").into()))
}

/// Lets nobody else change the schedule until the transaction ends.
pub async fn lock(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("-- signing_keys.lock\n LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
    Ok(())
}

/// Notes the first key of a kind; of two nodes that begin at once, the first one's stays.
pub async fn begin(conn: &mut PgConnection, kind: KeyKind, fingerprint: &str) -> sqlx::Result<()> {
    sqlx::query(
        "-- signing_keys.begin
         INSERT INTO signing_keys (fingerprint, kind, signs_from)
         SELECT $1, $2, clock_timestamp()
         WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE kind = $2)
         ON CONFLICT DO NOTHING",
    )
    .bind(fingerprint)
    .bind(kind.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a new key sign after `lead`, and the present one verify for `overlap` beyond that.
///
/// Gives     whether it is noted; not while a key is still to come.
pub async fn rotate(
    conn: &mut PgConnection,
    kind: KeyKind,
    fingerprint: &str,
    lead: SignedDuration,
    overlap: SignedDuration,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "-- signing_keys.rotate
         WITH turn AS (SELECT clock_timestamp() AS now, clock_timestamp() + $3 AS at),
              old AS (UPDATE signing_keys SET verifies_until = turn.at + $4 FROM turn
                      WHERE kind = $2 AND verifies_until IS NULL AND signs_from <= turn.now RETURNING 1)
         INSERT INTO signing_keys (fingerprint, kind, signs_from)
         SELECT $1, $2, turn.at FROM turn, old",
    )
    .bind(fingerprint)
    .bind(kind.as_str())
    .bind(interval(lead))
    .bind(interval(overlap))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes the keys whose time is over.
pub async fn forget_expired(conn: &mut PgConnection) -> sqlx::Result<Vec<(KeyKind, Fingerprint)>> {
    let statement = "-- signing_keys.forget_expired
         DELETE FROM signing_keys WHERE verifies_until <= clock_timestamp() RETURNING kind, fingerprint";
    let rows = sqlx::query(statement).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((kind(row.try_get("kind")?)?, row.try_get("fingerprint")?))).collect()
}

/// Forgets all keys, so that those of a folder can be taken for the first ones.
pub async fn forget_all(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("-- signing_keys.forget_all\n DELETE FROM signing_keys").execute(conn).await?;
    Ok(())
}

fn interval(length: SignedDuration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(length.as_micros()).unwrap_or(i64::MAX) }
}
