//! Rows of tickets.

use domain::{BuyerId, BuyerIds, EventId, OrderId, TicketId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::rows::{TicketPlace, TicketRow};
use crate::store::{col, col_at, col_count, col_currency, col_id, col_tiers, sql};

#[tracing::instrument(name = "db.tickets.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, rows: &[&TicketRow]) -> Result<(), Fault> {
    let statement = "-- tickets.insert
        INSERT INTO tickets (event_id, id, order_id, buyer_id, position, seat, area, tier, price, currency, holder, edition, issued_at)
        SELECT $1, t.* FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::int[], $7::int[], $8::text[], $9::bigint[],
            $10::text[], $11::text[], $12::int[], $13::timestamptz[]) AS t";
    let ids = |value: fn(&TicketRow) -> Uuid| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    let place = |row: &&TicketRow| match row.place {
        TicketPlace::Seat(seat) => (Some(seat as i32), None),
        TicketPlace::Area(area) => (None, Some(area as i32)),
    };
    let (seats, areas): (Vec<Option<i32>>, Vec<Option<i32>>) = rows.iter().map(place).unzip();
    sqlx::query(statement)
        .bind(event.0)
        .bind(ids(|row| row.id.0))
        .bind(ids(|row| row.order.0))
        .bind(ids(|row| row.buyer.0))
        .bind(rows.iter().map(|row| row.position as i16).collect::<Vec<_>>())
        .bind(seats)
        .bind(areas)
        .bind(rows.iter().map(|row| row.tier.to_string()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.price).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.currency.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.holder.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.edition as i32).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| sql(row.issued_at)).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

#[tracing::instrument(name = "db.tickets.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, ticket: TicketId) -> Result<Option<TicketRow>, Fault> {
    let statement = "-- tickets.find
        SELECT * FROM tickets WHERE id = $1";
    sqlx::query(statement).bind(ticket.0).fetch_optional(pool).await?.map(|row| read(&row)).transpose()
}

/// Those of these tickets that there are.
#[tracing::instrument(name = "db.tickets.by_ids", level = "debug", skip_all)]
pub async fn by_ids(pool: &PgPool, tickets: &[Uuid]) -> Result<Vec<TicketRow>, Fault> {
    let statement = "-- tickets.by_ids
        SELECT * FROM tickets WHERE id = ANY($1)";
    sqlx::query(statement).bind(tickets).fetch_all(pool).await?.iter().map(read).collect()
}

/// Tickets of these orders of one event, in the order of their places.
#[tracing::instrument(name = "db.tickets.of_orders", level = "debug", skip_all)]
pub async fn of_orders(db: &mut PgConnection, event: EventId, orders: &[Uuid]) -> Result<Vec<TicketRow>, Fault> {
    let statement = "-- tickets.of_orders
        SELECT * FROM tickets WHERE event_id = $1 AND order_id = ANY($2) ORDER BY order_id, position";
    sqlx::query(statement).bind(event.0).bind(orders).fetch_all(db).await?.iter().map(read).collect()
}

/// Tickets of these orders of any events, in the order of their places.
#[tracing::instrument(name = "db.tickets.of_orders_anywhere", level = "debug", skip_all)]
pub async fn of_orders_anywhere(pool: &PgPool, orders: &[(EventId, OrderId)]) -> Result<Vec<TicketRow>, Fault> {
    let statement = "-- tickets.of_orders_anywhere
        SELECT t.* FROM tickets t JOIN UNNEST($1::uuid[], $2::uuid[]) AS o (event_id, id) ON t.event_id = o.event_id AND t.order_id = o.id
        ORDER BY t.order_id, t.position";
    let (events, orders): (Vec<Uuid>, Vec<Uuid>) = orders.iter().map(|(event, order)| (event.0, order.0)).unzip();
    sqlx::query(statement).bind(events).bind(orders).fetch_all(pool).await?.iter().map(read).collect()
}

