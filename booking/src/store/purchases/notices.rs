//! Rows of payment notices: which of the provider's words were acted on.

use domain::{EventId, PaymentId};
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::store::sql;

/// Which of these were acted on before.
#[tracing::instrument(name = "db.payment_notices.seen", level = "debug", skip_all)]
pub async fn seen(db: &mut PgConnection, event: EventId, ids: &[&str]) -> Result<Vec<String>, Fault> {
    let statement = "-- payment_notices.seen
        SELECT provider_event_id FROM payment_notices WHERE event_id = $1 AND provider_event_id = ANY($2)";
    Ok(sqlx::query_scalar(statement).bind(event.0).bind(ids).fetch_all(db).await?)
}

#[tracing::instrument(name = "db.payment_notices.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, event: EventId, notices: &[(String, PaymentId)], now: Timestamp) -> Result<(), Fault> {
    let statement = "-- payment_notices.insert
        INSERT INTO payment_notices (event_id, provider_event_id, payment_id, at)
        SELECT $1, n.id, n.payment_id, $4 FROM UNNEST($2::text[], $3::uuid[]) AS n (id, payment_id)";
    let ids: Vec<&str> = notices.iter().map(|(id, _)| id.as_str()).collect();
    let payments: Vec<Uuid> = notices.iter().map(|(_, payment)| payment.0).collect();
    sqlx::query(statement).bind(event.0).bind(ids).bind(payments).bind(sql(now)).execute(db).await?;
    Ok(())
}

/// Forgets notices that were acted on before `before`, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.payment_notices.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- payment_notices.purge
        DELETE FROM payment_notices WHERE (event_id, provider_event_id) IN (
            SELECT event_id, provider_event_id FROM payment_notices WHERE at < $1 ORDER BY at LIMIT $2
        )";
    Ok(sqlx::query(statement).bind(sql(before)).bind(limit).execute(pool).await?.rows_affected())
}
