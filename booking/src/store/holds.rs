//! Rows of holds.

use std::time::Duration;

use domain::{BuyerId, EventId, HoldId, Money, OrderId, PassId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::together::Together;
use super::{col, col_at, col_at_opt, col_count, col_currency, col_id, col_tiers, col_word, sql};
use crate::error::Fault;
use crate::rules::change::Taken;
use crate::rules::hoard::{Amount, Hoard, Holder};
use crate::rules::hold::HoldState;
use crate::rules::rows::HoldRow;

/// Makes the holds of one pile; those that were sold at once say so from their beginning.
pub fn insert(together: &mut Together, event: EventId, rows: &[&HoldRow]) -> Result<(), Fault> {
    let statement = "-- holds.insert
        INSERT INTO holds (event_id, id, buyer_id, state, until, seats, area, quantity, tiers, prices, total, currency, created_at, client, order_id,
            ended_at, pass_id)
        SELECT $1, h.id, h.buyer_id, CASE WHEN h.order_id IS NULL THEN 'held' ELSE 'ordered' END, h.until, h.seats::int[], h.area, h.quantity, h.tiers, h.prices::bigint[], h.total, h.currency, h.created_at, h.client,
            h.order_id, CASE WHEN h.order_id IS NULL THEN NULL ELSE h.created_at END, h.pass_id
        FROM UNNEST($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::int[], $7::int[], $8::text[], $9::text[], $10::bigint[],
            $11::text[], $12::timestamptz[], $13::bigint[], $14::uuid[], $15::uuid[])
            AS h (id, buyer_id, until, seats, area, quantity, tiers, prices, total, currency, created_at, client, order_id, pass_id)";
    let column = |value: fn(&HoldRow) -> Uuid| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    let (area, quantity): (Vec<_>, Vec<_>) =
        rows.iter().map(|row| row.taken.area.map(|(a, q)| (a as i32, q as i32)).unzip()).unzip();
    together
        .part("held", statement)
        .bind(event.0)?
        .bind(column(|row| row.id.0))?
        .bind(column(|row| row.buyer.0))?
        .bind(rows.iter().map(|row| sql(row.until)).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| literal(&row.taken.seats)).collect::<Vec<_>>())?
        .bind(area)?
        .bind(quantity)?
        .bind(rows.iter().map(|row| row.tiers.iter().map(|tier| tier.as_char()).collect()).collect::<Vec<String>>())?
        .bind(rows.iter().map(|row| literal(&row.prices)).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| row.total.amount).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| row.total.currency.code()).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| sql(row.created_at)).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| row.client).collect::<Vec<_>>())?
        .bind(rows.iter().map(|row| row.order.map(|order| order.0)).collect::<Vec<Option<Uuid>>>())?
        .bind(rows.iter().map(|row| row.pass.map(|pass| pass.0)).collect::<Vec<Option<Uuid>>>())?;
    Ok(())
}

/// An array as PostgreSQL writes it: UNNEST would flatten arrays of arrays.
fn literal<T: std::fmt::Display>(values: &[T]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(values.len() * 8 + 2);
    text.push('{');
    for (n, value) in values.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        write!(text, "{comma}{value}").unwrap_or_else(|_| unreachable!("a string takes everything"));
    }
    text.push('}');
    text
}

/// One hold's next state.
#[derive(Debug, Clone, Copy)]
pub struct HoldStep {
    pub id: HoldId,
    pub state: HoldState,
    pub order: Option<OrderId>,
}

/// Moves holds on. Live ones may go anywhere, a lapsed one can still be ordered, nothing else moves.
/// Gives how many moved: fewer than asked means that memory and table disagree.
#[tracing::instrument(name = "db.holds.step", level = "debug", skip_all)]
pub async fn step(db: &mut PgConnection, event: EventId, steps: &[HoldStep], now: Timestamp) -> Result<u64, Fault> {
    let statement = "-- holds.step
        UPDATE holds h SET state = s.state, order_id = s.order_id, ended_at = CASE WHEN s.state IN ('held', 'paying') THEN NULL ELSE $5 END
        FROM UNNEST($2::uuid[], $3::text[], $4::uuid[]) AS s (id, state, order_id)
        WHERE h.event_id = $1 AND h.id = s.id
            AND (h.state IN ('held', 'paying') OR (h.state = 'lapsed' AND s.state = 'ordered'))";
    let ids: Vec<Uuid> = steps.iter().map(|step| step.id.0).collect();
    let states: Vec<&str> = steps.iter().map(|step| step.state.as_str()).collect();
    let orders: Vec<Option<Uuid>> = steps.iter().map(|step| step.order.map(|order| order.0)).collect();
    let query = sqlx::query(statement).bind(event.0).bind(ids).bind(states).bind(orders).bind(sql(now));
    Ok(query.execute(db).await?.rows_affected())
}

