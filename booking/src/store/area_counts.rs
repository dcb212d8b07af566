//! Rows of area counts: places without numbers.

use domain::EventId;
use sqlx::PgConnection;

use super::col_count;
use crate::error::Fault;
use crate::rules::controls::{Controls, Guard};
use crate::rules::inventory::AreaState;

/// What one pile changes in one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AreaDelta {
    pub held: i32,
    pub sold: i32,
    pub blocked: i32,
}

/// Adds to the counts; the statement passes over what does not fit, and the schema would refuse it. Gives how many areas there were.
#[tracing::instrument(name = "db.area_counts.add", level = "debug", skip_all)]
pub async fn add(db: &mut PgConnection, event: EventId, deltas: &[(u32, AreaDelta)], controls: Controls) -> Result<u64, Fault> {
    let statement = "-- area_counts.add
        UPDATE area_counts a SET held = a.held + d.held, sold = a.sold + d.sold, blocked = a.blocked + d.blocked
        FROM UNNEST($2::int[], $3::int[], $4::int[], $5::int[]) AS d (area, held, sold, blocked)
        WHERE a.event_id = $1 AND a.area = d.area AND (a.held + d.held + a.sold + d.sold + a.blocked + d.blocked <= a.capacity OR $6)";
    let column = |value: fn(&AreaDelta) -> i32| deltas.iter().map(|(_, delta)| value(delta)).collect::<Vec<i32>>();
    let areas: Vec<i32> = deltas.iter().map(|(area, _)| *area as i32).collect();
    let query = sqlx::query(statement).bind(event.0).bind(areas).bind(column(|d| d.held)).bind(column(|d| d.sold));
    let query = query.bind(column(|d| d.blocked)).bind(!controls.stands(Guard::AreaCounts));
    Ok(query.execute(db).await?.rows_affected())
}

/// The areas of an event, in order of their position.
#[tracing::instrument(name = "db.area_counts.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<AreaState>, Fault> {
    let statement = "-- area_counts.of
        SELECT capacity, held, sold, blocked FROM area_counts WHERE event_id = $1 ORDER BY area";
    let rows = sqlx::query(statement).bind(event.0).fetch_all(db).await?;
    let read = |row| {
        let (capacity, held) = (col_count(row, "capacity")?, col_count(row, "held")?);
        Ok(AreaState { capacity, held, sold: col_count(row, "sold")?, blocked: col_count(row, "blocked")? })
    };
    rows.iter().map(read).collect()
}
