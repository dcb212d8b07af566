//! Rows of orders.

use domain::{BuyerId, BuyerIds, EventId, Money, OrderId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::checkout::Contact;
use crate::rules::order::OrderState;
use crate::rules::rows::OrderRow;
use crate::store::{col, col_at, col_at_opt, col_count, col_currency, col_id, col_word, sql};

/// The key that gives each number to one order.
pub const NUMBER: &str = "orders_number";

#[tracing::instrument(name = "db.orders.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, rows: &[&OrderRow]) -> Result<(), Fault> {
    let statement = "-- orders.insert
        INSERT INTO orders (event_id, id, hold_id, buyer_id, payment_id, state, places, total, currency, contact_name, contact_email,
            created_at, number)
        SELECT $1, o.id, o.hold_id, o.buyer_id, o.payment_id, 'paid', o.places, o.total, o.currency, o.name, o.email, o.at, o.number
        FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::text[], $9::text[], $10::text[],
            $11::timestamptz[], $12::text[]) AS o (id, hold_id, buyer_id, payment_id, places, total, currency, name, email, at, number)";
    let ids = |value: fn(&OrderRow) -> Uuid| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    sqlx::query(statement)
        .bind(event.0)
        .bind(ids(|row| row.id.0))
        .bind(ids(|row| row.hold.0))
        .bind(ids(|row| row.buyer.0))
        .bind(ids(|row| row.payment.0))
        .bind(rows.iter().map(|row| row.places as i32).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.total.amount).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.total.currency.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.contact.name.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.contact.email.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| sql(row.created_at)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.number.as_str()).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

/// Marks paid orders given back. Gives how many were paid.
#[tracing::instrument(name = "db.orders.give_back", level = "debug", skip_all)]
pub async fn give_back(
    db: &mut PgConnection,
    event: EventId,
    orders: &[(OrderId, OrderState)],
    now: Timestamp,
) -> Result<u64, Fault> {
    let statement = "-- orders.give_back
        UPDATE orders o SET state = r.state, returned_at = $4 FROM UNNEST($2::uuid[], $3::text[]) AS r (id, state)
        WHERE o.event_id = $1 AND o.id = r.id AND o.state = 'paid'";
    let (ids, states): (Vec<Uuid>, Vec<&str>) = orders.iter().map(|(id, state)| (id.0, state.as_str())).unzip();
    Ok(sqlx::query(statement).bind(event.0).bind(ids).bind(states).bind(sql(now)).execute(db).await?.rows_affected())
}

/// Makes the keys of a buyer's order's link worth nothing, so that the next one is a new one. Gives the order as it is then.
#[tracing::instrument(name = "db.orders.renew_link", level = "debug", skip_all)]
pub async fn renew_link(pool: &PgPool, order: OrderId, buyer: &BuyerIds) -> Result<Option<OrderRow>, Fault> {
    let statement = "-- orders.renew_link
        UPDATE orders SET link_generation = link_generation + 1 WHERE id = $1 AND buyer_id = ANY($2) RETURNING *";
    let ids: Vec<Uuid> = buyer.all().map(|id| id.0).collect();
    sqlx::query(statement).bind(order.0).bind(ids).fetch_optional(pool).await?.map(|row| read(&row)).transpose()
}

#[tracing::instrument(name = "db.orders.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, order: OrderId) -> Result<Option<OrderRow>, Fault> {
    let statement = "-- orders.find
        SELECT * FROM orders WHERE id = $1";
    sqlx::query(statement).bind(order.0).fetch_optional(pool).await?.map(|row| read(&row)).transpose()
}

/// Those of these orders that there are.
#[tracing::instrument(name = "db.orders.by_ids", level = "debug", skip_all)]
pub async fn by_ids(pool: &PgPool, orders: &[OrderId]) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.by_ids
        SELECT * FROM orders WHERE id = ANY($1)";
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    sqlx::query(statement).bind(ids).fetch_all(pool).await?.iter().map(read).collect()
}

#[tracing::instrument(name = "db.orders.of_holds", level = "debug", skip_all)]
pub async fn of_holds(db: &mut PgConnection, event: EventId, holds: &[Uuid]) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.of_holds
        SELECT * FROM orders WHERE event_id = $1 AND hold_id = ANY($2)";
    sqlx::query(statement).bind(event.0).bind(holds).fetch_all(db).await?.iter().map(read).collect()
}

/// The buyer's orders under all of the buyer's ids, newest first, before a given one.
#[tracing::instrument(name = "db.orders.of_buyer", level = "debug", skip_all)]
pub async fn of_buyer(pool: &PgPool, buyer: &BuyerIds, before: Option<OrderId>, limit: u32) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.of_buyer
        SELECT * FROM orders WHERE buyer_id = ANY($1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
    let ids: Vec<Uuid> = buyer.all().map(|id| id.0).collect();
    let query = sqlx::query(statement).bind(ids).bind(before.map(|order| order.0)).bind(i64::from(limit));
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// All orders of an event.
#[tracing::instrument(name = "db.orders.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.of
        SELECT * FROM orders WHERE event_id = $1";
    sqlx::query(statement).bind(event.0).fetch_all(db).await?.iter().map(read).collect()
}

