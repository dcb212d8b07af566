//! Rows of desks: the fence, and an event's counts.

use std::collections::HashMap;
use std::time::Duration;

use domain::{EventId, TierBadges};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::idempotency::Stored;
use super::together::Together;
use super::{col, col_at, col_at_opt, col_count, col_id, sql};
use crate::error::Fault;
use crate::rules::controls::{Controls, Guard};
use crate::rules::corrupt::Corrupt;
use crate::rules::counts::Counts;

/// One event's counts, for the badge in search, and its tiers' badges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCounts {
    pub event_id: EventId,
    pub version: u64,
    pub counts: Counts,
    /// What is left of each tier; none where nothing was sold yet, or was last by a program that does not say it.
    pub tiers: Option<TierBadges>,
    pub changed_at: Timestamp,
}

/// What is left of each tier, by the terms of a version.
#[derive(Debug, Clone, Copy)]
pub struct Badged {
    pub tiers: TierBadges,
    pub terms: i64,
}

/// A desk's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRow {
    pub version: i64,
    pub counts: Counts,
    pub changed_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    /// The database's clock when it was read.
    pub now: Timestamp,
}

/// What the fence lets through: nobody else sells at this event until the connection leaves it.
#[derive(Debug)]
pub struct Passed {
    /// Above the desk's own: another node sold here, and its journal is to be read before anything is decided.
    pub version: i64,
    pub now: Timestamp,
    pub terms_version: i64,
    /// The event was cancelled, by whatever way: the desk closes before it decides anything.
    pub cancelled: bool,
    /// The epoch of the event's lease; none where no node has it.
    pub lease: Option<i64>,
    /// What was answered before under the keys that were asked about.
    pub known: Vec<Stored>,
}

/// Begins a SERIALIZABLE transaction that finds rows through indexes: a sequential scan would lock the whole table against others.
pub const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL enable_seqscan = off";

/// Ends the transaction and leaves the fence, in one round trip. When COMMIT fails, the rest is not run.
pub const COMMIT_AND_LEAVE: &str = "COMMIT; SELECT pg_advisory_unlock_all()";

/// Leaves the fence with nothing done.
pub const ROLL_BACK_AND_LEAVE: &str = "ROLLBACK; SELECT pg_advisory_unlock_all()";

/// Leaves the fence where no transaction was begun.
pub const LEAVE: &str = "SELECT pg_advisory_unlock_all()";

/// Runs one of these, in one round trip.
pub async fn run(db: &mut PgConnection, statements: &'static str) -> Result<(), Fault> {
    sqlx::raw_sql(statements).execute(db).await?;
    Ok(())
}

/// Begins a transaction that sees one instant.
pub const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

#[tracing::instrument(name = "db.desks.find", level = "debug", skip_all)]
pub async fn find(db: &mut PgConnection, event: EventId) -> Result<Option<DeskRow>, Fault> {
    let statement = "-- desks.find
        SELECT version, available, held, sold, blocked, changed_at, cancelled_at, clock_timestamp() AS now FROM desks WHERE event_id = $1";
    let row = sqlx::query(statement).bind(event.0).fetch_optional(db).await?;
    row.map(|row| read(&row, "version")).transpose()
}

/// Reads a row whose version stands in the column `version`.
pub(super) fn read(row: &PgRow, version: &str) -> Result<DeskRow, Fault> {
    let counts = Counts {
        available: col_count(row, "available")?,
        held: col_count(row, "held")?,
        sold: col_count(row, "sold")?,
        blocked: col_count(row, "blocked")?,
    };
    let (changed_at, cancelled_at) = (col_at(row, "changed_at")?, col_at_opt(row, "cancelled_at")?);
    Ok(DeskRow { version: col(row, version)?, counts, changed_at, cancelled_at, now: col_at(row, "now")? })
}

/// The versions of these events and of their terms; 0 where nothing was ever sold, nothing where there is no such event.
#[tracing::instrument(name = "db.desks.versions", level = "debug", skip_all)]
pub async fn versions(pool: &PgPool, events: &[EventId]) -> Result<HashMap<EventId, (i64, i64)>, Fault> {
    let statement = "-- desks.versions
        SELECT t.event_id, coalesce(d.version, 0), t.version FROM sale_terms t LEFT JOIN desks d ON d.event_id = t.event_id
        WHERE t.event_id = ANY($1)";
    let ids: Vec<uuid::Uuid> = events.iter().map(|event| event.0).collect();
    let rows: Vec<(uuid::Uuid, i64, i64)> = sqlx::query_as(statement).bind(ids).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(event, version, terms)| (EventId(event), (version, terms))).collect())
}

