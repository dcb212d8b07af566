//! Rows of waitlists.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{BuyerId, EntryId, EventId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{col, col_at, col_at_opt, col_id, col_tiers, col_word, sql};
use crate::error::Fault;
use crate::rules::controls::{Controls, Guard};
use crate::rules::waitlist::entry::{EntryState, Party, Waiter};
use crate::rules::waitlist::lines::Lines;
use crate::rules::waitlist::step::Step;
use crate::rules::waitlist::tiers::TierSet;

/// An entry as its row says it, ended or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub event: EventId,
    pub waiter: Waiter,
    pub state: EntryState,
    pub ended_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "event_id, id, buyer_id, other_ids, quantity, tiers, returns, number, state, joined_at, waits_until, hold_id,
    offered_until, ended_at, client";

/// Who waits at an event, in whatever order.
#[tracing::instrument(name = "db.waitlist.lines", level = "debug", skip_all)]
pub async fn lines(db: &mut PgConnection, event: EventId) -> Result<Lines, Fault> {
    // the highest number of all, ended ones included: none is given twice
    let statement = "-- waitlist.lines
        SELECT coalesce((SELECT number FROM waitlist WHERE event_id = $1 ORDER BY number DESC LIMIT 1), 0),
            EXISTS (SELECT FROM waitlists_closed WHERE event_id = $1)";
    let (last, closed): (i64, bool) = sqlx::query_as(statement).bind(event.0).fetch_one(&mut *db).await?;
    let statement = format!(
        "-- waitlist.live\nSELECT {COLUMNS} FROM waitlist WHERE event_id = $1 AND state IN ('waiting', 'offered') ORDER BY number"
    );
    let rows =
        if last == 0 { Vec::new() } else { sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).fetch_all(db).await? };
    let waiters = rows.iter().map(|row| Ok(read(row)?.waiter)).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Lines::read(waiters, last.unsigned_abs(), closed)?)
}

/// What a pile made of one entry.
struct Last {
    new: Option<Arc<Waiter>>,
    state: EntryState,
    offered_until: Option<Timestamp>,
}

/// Writes a pile's steps: an entry that joined and moved on in the same pile is written as it then is.
///
/// Gives     how many entries were to be moved, and how many were: fewer means that memory and table disagree.
#[tracing::instrument(name = "db.waitlist.write", level = "debug", skip_all)]
pub async fn write(
    db: &mut PgConnection,
    event: EventId,
    steps: &[Step],
    now: Timestamp,
    controls: Controls,
) -> Result<(usize, u64), Fault> {
    let mut last: HashMap<EntryId, Last> = HashMap::new();
    let blank = || Last { new: None, state: EntryState::Waiting, offered_until: None };
    for step in steps {
        match step {
            Step::Joined(waiter) => _ = last.insert(waiter.id, Last { new: Some(Arc::clone(waiter)), ..blank() }),
            Step::Offered { entry, until } => {
                let entry = last.entry(*entry).or_insert_with(blank);
                (entry.state, entry.offered_until) = (EntryState::Offered, Some(*until));
            }
            Step::Ended { entry, how } => last.entry(*entry).or_insert_with(blank).state = *how,
            Step::Opened(open) => open_or_close(db, event, *open, now).await?,
        }
    }
    let (new, moved): (Vec<_>, Vec<_>) = last.into_iter().partition(|(_, last)| last.new.is_some());
    // ended ones first: who left may have joined again in the same pile
    let done = if moved.is_empty() { 0 } else { step_on(db, event, &moved, now, controls).await? };
    if !new.is_empty() {
        insert(db, event, &new, now).await?;
    }
    Ok((moved.len(), done))
}

