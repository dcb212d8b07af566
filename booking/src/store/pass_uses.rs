//! Rows of passes in use: a pass is in use iff it has one.

use domain::{EventId, HoldId, PassId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::together::Together;
use super::{col, col_id, sql};
use crate::error::Fault;
use crate::rules::controls::{Controls, Guard};
use crate::rules::pass::PassUse;

/// A pass, and what it is in use for.
pub type PassRow = (PassId, PassUse);

/// The key that a pass used twice would break.
pub const KEY: &str = "pass_uses_pkey";

/// Takes passes into use. A breach of [`KEY`] means that memory and table disagree.
pub fn insert(
    together: &mut Together,
    event: EventId,
    rows: &[PassRow],
    now: Timestamp,
    controls: Controls,
) -> Result<(), Fault> {
    let statement = "-- pass_uses.insert
        INSERT INTO pass_uses (event_id, pass_id, hold_id, state, at) SELECT $1, p.*, $5 FROM UNNEST($2::uuid[], $3::uuid[], $4::text[]) AS p";
    let without_guard = "-- pass_uses.insert, its guard off
        INSERT INTO pass_uses (event_id, pass_id, hold_id, state, at) SELECT $1, p.*, $5 FROM UNNEST($2::uuid[], $3::uuid[], $4::text[]) AS p
        ON CONFLICT (event_id, pass_id) DO NOTHING";
    let statement = if controls.stands(Guard::PassKey) { statement } else { without_guard };
    together
        .part("shown", statement)
        .bind(event.0)?
        .bind(rows.iter().map(|(pass, _)| pass.0).collect::<Vec<Uuid>>())?
        .bind(rows.iter().map(|(_, used)| used.hold().map(|hold| hold.0)).collect::<Vec<Option<Uuid>>>())?
        .bind(rows.iter().map(|(_, used)| word(*used)).collect::<Vec<_>>())?
        .bind(sql(now))?;
    Ok(())
}

/// Frees passes from exactly these live holds. Gives how many there were: a pass that is over is not freed.
#[tracing::instrument(name = "db.pass_uses.delete", level = "debug", skip_all)]
pub async fn delete(db: &mut PgConnection, event: EventId, rows: &[(PassId, HoldId)], controls: Controls) -> Result<u64, Fault> {
    let statement = "-- pass_uses.delete
        DELETE FROM pass_uses p USING UNNEST($2::uuid[], $3::uuid[]) AS d (pass_id, hold_id)
        WHERE p.event_id = $1 AND p.pass_id = d.pass_id AND p.hold_id = d.hold_id AND p.state = 'held'";
    let (passes, holds): (Vec<Uuid>, Vec<Uuid>) = rows.iter().map(|(pass, hold)| (pass.0, hold.0)).unzip();
    let done = sqlx::query(statement).bind(event.0).bind(passes).bind(holds).execute(db).await?;
    Ok(if controls.stands(Guard::PassKey) { done.rows_affected() } else { rows.len() as u64 })
}

/// All passes of an event that are in use.
#[tracing::instrument(name = "db.pass_uses.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<PassRow>, Fault> {
    let statement = "-- pass_uses.of
        SELECT pass_id, hold_id, state FROM pass_uses WHERE event_id = $1";
    sqlx::query(statement).bind(event.0).fetch_all(db).await?.iter().map(read).collect()
}

/// Forgets passes that were over before `before`: none of them lets anybody in any more. Gives how many.
#[tracing::instrument(name = "db.pass_uses.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- pass_uses.purge
        DELETE FROM pass_uses WHERE (event_id, pass_id) IN
            (SELECT event_id, pass_id FROM pass_uses WHERE state <> 'held' AND at < $1 LIMIT $2)";
    Ok(sqlx::query(statement).bind(sql(before)).bind(limit).execute(pool).await?.rows_affected())
}

fn word(used: PassUse) -> &'static str {
    match used {
        PassUse::Held(_) => "held",
        PassUse::Ordered(_) => "ordered",
        PassUse::Left => "left",
    }
}

fn read(row: &PgRow) -> Result<PassRow, Fault> {
    let used = match (col::<&str, _>(row, "state")?, col::<Option<Uuid>, _>(row, "hold_id")?.map(HoldId)) {
        ("held", Some(hold)) => PassUse::Held(hold),
        ("ordered", Some(hold)) => PassUse::Ordered(hold),
        ("left", None) => PassUse::Left,
        (state, hold) => return Err(Fault::corrupt("pass", format_args!("{state} with {hold:?}"))),
    };
    Ok((col_id(row, "pass_id")?, used))
}
