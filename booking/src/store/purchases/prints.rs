//! Rows of prints, and the view through which printing sees tickets. Every statement that changes a row says again from which state.

use domain::{BuyerId, EventId, TicketId};
use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::print::{ATTEMPTS, Present, Print, PrintReason};
use crate::store::{col, col_at, col_count, col_id, col_word_opt, sql};

/// A ticket as printing sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintRow {
    pub ticket: TicketId,
    pub event: EventId,
    pub buyer: BuyerId,
    pub valid: bool,
    /// The event's edition now.
    pub edition: u32,
    pub print: Print,
}

impl PrintRow {
    pub fn present(&self, now: Timestamp) -> Present {
        Present { edition: self.edition, valid: self.valid, now }
    }
}

/// A print that was taken to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenPrint {
    pub ticket: TicketId,
    pub event: EventId,
    /// How often it was taken, this time included.
    pub attempts: u16,
    /// The event's edition when it was taken: what is drawn shows this one or a later.
    pub edition: u32,
    pub asked_at: Timestamp,
    pub turn: Timestamp,
}

impl TakenPrint {
    /// Whether it is tried no more when it fails now.
    pub fn is_last_try(&self) -> bool {
        self.attempts >= ATTEMPTS
    }
}

/// A print that was finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedPrint {
    pub ticket: TicketId,
    pub asked_at: Timestamp,
    pub turn: Timestamp,
    pub ended_at: Timestamp,
}

/// A drawing of a print, and the edition that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnPrint {
    pub ticket: TicketId,
    pub event: EventId,
    pub edition: u32,
    pub drawing: Vec<u8>,
}

/// A print that did not come to be, in the edition that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedPrint {
    pub ticket: TicketId,
    pub edition: u32,
    /// None: it rests and is tried again.
    pub reason: Option<PrintReason>,
    pub rest: SignedDuration,
}

/// Those of these tickets that there are, with their prints.
#[tracing::instrument(name = "db.prints.of", level = "debug", skip_all)]
pub async fn of(pool: &PgPool, tickets: &[TicketId]) -> Result<Vec<PrintRow>, Fault> {
    let statement = "-- prints.of
        SELECT ticket_id, event_id, buyer_id, valid, present_edition, state, edition, ready_at, claim, attempts, reason
        FROM ticket_prints WHERE ticket_id = ANY($1)";
    sqlx::query(statement).bind(ids(tickets)).fetch_all(pool).await?.iter().map(read).collect()
}

/// Asks for prints of these tickets, where they may be had and are not pending or printed in the present edition.
///
/// Takes     `now`: a test's clock; none: the database's.
#[tracing::instrument(name = "db.prints.ask", level = "debug", skip_all)]
pub async fn ask(pool: &PgPool, tickets: &[TicketId], now: Option<Timestamp>) -> Result<u64, Fault> {
    // in the order of their ids, so that two who ask for the same tickets wait for each other in the same order
    let statement = "-- prints.ask
        INSERT INTO prints AS p (ticket_id, event_id, state, edition, asked_at, turn, ready_at, kept_until)
        SELECT v.ticket_id, v.event_id, 'pending', v.present_edition, n.at,
            n.at + least(greatest(v.starts_at - n.at, interval '0') / 1440, interval '6 hours'), n.at,
            greatest(v.starts_at, n.at) + interval '30 days'
        FROM ticket_prints v, (SELECT coalesce($2, clock_timestamp()) AS at) n
        WHERE v.ticket_id = ANY($1) AND v.valid ORDER BY v.ticket_id
        ON CONFLICT (ticket_id) DO UPDATE SET state = 'pending', edition = excluded.edition, asked_at = excluded.asked_at,
            turn = excluded.turn, ready_at = excluded.ready_at, kept_until = excluded.kept_until, claim = NULL, attempts = 0,
            reason = NULL, ended_at = NULL, drawing = NULL
        WHERE p.state = 'error' OR (p.state = 'printed' AND p.edition < excluded.edition)";
    Ok(sqlx::query(statement).bind(ids(tickets)).bind(now.map(sql)).execute(pool).await?.rows_affected())
}

