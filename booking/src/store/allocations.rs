//! Rows of allocations: a seat is taken iff it has one.

use domain::{EventId, HoldId, SeatIndex};
use sqlx::PgConnection;
use uuid::Uuid;

use super::together::Together;
use crate::error::Fault;
use crate::rules::controls::{Controls, Guard};

/// A taken seat; without a hold the organiser blocked it.
pub type Allocation = (SeatIndex, Option<HoldId>);

/// The key that a seat taken twice would break.
pub const KEY: &str = "allocations_pkey";

/// Takes seats. A breach of [`KEY`] means that memory and table disagree.
pub fn insert(together: &mut Together, event: EventId, rows: &[Allocation], controls: Controls) -> Result<(), Fault> {
    let statement = "-- allocations.insert
        INSERT INTO allocations (event_id, seat, hold_id) SELECT $1, seat, hold_id FROM UNNEST($2::int[], $3::uuid[]) AS a (seat, hold_id)";
    let without_guard = "-- allocations.insert, its guard off
        INSERT INTO allocations (event_id, seat, hold_id) SELECT $1, seat, hold_id FROM UNNEST($2::int[], $3::uuid[]) AS a (seat, hold_id)
        ON CONFLICT (event_id, seat) DO NOTHING";
    let (seats, holds) = columns(rows);
    let statement = if controls.stands(Guard::AllocationKey) { statement } else { without_guard };
    together.part("taken", statement).bind(event.0)?.bind(seats)?.bind(holds)?;
    Ok(())
}

/// Frees seats from exactly these holds. Gives how many there were.
#[tracing::instrument(name = "db.allocations.delete", level = "debug", skip_all)]
pub async fn delete(db: &mut PgConnection, event: EventId, rows: &[Allocation], controls: Controls) -> Result<u64, Fault> {
    let statement = "-- allocations.delete
        DELETE FROM allocations a USING UNNEST($2::int[], $3::uuid[]) AS d (seat, hold_id)
        WHERE a.event_id = $1 AND a.seat = d.seat AND a.hold_id IS NOT DISTINCT FROM d.hold_id";
    let (seats, holds) = columns(rows);
    let done = sqlx::query(statement).bind(event.0).bind(seats).bind(holds).execute(db).await?;
    Ok(if controls.stands(Guard::AllocationKey) { done.rows_affected() } else { rows.len() as u64 })
}

/// All taken seats of an event, in order.
#[tracing::instrument(name = "db.allocations.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<Allocation>, Fault> {
    let statement = "-- allocations.of
        SELECT seat, hold_id FROM allocations WHERE event_id = $1 ORDER BY seat";
    let rows: Vec<(i32, Option<Uuid>)> = sqlx::query_as(statement).bind(event.0).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(seat, hold)| (seat.unsigned_abs(), hold.map(HoldId))).collect())
}

fn columns(rows: &[Allocation]) -> (Vec<i32>, Vec<Option<Uuid>>) {
    rows.iter().map(|(seat, hold)| (*seat as i32, hold.map(|hold| hold.0))).unzip()
}