const COLUMNS: &str = "event_id, id, buyer_id, state, until, seats, area, quantity, tiers, prices, total, currency, order_id, created_at, ended_at, client, pass_id";

/// Finds a hold by its id alone, and reads the time it is looked at.
#[tracing::instrument(name = "db.holds.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hold: HoldId, now: Option<Timestamp>) -> Result<Option<(HoldRow, Timestamp)>, Fault> {
    let statement = format!("-- holds.find\nSELECT {COLUMNS}, coalesce($2, clock_timestamp()) AS now FROM holds WHERE id = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(hold.0).bind(now.map(sql));
    query.fetch_optional(pool).await?.map(|row| Ok((read(&row)?, col_at(&row, "now")?))).transpose()
}

/// Finds holds of any events by their ids, and reads the time they are looked at.
#[tracing::instrument(name = "db.holds.find_all", level = "debug", skip_all)]
pub async fn find_all(pool: &PgPool, holds: &[HoldId], now: Option<Timestamp>) -> Result<Vec<(HoldRow, Timestamp)>, Fault> {
    let statement = format!(
        "-- holds.find_all\nSELECT {COLUMNS}, coalesce($2, clock_timestamp()) AS now FROM holds WHERE id = ANY($1) ORDER BY id"
    );
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(ids).bind(now.map(sql)).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((read(row)?, col_at(row, "now")?))).collect()
}

#[tracing::instrument(name = "db.holds.by_ids", level = "debug", skip_all)]
pub async fn by_ids(db: &mut PgConnection, event: EventId, ids: &[Uuid]) -> Result<Vec<HoldRow>, Fault> {
    let statement = format!("-- holds.by_ids\nSELECT {COLUMNS} FROM holds WHERE event_id = $1 AND id = ANY($2)");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).bind(ids).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The live holds of an event. The states stand in the statement, as in the index of live holds: dead ones are not read.
