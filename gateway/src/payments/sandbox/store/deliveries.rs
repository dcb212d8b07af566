//! Notices to send, each until it is taken.

use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::{PgPool, Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::payments::sandbox::notice::WebhookType;
use domain::{Currency, Money};
use jiff::Timestamp;

/// One notice to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The `webhook-id`.
    pub id: Uuid,
    pub payment: Uuid,
    pub kind: WebhookType,
    pub amount: Money,
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// A capture of which the shop has not heard: a buyer's money without a ticket or a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    pub payment: Uuid,
    /// When the shop should have heard of it.
    pub since: Timestamp,
    pub attempts: u32,
}

/// Writes notices down; one that is there already stays as it is.
#[tracing::instrument(name = "db.sandbox_delivery.insert", skip_all)]
pub async fn insert(pool: &PgPool, deliveries: &[Delivery]) -> sqlx::Result<()> {
    let mut transaction = pg::begin(pool).await?;
    for delivery in deliveries {
        sqlx::query(
            "-- sandbox_deliveries.insert
             INSERT INTO sandbox_deliveries (id, payment_id, kind, amount, currency, due_at, first_due_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(delivery.id)
        .bind(delivery.payment)
        .bind(delivery.kind.as_str())
        .bind(delivery.amount.amount)
        .bind(delivery.amount.currency.code())
        .bind(delivery.due_at.to_sqlx())
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}

/// Takes one notice to send it, if it is waiting.
#[tracing::instrument(name = "db.sandbox_delivery.claim", skip_all)]
pub async fn claim(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Delivery>> {
    let row = sqlx::query(
        "-- sandbox_deliveries.claim
         UPDATE sandbox_deliveries SET attempts = attempts + 1, due_at = clock_timestamp() + interval '20 seconds'
         WHERE id = $1 AND settled_at IS NULL AND attempts = 0
         RETURNING id, payment_id, kind, amount, currency, due_at, attempts",
    )
    .bind(id)
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Takes what is due to send it. Each comes again until it is settled: after 20 s, 32 s, 64 s …, at last every ten minutes.
#[tracing::instrument(name = "db.sandbox_delivery.claim_due", skip_all)]
pub async fn claim_due(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Delivery>> {
    let rows = sqlx::query(
        "-- sandbox_deliveries.claim_due
         UPDATE sandbox_deliveries SET attempts = attempts + 1,
             due_at = clock_timestamp() + least(600, greatest(20, power(2, least(attempts, 9) + 1))) * interval '1 second'
         WHERE id IN (
             SELECT id FROM sandbox_deliveries WHERE settled_at IS NULL AND due_at <= clock_timestamp()
             ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
         )
         RETURNING id, payment_id, kind, amount, currency, due_at, attempts",
    )
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(read).collect()
}

/// Says that a notice need not come again.
#[tracing::instrument(name = "db.sandbox_delivery.settle", skip_all)]
pub async fn settle(pool: &PgPool, id: Uuid) -> sqlx::Result<()> {
    let statement = "-- sandbox_deliveries.settle
        UPDATE sandbox_deliveries SET settled_at = clock_timestamp() WHERE id = $1";
    sqlx::query(statement).bind(id).execute(pool).await.map(|_| ())
}

/// Finds when the next notice of a payment is due that nobody has taken yet.
pub async fn next_due(pool: &PgPool, payment: Uuid) -> sqlx::Result<Option<jiff::Timestamp>> {
    let statement = "-- sandbox_deliveries.next_due
        SELECT min(due_at) FROM sandbox_deliveries WHERE payment_id = $1 AND settled_at IS NULL";
    let due: Option<SqlTimestamp> = sqlx::query_scalar(statement).bind(payment).fetch_one(pool).await?;
    Ok(due.map(|at| at.to_jiff()))
}

/// Captures that were due before `before` and that the shop has not taken, the oldest first.
#[tracing::instrument(name = "db.sandbox_delivery.undelivered", skip_all)]
pub async fn undelivered(pool: &PgPool, before: Timestamp, limit: i64) -> sqlx::Result<Vec<Undelivered>> {
    let statement = "-- sandbox_deliveries.undelivered
        SELECT payment_id, first_due_at, attempts FROM sandbox_deliveries
        WHERE settled_at IS NULL AND kind = 'payment.captured' AND first_due_at <= $1 ORDER BY first_due_at, id LIMIT $2";
    let rows: Vec<(Uuid, SqlTimestamp, i32)> =
        sqlx::query_as(statement).bind(before.to_sqlx()).bind(limit).fetch_all(pool).await?;
    let read = |(payment, since, attempts): (Uuid, SqlTimestamp, i32)| Undelivered {
        payment,
        since: since.to_jiff(),
        attempts: attempts.unsigned_abs(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Forgets notices that were taken before `before`, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.sandbox_delivery.purge", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> sqlx::Result<u64> {
    let statement = "-- sandbox_deliveries.purge
        DELETE FROM sandbox_deliveries WHERE id IN (
            SELECT id FROM sandbox_deliveries WHERE settled_at < $1 ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )";
    Ok(sqlx::query(statement).bind(before.to_sqlx()).bind(limit).execute(pool).await?.rows_affected())
}

fn read(row: &PgRow) -> sqlx::Result<Delivery> {
    let decode = |fault: String| sqlx::Error::Decode(fault.into());
    let kind: String = row.try_get("kind")?;
    let currency: String = row.try_get("currency")?;
    let currency: Currency = currency.parse().map_err(|fault: domain::money::CurrencyError| decode(fault.to_string()))?;
    let due_at: SqlTimestamp = row.try_get("due_at")?;
    let attempts: i32 = row.try_get("attempts")?;
    Ok(Delivery {
        id: row.try_get("id")?,
        payment: row.try_get("payment_id")?,
        kind: WebhookType::parse(&kind).ok_or_else(|| decode(format!("the kind {kind:?} is unknown")))?,
        amount: Money::new(row.try_get("amount")?, currency),
        due_at: due_at.to_jiff(),
        attempts: u32::try_from(attempts).unwrap_or(0),
    })
}
