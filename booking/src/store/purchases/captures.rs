//! Rows of captures: money that providers say they took.

use domain::{EventId, Money};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::rows::CaptureRow;
use crate::store::{col, col_at, col_currency, col_id, sql};

/// Which of these notices told a capture that is written down.
#[tracing::instrument(name = "db.captures.seen", level = "debug", skip_all)]
pub async fn seen(db: &mut PgConnection, event: EventId, refs: &[&str]) -> Result<Vec<String>, Fault> {
    let statement = "-- captures.seen
        SELECT provider_ref FROM captures WHERE event_id = $1 AND provider_ref = ANY($2)";
    Ok(sqlx::query_scalar(statement).bind(event.0).bind(refs).fetch_all(db).await?)
}

#[tracing::instrument(name = "db.captures.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, rows: &[CaptureRow]) -> Result<(), Fault> {
    let statement = "-- captures.insert
        INSERT INTO captures (event_id, provider_ref, payment_id, amount, currency, at)
        SELECT $1, c.* FROM UNNEST($2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[]) AS c";
    sqlx::query(statement)
        .bind(event.0)
        .bind(rows.iter().map(|row| row.provider_ref.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.payment.0).collect::<Vec<Uuid>>())
        .bind(rows.iter().map(|row| row.amount.amount).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.amount.currency.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| sql(row.at)).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

/// All captures of an event.
#[tracing::instrument(name = "db.captures.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<CaptureRow>, Fault> {
    let statement = "-- captures.of
        SELECT * FROM captures WHERE event_id = $1";
    sqlx::query(statement).bind(event.0).fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<CaptureRow, Fault> {
    Ok(CaptureRow {
        payment: col_id(row, "payment_id")?,
        provider_ref: col(row, "provider_ref")?,
        amount: Money::new(col(row, "amount")?, col_currency(row, "currency")?),
        at: col_at(row, "at")?,
    })
}
