//! Rows of refunds: money that went back, of which capture, and why.

use domain::{EventId, Money, OrderId};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::payment::RefundReason;
use crate::rules::rows::RefundRow;
use crate::store::{col, col_at, col_currency, col_id, col_word, sql};

#[tracing::instrument(name = "db.refunds.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, rows: &[RefundRow]) -> Result<(), Fault> {
    let statement = "-- refunds.insert
        INSERT INTO refunds (event_id, id, payment_id, order_id, provider_ref, amount, currency, reason, at)
        SELECT $1, r.* FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::timestamptz[])
            AS r";
    sqlx::query(statement)
        .bind(event.0)
        .bind(rows.iter().map(RefundRow::id).collect::<Vec<Uuid>>())
        .bind(rows.iter().map(|row| row.payment.0).collect::<Vec<Uuid>>())
        .bind(rows.iter().map(|row| row.order.map(|order| order.0)).collect::<Vec<Option<Uuid>>>())
        .bind(rows.iter().map(|row| row.provider_ref.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.amount.amount).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.amount.currency.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| sql(row.at)).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

/// All refunds of an event.
#[tracing::instrument(name = "db.refunds.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<RefundRow>, Fault> {
    let statement = "-- refunds.of
        SELECT * FROM refunds WHERE event_id = $1";
    sqlx::query(statement).bind(event.0).fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<RefundRow, Fault> {
    Ok(RefundRow {
        payment: col_id(row, "payment_id")?,
        order: col::<Option<Uuid>, _>(row, "order_id")?.map(OrderId),
        provider_ref: col(row, "provider_ref")?,
        amount: Money::new(col(row, "amount")?, col_currency(row, "currency")?),
        reason: col_word(row, "reason", RefundReason::parse)?,
        at: col_at(row, "at")?,
    })
}