async fn insert(db: &mut PgConnection, event: EventId, new: &[(EntryId, Last)], now: Timestamp) -> Result<(), Fault> {
    let statement = "-- waitlist.insert
        INSERT INTO waitlist (event_id, id, buyer_id, other_ids, quantity, tiers, returns, number, state, joined_at, waits_until, hold_id,
            offered_until, ended_at, client)
        SELECT $1, w.id, w.buyer_id, w.other_ids::uuid[], w.quantity, w.tiers, w.waits_until IS NULL, w.number, w.state, w.joined_at,
            w.waits_until, w.hold_id, w.offered_until, CASE WHEN w.state IN ('waiting', 'offered') THEN NULL ELSE $13 END, w.client
        FROM UNNEST($2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::bigint[], $8::text[], $9::timestamptz[],
            $10::timestamptz[], $11::uuid[], $12::timestamptz[], $14::bigint[])
            AS w (id, buyer_id, other_ids, quantity, tiers, number, state, joined_at, waits_until, hold_id, offered_until, client)";
    let rows: Vec<(&Waiter, &Last)> = new.iter().filter_map(|(_, last)| Some((last.new.as_deref()?, last))).collect();
    let others = |waiter: &Waiter| {
        let ids: Vec<String> = waiter.others.iter().map(ToString::to_string).collect();
        format!("{{{}}}", ids.join(","))
    };
    sqlx::query(statement)
        .bind(event.0)
        .bind(rows.iter().map(|(waiter, _)| waiter.id.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| waiter.buyer.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| others(waiter)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| waiter.party.size as i16).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| letters(waiter.party.tiers)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| waiter.number as i64).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, last)| last.state.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| sql(waiter.joined_at)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| waiter.waits_until.map(sql)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(waiter, _)| waiter.hold.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, last)| last.offered_until.map(sql)).collect::<Vec<_>>())
        .bind(sql(now))
        .bind(rows.iter().map(|(waiter, _)| waiter.client).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

fn letters(tiers: TierSet) -> String {
    tiers.tiers().into_iter().map(domain::TierId::as_char).collect()
}

/// Moves live entries on.
async fn step_on(
    db: &mut PgConnection,
    event: EventId,
    moved: &[(EntryId, Last)],
    now: Timestamp,
    controls: Controls,
) -> Result<u64, Fault> {
    let statement = "-- waitlist.step
        UPDATE waitlist w SET state = s.state,
            offered_until = coalesce(s.offered_until, w.offered_until),
            ended_at = CASE WHEN s.state = 'offered' THEN NULL ELSE $5 END
        FROM UNNEST($2::uuid[], $3::text[], $4::timestamptz[]) AS s (id, state, offered_until)
        WHERE w.event_id = $1 AND w.id = s.id AND (w.state IN ('waiting', 'offered') OR $6)";
    let query = sqlx::query(statement)
        .bind(event.0)
        .bind(moved.iter().map(|(entry, _)| entry.0).collect::<Vec<_>>())
        .bind(moved.iter().map(|(_, last)| last.state.as_str()).collect::<Vec<_>>())
        .bind(moved.iter().map(|(_, last)| last.offered_until.map(sql)).collect::<Vec<_>>())
        .bind(sql(now))
        .bind(!controls.stands(Guard::LiveEntry));
    Ok(query.execute(db).await?.rows_affected())
}

async fn open_or_close(db: &mut PgConnection, event: EventId, open: bool, now: Timestamp) -> Result<(), Fault> {
    let statement = match open {
        true => "-- waitlist.open\nDELETE FROM waitlists_closed WHERE event_id = $1 AND $2::timestamptz IS NOT NULL",
        false => "-- waitlist.close\nINSERT INTO waitlists_closed (event_id, closed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    };
    sqlx::query(statement).bind(event.0).bind(sql(now)).execute(db).await?;
    Ok(())
}

/// Finds an entry of an event.
#[tracing::instrument(name = "db.waitlist.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, event: EventId, entry: EntryId) -> Result<Option<EntryRow>, Fault> {
    let statement = format!("-- waitlist.find\nSELECT {COLUMNS} FROM waitlist WHERE event_id = $1 AND id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).bind(entry.0).fetch_optional(pool).await?;
    row.as_ref().map(read).transpose()
}

/// The live entries of a buyer, at whatever events, the newest first.
#[tracing::instrument(name = "db.waitlist.of_buyer", level = "debug", skip_all)]
pub async fn of_buyer(pool: &PgPool, buyers: &[Uuid], limit: i64) -> Result<Vec<EntryRow>, Fault> {
    let statement = format!(
        "-- waitlist.of_buyer\nSELECT {COLUMNS} FROM waitlist WHERE buyer_id = ANY($1) AND state IN ('waiting', 'offered')
        ORDER BY joined_at DESC, id LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(buyers).bind(limit).fetch_all(pool).await?;
    rows.iter().map(read).collect()
}

/// How many wait before an entry for as many places.
///
/// Cost      a look at each of them in an index.
#[tracing::instrument(name = "db.waitlist.ahead", level = "debug", skip_all)]
pub async fn ahead(pool: &PgPool, event: EventId, waiter: &Waiter) -> Result<u32, Fault> {
    let statement = "-- waitlist.ahead
        SELECT count(*) FROM waitlist WHERE event_id = $1 AND quantity = $2 AND number < $3 AND state = 'waiting'";
    let query = sqlx::query_scalar(statement).bind(event.0).bind(waiter.party.size as i16).bind(waiter.number as i64);
    Ok(u32::try_from(query.fetch_one(pool).await.map(i64::unsigned_abs)?).unwrap_or(u32::MAX))
}

/// Events at which somebody waits, at most `limit` after `after`, in order of id: their desks must be open.
#[tracing::instrument(name = "db.waitlist.events", level = "debug", skip_all)]
pub async fn events(pool: &PgPool, after: Option<EventId>, limit: i64) -> Result<Vec<EventId>, Fault> {
    // one step through the index an event, however many wait there
    let statement = "-- waitlist.events
        WITH RECURSIVE e AS (
            (SELECT event_id FROM waitlist WHERE event_id > $2 AND state IN ('waiting', 'offered') ORDER BY event_id LIMIT 1)
            UNION ALL
            SELECT (SELECT w.event_id FROM waitlist w WHERE w.event_id > e.event_id AND w.state IN ('waiting', 'offered')
                ORDER BY w.event_id LIMIT 1)
            FROM e WHERE e.event_id IS NOT NULL
        )
        SELECT event_id FROM e WHERE event_id IS NOT NULL LIMIT $1";
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let ids: Vec<Uuid> = sqlx::query_scalar(statement).bind(limit).bind(after).fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// Entries of an event in order of arrival after a number.
#[tracing::instrument(name = "db.waitlist.page", level = "debug", skip_all)]
pub async fn page(pool: &PgPool, event: EventId, after: u64, limit: i64) -> Result<Vec<EntryRow>, Fault> {
    let statement =
        format!("-- waitlist.page\nSELECT {COLUMNS} FROM waitlist WHERE event_id = $1 AND number > $2 ORDER BY number LIMIT $3");
    let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).bind(after as i64).bind(limit);
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Entries and their places, by state.
pub type Counts = HashMap<EntryState, (u64, u64)>;

/// How many are in which state, and whether the waitlist is closed.
#[tracing::instrument(name = "db.waitlist.counts", level = "debug", skip_all)]
pub async fn counts(pool: &PgPool, event: EventId) -> Result<(Counts, bool), Fault> {
    let statement = "-- waitlist.counts
        SELECT state, count(*) AS entries, sum(quantity) AS places FROM waitlist WHERE event_id = $1 GROUP BY state";
    let rows = sqlx::query(statement).bind(event.0).fetch_all(pool).await?;
    let count = |row: &PgRow| {
        let (entries, places) = (col::<i64, _>(row, "entries")?, col::<i64, _>(row, "places")?);
        Ok((col_word(row, "state", EntryState::parse)?, (entries.unsigned_abs(), places.unsigned_abs())))
    };
    let counts = rows.iter().map(count).collect::<Result<_, Fault>>()?;
    let statement = "-- waitlist.is_closed
        SELECT EXISTS (SELECT FROM waitlists_closed WHERE event_id = $1)";
    Ok((counts, sqlx::query_scalar(statement).bind(event.0).fetch_one(pool).await?))
}

/// Forgets entries that ended before a time, at most `limit`, but the last of each event: its number tells the next one's. Gives how many.
#[tracing::instrument(name = "db.waitlist.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- waitlist.purge
        DELETE FROM waitlist WHERE (event_id, id) IN (
            SELECT event_id, id FROM waitlist w WHERE ended_at < $1
                AND EXISTS (SELECT FROM waitlist later WHERE later.event_id = w.event_id AND later.number > w.number)
            LIMIT $2
        ) AND ended_at < $1";
    Ok(sqlx::query(statement).bind(sql(before)).bind(limit).execute(pool).await?.rows_affected())
}

/// The state and its timestamps must agree, as the schema says too.
fn read(row: &PgRow) -> Result<EntryRow, Fault> {
    let state = col_word(row, "state", EntryState::parse)?;
    let (offered_until, ended_at) = (col_at_opt(row, "offered_until")?, col_at_opt(row, "ended_at")?);
    match (state, offered_until, ended_at) {
        (EntryState::Waiting, None, None) | (EntryState::Offered, Some(_), None) | (EntryState::Taken, Some(_), Some(_)) => {}
        (EntryState::Expired | EntryState::Impossible | EntryState::Left, _, Some(_)) => {}
        (state, offered, ended) => {
            return Err(Fault::corrupt("waitlist", format_args!("{state:?} with {offered:?} and {ended:?}")));
        }
    }
    let others: Vec<Uuid> = col(row, "other_ids")?;
    let party = Party {
        size: u32::from(col::<i16, _>(row, "quantity")?.unsigned_abs()),
        tiers: TierSet::of(col_tiers(row, "tiers")?),
        returns: col(row, "returns")?,
    };
    let waiter = Waiter {
        id: col_id(row, "id")?,
        buyer: col_id(row, "buyer_id")?,
        others: others.into_iter().map(BuyerId).collect(),
        client: col(row, "client")?,
        party,
        number: col::<i64, _>(row, "number")?.unsigned_abs(),
        joined_at: col_at(row, "joined_at")?,
        waits_until: col_at_opt(row, "waits_until")?,
        hold: col_id(row, "hold_id")?,
        offered_until,
    };
    Ok(EntryRow { event: col_id(row, "event_id")?, waiter, state, ended_at })
}
