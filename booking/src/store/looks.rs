//! Looks at an event before its desk is opened or it is shown: all that must be known first, by one statement.

use std::time::Duration;

use domain::EventId;
use jiff::Timestamp;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::desks::{self, DeskRow};
use super::houses::Houses;
use super::{col, col_at, sale_terms};
use crate::error::Fault;
use crate::rules::terms::Terms;

/// An event as whoever opens its desk, or shows it, must know it first.
#[derive(Debug)]
pub struct EventLook {
    pub terms: Terms,
    /// None where nobody has opened a desk yet.
    pub desk: Option<Looked>,
    /// The database's clock when it was read.
    pub now: Timestamp,
}

/// A desk's row, and what tells which other rows of it there are.
#[derive(Debug)]
pub struct Looked {
    pub row: DeskRow,
    /// Places of its areas, in order of their position, and how many of them are blocked.
    pub areas: Vec<(u32, u32)>,
    pub has_passes: bool,
    pub has_waitlist: bool,
}

/// Looks at an event and its desk, and puts out whoever stopped inside the fence for `stopped`.
///
/// Gives     `None` where there is no such event.
/// Cost      one statement; a second one where the event's map was not read before.
#[tracing::instrument(name = "db.looks.look", level = "debug", skip_all)]
pub async fn look(
    db: &mut PgConnection,
    event: EventId,
    houses: &Houses,
    stopped: Option<Duration>,
) -> Result<Option<EventLook>, Fault> {
    let columns = sale_terms::COLUMNS;
    let statement = format!(
        "-- looks.look
        SELECT {columns}, d.*, clock_timestamp() AS now, CASE WHEN $2::float8 IS NOT NULL THEN free_fence($1, $2) END AS freed
        FROM sale_terms LEFT JOIN LATERAL (
            SELECT l.version AS desk_version, available, held, sold, blocked, changed_at, cancelled_at, capacities, blocked_in,
                has_passes, has_waitlist
            FROM desk_looks l WHERE l.event_id = sale_terms.event_id) AS d ON true
        WHERE event_id = $1"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).bind(stopped.map(|stopped| stopped.as_secs_f64()));
    let Some(row) = query.fetch_optional(&mut *db).await? else { return Ok(None) };
    let terms = match sale_terms::known(&row, houses)? {
        Some(terms) => Some(terms),
        None => sale_terms::with_map(db, event, houses).await?,
    };
    let desk = if col::<Option<i64>, _>(&row, "desk_version")?.is_some() { Some(looked(&row)?) } else { None };
    let now = col_at(&row, "now")?;
    Ok(terms.map(|terms| EventLook { terms, desk, now }))
}

fn looked(row: &PgRow) -> Result<Looked, Fault> {
    let numbers = |name: &'static str| col::<Vec<i32>, _>(row, name);
    let areas = numbers("capacities")?.into_iter().zip(numbers("blocked_in")?);
    Ok(Looked {
        row: desks::read(row, "desk_version")?,
        areas: areas.map(|(capacity, blocked)| (capacity.unsigned_abs(), blocked.unsigned_abs())).collect(),
        has_passes: col(row, "has_passes")?,
        has_waitlist: col(row, "has_waitlist")?,
    })
}

/// Makes the event's desk and its areas for the map that these terms name; the event keeps that map until then.
///
/// Gives     when; `None` where the event is gone or has another map by now, or sells already.
/// Cost      one round trip that does not wait for the disk.
#[tracing::instrument(name = "db.looks.make", level = "debug", skip_all)]
pub async fn make(db: &mut PgConnection, terms: &Terms) -> Result<Option<Timestamp>, Fault> {
    let statement = "-- looks.make
        SELECT make_desk($1, $2, $3, $4)";
    let areas: Vec<i32> = terms.house.areas.iter().map(|area| area.capacity as i32).collect();
    let query = sqlx::query_scalar(statement).bind(terms.event.0).bind(terms.map.map(|map| map.0));
    let made: Option<jiff_sqlx::Timestamp> = query.bind(terms.house.capacity() as i32).bind(areas).fetch_one(db).await?;
    Ok(made.map(|at| at.to_jiff()))
}