/// Orders of an event that were given back.
#[tracing::instrument(name = "db.orders.returned", level = "debug", skip_all)]
pub async fn returned(db: &mut PgConnection, event: EventId) -> Result<Vec<Uuid>, Fault> {
    let statement = "-- orders.returned
        SELECT id FROM orders WHERE event_id = $1 AND state <> 'paid'";
    Ok(sqlx::query_scalar(statement).bind(event.0).fetch_all(db).await?)
}

/// Those of these orders of an event that are paid: they own places.
#[tracing::instrument(name = "db.orders.paid_among", level = "debug", skip_all)]
pub async fn paid_among(db: &mut PgConnection, event: EventId, orders: &[Uuid]) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.paid_among
        SELECT * FROM orders WHERE event_id = $1 AND id = ANY($2) AND state = 'paid'";
    sqlx::query(statement).bind(event.0).bind(orders).fetch_all(db).await?.iter().map(read).collect()
}

/// How many places these buyers have bought at an event and not given back.
#[tracing::instrument(name = "db.orders.places_of", level = "debug", skip_all)]
pub async fn places_of(pool: &PgPool, event: EventId, buyers: &[BuyerId]) -> Result<u32, Fault> {
    let statement = "-- orders.places_of
        SELECT coalesce(sum(places), 0) FROM orders WHERE buyer_id = ANY($2) AND event_id = $1 AND state = 'paid'";
    let ids: Vec<Uuid> = buyers.iter().map(|buyer| buyer.0).collect();
    let places: i64 = sqlx::query_scalar(statement).bind(event.0).bind(ids).fetch_one(pool).await?;
    Ok(u32::try_from(places).unwrap_or(u32::MAX))
}

/// Which of these buyers ever bought anything.
#[tracing::instrument(name = "db.orders.buyers", level = "debug", skip_all)]
pub async fn buyers(pool: &PgPool, buyers: &[BuyerId]) -> Result<Vec<BuyerId>, Fault> {
    let statement = "-- orders.buyers
        SELECT b.id FROM UNNEST($1::uuid[]) AS b (id) WHERE EXISTS (SELECT FROM orders WHERE buyer_id = b.id)";
    let ids: Vec<Uuid> = buyers.iter().map(|buyer| buyer.0).collect();
    let found: Vec<Uuid> = sqlx::query_scalar(statement).bind(ids).fetch_all(pool).await?;
    Ok(found.into_iter().map(BuyerId).collect())
}

/// Paid orders of an event in order of id, after `after`, at most `limit`.
#[tracing::instrument(name = "db.orders.paid", level = "debug", skip_all)]
pub async fn paid(pool: &PgPool, event: EventId, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderRow>, Fault> {
    let statement = "-- orders.paid
        SELECT * FROM orders WHERE event_id = $1 AND state = 'paid' AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3";
    let query = sqlx::query(statement).bind(event.0).bind(after.map(|order| order.0)).bind(i64::from(limit));
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Orders of an event: given back, and still paid.
#[tracing::instrument(name = "db.orders.count", level = "debug", skip_all)]
pub async fn count(pool: &PgPool, event: EventId) -> Result<(u64, u64), Fault> {
    let statement = "-- orders.count
        SELECT count(*) FILTER (WHERE state <> 'paid'), count(*) FILTER (WHERE state = 'paid') FROM orders WHERE event_id = $1";
    let (back, paid): (i64, i64) = sqlx::query_as(statement).bind(event.0).fetch_one(pool).await?;
    Ok((back.unsigned_abs(), paid.unsigned_abs()))
}

fn read(row: &PgRow) -> Result<OrderRow, Fault> {
    let state = col_word(row, "state", OrderState::parse)?;
    let returned_at = col_at_opt(row, "returned_at")?;
    match (state, returned_at) {
        (OrderState::Paid, None) => {}
        (OrderState::Cancelled | OrderState::Refunded, Some(_)) => {}
        (state, returned) => return Err(Fault::corrupt("order", format_args!("{state:?} with {returned:?}"))),
    }
    Ok(OrderRow {
        event: col_id(row, "event_id")?,
        id: col_id(row, "id")?,
        number: col_word(row, "number", |text| text.parse().ok())?,
        hold: col_id(row, "hold_id")?,
        buyer: col_id(row, "buyer_id")?,
        payment: col_id(row, "payment_id")?,
        state,
        places: col_count(row, "places")?,
        total: Money::new(col(row, "total")?, col_currency(row, "currency")?),
        contact: Contact { name: col(row, "contact_name")?, email: col(row, "contact_email")? },
        link_generation: col_count(row, "link_generation")?,
        created_at: col_at(row, "created_at")?,
        returned_at,
    })
}