#[tracing::instrument(name = "db.holds.live", level = "debug", skip_all)]
pub async fn live(db: &mut PgConnection, event: EventId) -> Result<Vec<HoldRow>, Fault> {
    let statement = format!("-- holds.live\nSELECT {COLUMNS} FROM holds WHERE event_id = $1 AND state IN ('held', 'paying')");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// A hold that ended without an order, and when.
pub type Ended = (EventId, HoldId, Timestamp);

/// Events with holds that were over so long ago that their desk should have given them back, at most `limit`.
#[tracing::instrument(name = "db.holds.overdue", level = "debug", skip_all)]
pub async fn overdue(pool: &PgPool, since: Duration, limit: i64) -> Result<Vec<EventId>, Fault> {
    // the clock stands in a subquery: it is asked once, not for every hold there is
    let statement = "-- holds.overdue
        SELECT DISTINCT event_id FROM holds
        WHERE state IN ('held', 'paying') AND until < (SELECT clock_timestamp() - make_interval(secs => $1)) LIMIT $2";
    let ids: Vec<Uuid> = sqlx::query_scalar(statement).bind(since.as_secs_f64()).bind(limit).fetch_all(pool).await?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// Holds that ended without an order before `before`, the oldest first, after a given one.
#[tracing::instrument(name = "db.holds.ended", level = "debug", skip_all)]
pub async fn ended(pool: &PgPool, before: Timestamp, after: Option<&Ended>, limit: i64) -> Result<Vec<Ended>, Fault> {
    let statement = "-- holds.ended
        SELECT event_id, id, ended_at FROM holds
        WHERE state IN ('released', 'lapsed') AND ended_at < $1 AND ($2::timestamptz IS NULL OR (ended_at, id) > ($2, $3))
        ORDER BY ended_at, id LIMIT $4";
    let (at, id) = after.map(|(_, id, at)| (sql(*at), id.0)).unzip();
    let rows = sqlx::query(statement).bind(sql(before)).bind(at).bind(id).bind(limit).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((col_id(row, "event_id")?, col_id(row, "id")?, col_at(row, "ended_at")?))).collect()
}

/// Forgets holds that ended without an order. Gives how many.
#[tracing::instrument(name = "db.holds.purge", level = "debug", skip_all)]
pub async fn purge(db: &mut PgConnection, holds: &[(EventId, HoldId)]) -> Result<u64, Fault> {
    let statement = "-- holds.purge
        DELETE FROM holds h USING UNNEST($1::uuid[], $2::uuid[]) AS d (event_id, id)
        WHERE h.event_id = d.event_id AND h.id = d.id AND h.state IN ('released', 'lapsed')";
    let (events, ids): (Vec<Uuid>, Vec<Uuid>) = holds.iter().map(|(event, hold)| (event.0, hold.0)).unzip();
    Ok(sqlx::query(statement).bind(events).bind(ids).execute(db).await?.rows_affected())
}

/// Who holds at least so much, over all events.
///
/// Cost      one look at every live hold.
#[tracing::instrument(name = "db.holds.hoards", level = "debug", skip_all)]
pub async fn hoards(pool: &PgPool, now: Option<Timestamp>, least: Amount) -> Result<Vec<(Holder, Hoard)>, Fault> {
    let statement = "-- holds.hoards
        SELECT client, buyer_id, count(*) AS holds, sum(coalesce(quantity, cardinality(seats))) AS places, min(until) AS free_at
        FROM holds WHERE state IN ('held', 'paying') AND until > coalesce($1, clock_timestamp())
        GROUP BY GROUPING SETS ((client), (buyer_id))
        HAVING count(*) >= $2 OR sum(coalesce(quantity, cardinality(seats))) >= $3";
    let query = sqlx::query(statement).bind(now.map(sql)).bind(i64::from(least.holds)).bind(i64::from(least.places));
    let rows = query.fetch_all(pool).await?;
    rows.iter().filter_map(|row| hoard(row).transpose()).collect()
}

/// None for the holds whose address is not counted.
fn hoard(row: &PgRow) -> Result<Option<(Holder, Hoard)>, Fault> {
    let holder = match (col::<Option<i64>, _>(row, "client")?, col::<Option<Uuid>, _>(row, "buyer_id")?) {
        (Some(client), _) => Holder::Client(client),
        (None, Some(buyer)) => Holder::Buyer(BuyerId(buyer)),
        (None, None) => return Ok(None),
    };
    let count = |name: &str| col::<i64, _>(row, name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let amount = Amount { holds: count("holds")?, places: count("places")? };
    Ok(Some((holder, Hoard { amount, free_at: col_at(row, "free_at")? })))
}

/// The state and its timestamps must agree, as the schema says too.
fn read(row: &PgRow) -> Result<HoldRow, Fault> {
    let state = col_word(row, "state", HoldState::parse)?;
    let order: Option<Uuid> = col(row, "order_id")?;
    match (state, order, col_at_opt(row, "ended_at")?) {
        (HoldState::Held | HoldState::Paying, None, None) => {}
        (HoldState::Ordered, Some(_), Some(_)) => {}
        (HoldState::Released | HoldState::Lapsed, None, Some(_)) => {}
        (state, order, ended) => return Err(Fault::corrupt("hold", format_args!("{state:?} with {order:?} and {ended:?}"))),
    }
    let seats: Vec<i32> = col(row, "seats")?;
    let area = match col::<Option<i32>, _>(row, "area")? {
        Some(area) => Some((area.unsigned_abs(), col_count(row, "quantity")?)),
        None => None,
    };
    Ok(HoldRow {
        event: col_id(row, "event_id")?,
        id: col_id(row, "id")?,
        buyer: col_id::<BuyerId>(row, "buyer_id")?,
        client: col(row, "client")?,
        pass: col::<Option<Uuid>, _>(row, "pass_id")?.map(PassId),
        state,
        until: col_at(row, "until")?,
        taken: Taken { seats: seats.into_iter().map(i32::unsigned_abs).collect(), area },
        tiers: col_tiers(row, "tiers")?,
        prices: col(row, "prices")?,
        total: Money::new(col(row, "total")?, col_currency(row, "currency")?),
        order: order.map(OrderId),
        created_at: col_at(row, "created_at")?,
    })
}