/// Takes the prints whose turn is the earliest, for `kept` long; what others hold, or what rests, is passed by.
///
/// Gives     the claim and what was taken, in the order of their turns.
#[tracing::instrument(name = "db.prints.take", level = "debug", skip_all)]
pub async fn take(
    pool: &PgPool,
    limit: u32,
    kept: SignedDuration,
    now: Option<Timestamp>,
) -> Result<Option<(Uuid, Vec<TakenPrint>)>, Fault> {
    let statement = "-- prints.take
        WITH n AS MATERIALIZED (SELECT coalesce($1, clock_timestamp()) AS at, gen_random_uuid() AS claim),
        next AS MATERIALIZED (
            SELECT ticket_id FROM prints WHERE state = 'pending' AND ready_at <= (SELECT at FROM n)
            ORDER BY turn LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE prints p SET claim = n.claim, attempts = p.attempts + 1, ready_at = n.at + $3 * interval '1 millisecond'
        FROM next, n WHERE p.ticket_id = next.ticket_id AND p.state = 'pending'
        RETURNING p.ticket_id, p.event_id, p.attempts, p.asked_at, p.turn, p.claim,
            coalesce((SELECT t.edition FROM sale_terms t WHERE t.event_id = p.event_id), p.edition) AS edition";
    let millis = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
    let rows = sqlx::query(statement).bind(now.map(sql)).bind(i64::from(limit)).bind(millis).fetch_all(pool).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut taken: Vec<TakenPrint> = rows.iter().map(read_taken).collect::<Result<_, _>>()?;
    taken.sort_by_key(|print| (print.turn, print.ticket));
    Ok(Some((col(first, "claim")?, taken)))
}

/// Keeps these events' editions as they are until the transaction ends.
#[tracing::instrument(name = "db.prints.keep_editions", level = "debug", skip_all)]
pub async fn keep_editions(db: &mut PgConnection, events: &[EventId]) -> Result<(), Fault> {
    let statement = "-- prints.keep_editions
        SELECT count(*) FROM keep_editions($1)";
    let events: Vec<Uuid> = events.iter().map(|event| event.0).collect();
    sqlx::query(statement).bind(events).execute(db).await?;
    Ok(())
}

/// Which guards a finish has: all, unless a test says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Guarded {
    pub claim: bool,
    pub edition: bool,
}

/// Finishes prints of a claim that show their events' present editions. Gives which.
#[tracing::instrument(name = "db.prints.finish", level = "debug", skip_all)]
pub async fn finish(
    db: &mut PgConnection,
    claim: Uuid,
    drawn: &[DrawnPrint],
    guarded: Guarded,
    now: Option<Timestamp>,
) -> Result<Vec<FinishedPrint>, Fault> {
    let statement = "-- prints.finish
        UPDATE prints p SET state = 'printed', edition = d.edition, drawing = d.drawing, claim = NULL,
            ended_at = coalesce($5, clock_timestamp())
        FROM UNNEST($2::uuid[], $3::int[], $4::bytea[]) AS d (ticket_id, edition, drawing)
        WHERE p.ticket_id = d.ticket_id AND p.state = 'pending' AND (p.claim = $1 OR NOT $6)
            AND (NOT $7 OR d.edition = (SELECT t.edition FROM sale_terms t WHERE t.event_id = p.event_id))
        RETURNING p.ticket_id, p.asked_at, p.turn, p.ended_at";
    let finished = sqlx::query(statement)
        .bind(claim)
        .bind(drawn.iter().map(|print| print.ticket.0).collect::<Vec<_>>())
        .bind(drawn.iter().map(|print| pg::column::integer(print.edition)).collect::<Vec<_>>())
        .bind(drawn.iter().map(|print| print.drawing.as_slice()).collect::<Vec<_>>())
        .bind(now.map(sql))
        .bind(guarded.claim)
        .bind(guarded.edition)
        .fetch_all(db)
        .await?;
    let read = |row: &PgRow| {
        let (asked_at, turn, ended_at) = (col_at(row, "asked_at")?, col_at(row, "turn")?, col_at(row, "ended_at")?);
        Ok(FinishedPrint { ticket: col_id(row, "ticket_id")?, asked_at, turn, ended_at })
    };
    finished.iter().map(read).collect()
}