/// Held places of an event.
#[tracing::instrument(name = "db.desks.held", level = "debug", skip_all)]
pub async fn held(pool: &PgPool, event: EventId) -> Result<u32, Fault> {
    let statement = "-- desks.held
        SELECT held FROM desks WHERE event_id = $1";
    let held: Option<i32> = sqlx::query_scalar(statement).bind(event.0).fetch_optional(pool).await?;
    Ok(held.unwrap_or(0).unsigned_abs())
}

/// The database's clock.
#[tracing::instrument(name = "db.desks.now", level = "debug", skip_all)]
pub async fn now(db: &mut PgConnection) -> Result<Timestamp, Fault> {
    let at: jiff_sqlx::Timestamp = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(db).await?;
    Ok(at.to_jiff())
}

/// Passes the event's fence: waits until nobody else is inside, and reads the version it is at, the time at which the pile is decided,
/// and what was answered before under these keys. [`advance`] moves the desk on from exactly that version.
///
/// Takes     `now`: a test's clock instead of the database's.  `db`: outside a transaction; it leaves by [`LEAVE`] or its like.
/// Gives     `None` when there is no desk any more: the seat map was exchanged.
#[tracing::instrument(name = "db.desks.pass", level = "debug", skip_all)]
pub async fn pass(
    db: &mut PgConnection,
    event: EventId,
    now: Option<Timestamp>,
    keys: &[(Uuid, &str)],
) -> Result<Option<Passed>, Fault> {
    let statement = "-- desks.pass
        SELECT desk_version, terms_version, decided_at, cancelled, known, lease_epoch FROM pass_desk($1, $2, $3, $4)";
    let (owners, keys): (Vec<Uuid>, Vec<&str>) = keys.iter().copied().unzip();
    let row = sqlx::query(statement).bind(event.0).bind(now.map(sql)).bind(owners).bind(keys).fetch_optional(db).await?;
    let read = |row| {
        let known = col::<Option<Json<Vec<Stored>>>, _>(row, "known")?.map_or_else(Vec::new, |Json(known)| known);
        let (version, terms_version) = (col(row, "desk_version")?, col(row, "terms_version")?);
        let (now, cancelled) = (col_at(row, "decided_at")?, col(row, "cancelled")?);
        Ok(Passed { version, now, terms_version, cancelled, lease: col(row, "lease_epoch")?, known })
    };
    row.as_ref().map(read).transpose()
}