/// The buyer's tickets under all of the buyer's ids, newest first, before a given one.
#[tracing::instrument(name = "db.tickets.of_buyer", level = "debug", skip_all)]
pub async fn of_buyer(pool: &PgPool, buyer: &BuyerIds, before: Option<TicketId>, limit: u32) -> Result<Vec<TicketRow>, Fault> {
    let statement = "-- tickets.of_buyer
        SELECT * FROM tickets WHERE buyer_id = ANY($1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
    let ids: Vec<Uuid> = buyer.all().map(|id| id.0).collect();
    let query = sqlx::query(statement).bind(ids).bind(before.map(|ticket| ticket.0)).bind(i64::from(limit));
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Whose tickets a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Event(EventId),
    Buyer(BuyerId),
    /// One buyer's of one event.
    Both(EventId, BuyerId),
}

/// The next tickets of a list in the order of their ids, that is of their sale.
#[tracing::instrument(name = "db.tickets.page", level = "debug", skip_all)]
pub async fn page(pool: &PgPool, of: Of, after: Option<TicketId>, limit: i64) -> Result<Vec<TicketRow>, Fault> {
    let statement = match of {
        Of::Event(_) => {
            "-- tickets.page_of_event
        SELECT * FROM tickets WHERE event_id = $1 AND id > $3 ORDER BY id LIMIT $4"
        }
        Of::Buyer(_) => {
            "-- tickets.page_of_buyer
        SELECT * FROM tickets WHERE buyer_id = $2 AND id > $3 ORDER BY id LIMIT $4"
        }
        Of::Both(..) => {
            "-- tickets.page_of_both
        SELECT * FROM tickets WHERE event_id = $1 AND buyer_id = $2 AND id > $3 ORDER BY id LIMIT $4"
        }
    };
    let (event, buyer) = match of {
        Of::Event(event) => (Some(event), None),
        Of::Buyer(buyer) => (None, Some(buyer)),
        Of::Both(event, buyer) => (Some(event), Some(buyer)),
    };
    let query = sqlx::query(statement).bind(event.map(|id| id.0)).bind(buyer.map(|id| id.0));
    let query = query.bind(after.map_or(Uuid::nil(), |id| id.0)).bind(limit);
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Orders of an event that bought seats, also those that were given back.
#[tracing::instrument(name = "db.tickets.seated_orders", level = "debug", skip_all)]
pub async fn seated_orders(db: &mut PgConnection, event: EventId) -> Result<Vec<Uuid>, Fault> {
    let statement = "-- tickets.seated_orders
        SELECT DISTINCT order_id FROM tickets WHERE event_id = $1 AND seat IS NOT NULL";
    Ok(sqlx::query_scalar(statement).bind(event.0).fetch_all(db).await?)
}

/// How many places of which area each buyer has, of orders that were not given back.
#[tracing::instrument(name = "db.tickets.places", level = "debug", skip_all)]
pub async fn places(db: &mut PgConnection, event: EventId, returned: &[Uuid]) -> Result<Vec<(BuyerId, u32, u32)>, Fault> {
    let statement = "-- tickets.places
        SELECT buyer_id, area, count(*)::int FROM tickets
        WHERE event_id = $1 AND area IS NOT NULL AND order_id <> ALL($2) GROUP BY buyer_id, area ORDER BY buyer_id, area";
    let rows: Vec<(Uuid, i32, i32)> = sqlx::query_as(statement).bind(event.0).bind(returned).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(buyer, area, places)| (BuyerId(buyer), area.unsigned_abs(), places.unsigned_abs())).collect())
}

/// How many tickets each order of an event has.
#[tracing::instrument(name = "db.tickets.count", level = "debug", skip_all)]
pub async fn count_by_order(db: &mut PgConnection, event: EventId) -> Result<Vec<(OrderId, u32)>, Fault> {
    let statement = "-- tickets.count
        SELECT order_id, count(*)::int FROM tickets WHERE event_id = $1 GROUP BY order_id";
    let rows: Vec<(Uuid, i32)> = sqlx::query_as(statement).bind(event.0).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(order, count)| (OrderId(order), count.unsigned_abs())).collect())
}

fn read(row: &PgRow) -> Result<TicketRow, Fault> {
    let place = match (col::<Option<i32>, _>(row, "seat")?, col::<Option<i32>, _>(row, "area")?) {
        (Some(seat), None) => TicketPlace::Seat(seat.unsigned_abs()),
        (None, Some(area)) => TicketPlace::Area(area.unsigned_abs()),
        (seat, area) => return Err(Fault::corrupt("ticket", format_args!("seat {seat:?} and area {area:?}"))),
    };
    let tier = col_tiers(row, "tier")?.first().copied().ok_or_else(|| Fault::corrupt("ticket", "no tier"))?;
    Ok(TicketRow {
        event: col_id(row, "event_id")?,
        id: col_id(row, "id")?,
        order: col_id(row, "order_id")?,
        buyer: col_id(row, "buyer_id")?,
        position: col::<i16, _>(row, "position")?.unsigned_abs(),
        place,
        tier,
        price: col(row, "price")?,
        currency: col_currency(row, "currency")?,
        holder: col(row, "holder")?,
        edition: col_count(row, "edition")?,
        issued_at: col_at(row, "issued_at")?,
    })
}