/// Gives prints of a claim back to the queue: they keep their turn, and it was nobody's failure. Gives how many.
#[tracing::instrument(name = "db.prints.give_back", level = "debug", skip_all)]
pub async fn give_back(db: &mut PgConnection, claim: Uuid, tickets: &[TicketId], now: Option<Timestamp>) -> Result<u64, Fault> {
    let statement = "-- prints.give_back
        UPDATE prints SET claim = NULL, attempts = greatest(attempts - 1, 0), ready_at = coalesce($3, clock_timestamp())
        WHERE ticket_id = ANY($2) AND state = 'pending' AND claim = $1";
    Ok(sqlx::query(statement).bind(claim).bind(ids(tickets)).bind(now.map(sql)).execute(db).await?.rows_affected())
}

/// Lets prints of a claim rest, or ends them with a reason. Gives how many.
#[tracing::instrument(name = "db.prints.fail", level = "debug", skip_all)]
pub async fn fail(pool: &PgPool, claim: Uuid, failed: &[FailedPrint], now: Option<Timestamp>) -> Result<u64, Fault> {
    let statement = "-- prints.fail
        UPDATE prints p SET state = CASE WHEN f.reason IS NULL THEN 'pending' ELSE 'error' END, edition = f.edition, reason = f.reason,
            claim = NULL, ready_at = n.at + f.rest * interval '1 millisecond',
            ended_at = CASE WHEN f.reason IS NULL THEN NULL ELSE n.at END
        FROM UNNEST($2::uuid[], $3::int[], $4::text[], $5::bigint[]) AS f (ticket_id, edition, reason, rest),
            (SELECT coalesce($6, clock_timestamp()) AS at) n
        WHERE p.ticket_id = f.ticket_id AND p.state = 'pending' AND p.claim = $1";
    let done = sqlx::query(statement)
        .bind(claim)
        .bind(failed.iter().map(|print| print.ticket.0).collect::<Vec<_>>())
        .bind(failed.iter().map(|print| pg::column::integer(print.edition)).collect::<Vec<_>>())
        .bind(failed.iter().map(|print| print.reason.map(PrintReason::as_str)).collect::<Vec<_>>())
        .bind(failed.iter().map(|print| i64::try_from(print.rest.as_millis()).unwrap_or(i64::MAX)).collect::<Vec<_>>())
        .bind(now.map(sql))
        .execute(pool)
        .await?;
    Ok(done.rows_affected())
}

/// Forgets a print that is pending or failed. Gives whether there was one.
#[tracing::instrument(name = "db.prints.cancel", level = "debug", skip_all)]
pub async fn cancel(pool: &PgPool, ticket: TicketId) -> Result<bool, Fault> {
    let statement = "-- prints.cancel
        DELETE FROM prints WHERE ticket_id = $1 AND state IN ('pending', 'error')";
    Ok(sqlx::query(statement).bind(ticket.0).execute(pool).await?.rows_affected() > 0)
}

/// The drawing of a ticket that is printed in its event's present edition, and that edition.
///
/// Takes     `guarded`: whether an edition that is over is passed by; always, unless a test says otherwise.
#[tracing::instrument(name = "db.prints.drawing", level = "debug", skip_all)]
pub async fn drawing(pool: &PgPool, ticket: TicketId, guarded: bool) -> Result<Option<(BuyerId, u32, Vec<u8>)>, Fault> {
    let statement = "-- prints.drawing
        SELECT buyer_id, edition, drawing FROM ticket_prints
        WHERE ticket_id = $1 AND valid AND state = 'printed' AND (NOT $2 OR edition = present_edition)";
    let row = sqlx::query(statement).bind(ticket.0).bind(guarded).fetch_optional(pool).await?;
    row.map(|row| Ok((col_id(&row, "buyer_id")?, col_count(&row, "edition")?, col(&row, "drawing")?))).transpose()
}