/// Whether [`pass`] waited for the fence until its time was over.
pub fn waited_in_vain(fault: &Fault) -> bool {
    let Fault::Database(error) = fault else { return false };
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// Ends the connection that is inside the event's fence if it was asked nothing for `idle`: what it had not committed is undone.
///
/// Gives     how many were ended.
#[tracing::instrument(name = "db.desks.free", level = "debug", skip_all)]
pub async fn free(db: &mut PgConnection, event: EventId, idle: Duration) -> Result<i64, Fault> {
    let statement = "-- desks.free
        SELECT free_fence($1, $2)";
    Ok(sqlx::query_scalar(statement).bind(event.0).bind(idle.as_secs_f64()).fetch_one(db).await?)
}

/// The part that [`advance`] adds. It returns the new version; no row when the fence was passed by others, or when the event was
/// cancelled after this pile passed it and the desk does not know yet.
pub const ADVANCED: &str = "advanced";

/// Moves the desk to its next version with the counts and the badges of tiers it has then; by terms that are not those of the last move to
/// another tier there are none.
pub fn advance(
    together: &mut Together,
    event: EventId,
    version: i64,
    (counts, badged): (Counts, Badged),
    closed: bool,
    now: Timestamp,
    controls: Controls,
) -> Result<(), Fault> {
    let statement = "-- desks.advance
        UPDATE desks SET version = version + 1, available = $3, held = $4, sold = $5, blocked = $6, changed_at = $7,
            changed_slot = floor(extract(epoch FROM $7::timestamptz) / 10),
            cancelled_at = CASE WHEN $8 THEN coalesce(cancelled_at, $7) END, tier_badges = $11,
            badged_version = CASE WHEN tiers_moved > $12 THEN NULL ELSE version + 1 END,
            tiers_moved = CASE WHEN tiers_moved > $12 THEN tiers_moved END
        WHERE event_id = $1 AND (version = $2 OR $9) AND ($8 OR $10 OR cancel_asked_at IS NULL)
        RETURNING version";
    let part = together.part(ADVANCED, statement).bind(event.0)?.bind(version)?;
    let part =
        part.bind(counts.available as i32)?.bind(counts.held as i32)?.bind(counts.sold as i32)?.bind(counts.blocked as i32)?;
    part.bind(sql(now))?.bind(closed)?.bind(!controls.stands(Guard::Fence))?.bind(!controls.stands(Guard::Cancelling))?;
    part.bind(badged.tiers.to_string())?.bind(badged.terms)?;
    Ok(())
}

/// Writes the badges of a desk whose places moved to other tiers, without a new version: its seats are as they were.
pub fn badge(together: &mut Together, event: EventId, version: i64, badged: Badged) -> Result<(), Fault> {
    let statement = "-- desks.badge
        UPDATE desks SET tier_badges = $3, badged_version = version, tiers_moved = NULL,
            changed_slot = floor(extract(epoch FROM clock_timestamp()) / 10)
        WHERE event_id = $1 AND version = $2 AND tiers_moved <= $4";
    together.part("badged", statement).bind(event.0)?.bind(version)?.bind(badged.tiers.to_string())?.bind(badged.terms)?;
    Ok(())
}

/// Events that sold something and whose places have moved to other tiers since their badges were written, at most `limit`.
///
/// Takes     `only`: the event that is asked about; all without one.
#[tracing::instrument(name = "db.desks.moved", level = "debug", skip_all)]
pub async fn moved(pool: &PgPool, only: Option<EventId>, limit: i64) -> Result<Vec<EventId>, Fault> {
    let statement = "-- desks.moved
        SELECT event_id FROM desks WHERE tiers_moved IS NOT NULL AND ($1::uuid IS NULL OR event_id = $1) ORDER BY event_id LIMIT $2";
    let query = sqlx::query_scalar(statement).bind(only.map(|event| event.0)).bind(limit);
    let ids: Vec<Uuid> = query.fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// The clock stands in a subquery, computed once: a volatile function in the condition itself would be computed for every row there is,
/// and no index could answer.
const CHANGED: &str = "-- desks.changed
        SELECT event_id, version, available, held, sold, blocked, changed_at, CASE WHEN badged_version = version THEN tier_badges END AS tiers
        FROM desks
        WHERE changed_slot >= (SELECT coalesce(floor(extract(epoch FROM clock_timestamp() - make_interval(secs => $1)) / 10)::bigint, 0))";
/// How long a pile may take from its time to its commit to be told by the next look, though that asks only for what came since the last.
const LATE: Duration = Duration::from_secs(3);

/// Events whose counts changed within a time before the database's now, and a little more: commit order is not clock order. All
/// events without a time.
///
/// The time is the caller's, never one that stands in a row: a row that a clock in the future wrote hides no other. Nor does one that cannot
/// be read: it is left out, and where only its tiers cannot, it says nothing of them.
#[tracing::instrument(name = "db.desks.changed", level = "debug", skip_all)]
pub async fn changed_within(pool: &PgPool, within: Option<Duration>) -> Result<Vec<EventCounts>, Fault> {
    let seconds = within.map(|within| (within + LATE).as_secs_f64());
    let rows = sqlx::query(CHANGED).bind(seconds).fetch_all(pool).await?;
    let (mut readable, mut wrong) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        match event_counts(row) {
            Ok((counts, Ok(()))) => readable.push(counts),
            Ok((counts, Err(corrupt))) => {
                wrong.push(format!("{}: {corrupt}", counts.event_id));
                readable.push(counts);
            }
            Err(fault) => wrong.push(fault.to_string()),
        }
    }
    if let Some(first) = wrong.first() {
        tracing::warn!(rows = wrong.len(), first, "what is left of some events cannot be read");
    }
    Ok(readable)
}

/// What a row says, and whether it can be read what it says of tiers.
fn event_counts(row: &PgRow) -> Result<(EventCounts, Result<(), Corrupt>), Fault> {
    let counts = Counts {
        available: col_count(row, "available")?,
        held: col_count(row, "held")?,
        sold: col_count(row, "sold")?,
        blocked: col_count(row, "blocked")?,
    };
    let version = col::<i64, _>(row, "version")?.unsigned_abs();
    let tiers = col::<Option<String>, _>(row, "tiers")?.map(|tiers| tiers.parse::<TierBadges>()).transpose();
    let (tiers, told) = match tiers {
        Ok(tiers) => (tiers, Ok(())),
        Err(error) => (None, Err(Corrupt::new("desks", error))),
    };
    Ok((EventCounts { event_id: col_id(row, "event_id")?, version, counts, tiers, changed_at: col_at(row, "changed_at")? }, told))
}

/// Events with held places, at most `limit`: their desks must be open for the places to lapse in sight of all.
#[tracing::instrument(name = "db.desks.holding", level = "debug", skip_all)]
pub async fn holding(pool: &PgPool, limit: i64) -> Result<Vec<EventId>, Fault> {
    let statement = "-- desks.holding
        SELECT event_id FROM desks WHERE held > 0 ORDER BY changed_at DESC LIMIT $1";
    let ids: Vec<Uuid> = sqlx::query_scalar(statement).bind(limit).fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// Cancelled events that still sell, or still have something to give back, at most `limit`.
#[tracing::instrument(name = "db.desks.cancelling", level = "debug", skip_all)]
pub async fn cancelling(pool: &PgPool, limit: i64) -> Result<Vec<EventId>, Fault> {
    let statement = "-- desks.cancelling
        SELECT event_id FROM desks WHERE (cancel_asked_at IS NOT NULL AND cancelled_at IS NULL)
            OR (cancelled_at IS NOT NULL AND held + sold > 0)
        ORDER BY event_id LIMIT $1";
    let ids: Vec<Uuid> = sqlx::query_scalar(statement).bind(limit).fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// Events that have a desk, after `after`, in order of id.
#[tracing::instrument(name = "db.desks.page", level = "debug", skip_all)]
pub async fn page(pool: &PgPool, after: Option<EventId>, limit: i64) -> Result<Vec<EventId>, Fault> {
    let statement = "-- desks.page
        SELECT event_id FROM desks WHERE $1::uuid IS NULL OR event_id > $1 ORDER BY event_id LIMIT $2";
    let ids: Vec<Uuid> = sqlx::query_scalar(statement).bind(after.map(|id| id.0)).bind(limit).fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node that is frozen inside the fence keeps nobody out for ever; one that was asked something lately is left alone.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_is_frozen_inside_the_fence_is_put_out(pool: PgPool) {
        let event = EventId::at(Timestamp::UNIX_EPOCH);
        let [mut inside, mut outside] = [pool.acquire().await.expect("a connection"), pool.acquire().await.expect("another")];
        pass(&mut inside, event, None, &[]).await.expect("passed");
        assert_eq!(free(&mut outside, event, Duration::from_secs(3_600)).await.expect("looked"), 0, "not that long");
        run(&mut inside, "SELECT 1").await.expect("the control: it is still there");
        let other = EventId::at(Timestamp::UNIX_EPOCH);
        assert_eq!(free(&mut outside, other, Duration::ZERO).await.expect("looked"), 0, "another event's fence");
        assert_eq!(free(&mut outside, event, Duration::ZERO).await.expect("looked"), 1);
        pass(&mut outside, event, None, &[]).await.expect("passed");
        run(&mut inside, "SELECT 1").await.expect_err("put out");
        run(&mut outside, LEAVE).await.expect("left");
    }

    /// A letter that this program does not know, as a later one may write.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_row_whose_tiers_cannot_be_read_hides_no_other_and_keeps_its_counts(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        let [good, bad] = [1, 2].map(|n| EventId(Uuid::from_u128(n)));
        for (event, badges) in [(good, "1s"), (bad, "1?")] {
            let statement =
                "INSERT INTO desks (event_id, available, capacity, tier_badges, badged_version) VALUES ($1, 10, 10, $2, 0)";
            sqlx::query(statement).bind(event.0).bind(badges).execute(&mut *conn).await.expect("written");
        }
        let mut read = changed_within(&pool, None).await.expect("read");
        read.sort_by_key(|counts| counts.event_id);
        let told: Vec<_> = read.iter().map(|counts| (counts.event_id, counts.counts.available, counts.tiers)).collect();
        assert_eq!(told, [(good, 10, "1s".parse().ok()), (bad, 10, None)]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_changed_lately_is_found_by_its_index(pool: PgPool) {
        let mut tx = pool.begin().await.expect("begun");
        sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await.expect("set");
        let statement = format!("EXPLAIN {}", CHANGED.replace("$1", "60"));
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_all(&mut *tx).await.expect("a plan");
        assert!(plan.iter().any(|line| line.contains("Index Cond: (changed_slot >=")), "{plan:#?}");
    }
}