/// How many prints are pending; of very many, not all are counted.
#[tracing::instrument(name = "db.prints.waiting", level = "debug", skip_all)]
pub async fn waiting(pool: &PgPool, at_most: i64) -> Result<u64, Fault> {
    let statement = "-- prints.waiting
        SELECT count(*) FROM (SELECT FROM prints WHERE state = 'pending' LIMIT $1) AS pending";
    Ok(sqlx::query_scalar::<_, i64>(statement).bind(at_most).fetch_one(pool).await?.unsigned_abs())
}

/// Forgets prints that are kept no longer. Gives how many.
#[tracing::instrument(name = "db.prints.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, now: Timestamp, bite: i64) -> Result<u64, Fault> {
    let statement = "-- prints.purge
        DELETE FROM prints WHERE ticket_id IN (SELECT ticket_id FROM prints WHERE kept_until < $1 ORDER BY kept_until LIMIT $2)";
    Ok(sqlx::query(statement).bind(sql(now)).bind(bite).execute(pool).await?.rows_affected())
}

/// Prints that cannot be: of which event, and whether their ticket is missing there; else they show an edition that has not been yet.
///
/// Cost      one look at every print.
#[tracing::instrument(name = "db.prints.wrong", level = "debug", skip_all)]
pub async fn wrong(pool: &PgPool, limit: i64) -> Result<Vec<(EventId, TicketId, bool)>, Fault> {
    let statement = "-- prints.wrong
        SELECT p.event_id, p.ticket_id, v.ticket_id IS NULL AS without_ticket
        FROM prints p LEFT JOIN ticket_prints v ON v.ticket_id = p.ticket_id AND v.event_id = p.event_id
        WHERE v.ticket_id IS NULL OR p.edition > v.present_edition ORDER BY p.ticket_id LIMIT $1";
    let rows = sqlx::query(statement).bind(limit).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((col_id(row, "event_id")?, col_id(row, "ticket_id")?, col(row, "without_ticket")?))).collect()
}

fn ids(tickets: &[TicketId]) -> Vec<Uuid> {
    tickets.iter().map(|ticket| ticket.0).collect()
}

fn read_taken(row: &PgRow) -> Result<TakenPrint, Fault> {
    Ok(TakenPrint {
        ticket: col_id(row, "ticket_id")?,
        event: col_id(row, "event_id")?,
        attempts: col::<i16, _>(row, "attempts")?.unsigned_abs(),
        edition: col_count(row, "edition")?,
        asked_at: col_at(row, "asked_at")?,
        turn: col_at(row, "turn")?,
    })
}

fn read(row: &PgRow) -> Result<PrintRow, Fault> {
    Ok(PrintRow {
        ticket: col_id(row, "ticket_id")?,
        event: col_id(row, "event_id")?,
        buyer: col_id(row, "buyer_id")?,
        valid: col(row, "valid")?,
        edition: col_count(row, "present_edition")?,
        print: read_print(row)?,
    })
}

/// The state and what belongs to it must agree, as the schema says too.
fn read_print(row: &PgRow) -> Result<Print, Fault> {
    let Some(state) = col::<Option<&str>, _>(row, "state")? else { return Ok(Print::Absent) };
    match (state, col_word_opt(row, "reason", PrintReason::parse)?) {
        ("pending", None) => Ok(Print::Pending {
            claim: col(row, "claim")?,
            attempts: col::<i16, _>(row, "attempts")?.unsigned_abs(),
            ready_at: col_at(row, "ready_at")?,
        }),
        ("printed", None) => Ok(Print::Printed { edition: col_count(row, "edition")? }),
        ("error", Some(reason)) => Ok(Print::Failed { edition: col_count(row, "edition")?, reason }),
        (state, reason) => Err(Fault::corrupt("print", format_args!("{state} with {reason:?}"))),
    }
}
