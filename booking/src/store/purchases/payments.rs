//! Rows of payments.

use domain::{EventId, HoldId, Money, OrderId, PaymentId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::checkout::{Attendee, Contact, Method};
use crate::rules::payment::{PaymentState, RefundReason};
use crate::rules::rows::PaymentRow;
use crate::store::{col, col_at, col_at_opt, col_currency, col_id, col_word, col_word_opt, sql};

/// Writes one payment as it now is. A captured one can only be refunded, a refunded one stays.
/// Gives how many rows that was: 0 means that it moved meanwhile.
#[tracing::instrument(name = "db.payments.put", level = "debug", skip_all)]
pub async fn put(db: &mut PgConnection, row: &PaymentRow) -> Result<u64, Fault> {
    let statement = "-- payments.put
        INSERT INTO payments AS p (event_id, id, hold_id, buyer_id, method, state, amount, currency, provider_ref, refund_reason, order_id,
            contact_name, contact_email, attendees, created_at, settled_at, refunded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (event_id, id) DO UPDATE SET state = excluded.state, provider_ref = excluded.provider_ref,
            refund_reason = excluded.refund_reason, order_id = excluded.order_id, contact_name = excluded.contact_name,
            contact_email = excluded.contact_email, attendees = excluded.attendees, settled_at = excluded.settled_at,
            refunded_at = excluded.refunded_at
        WHERE p.state IN ('pending', 'declined') OR (p.state = 'captured' AND excluded.state = 'refunded')";
    let attendees: Vec<&str> = row.attendees.iter().map(|attendee| attendee.name.as_str()).collect();
    let done = sqlx::query(statement)
        .bind(row.event.0)
        .bind(row.id.0)
        .bind(row.hold.0)
        .bind(row.buyer.0)
        .bind(row.method.as_str())
        .bind(row.state.as_str())
        .bind(row.amount.amount)
        .bind(row.amount.currency.code())
        .bind(&row.provider_ref)
        .bind(row.refund_reason.map(RefundReason::as_str))
        .bind(row.order.map(|order| order.0))
        .bind(&row.contact.name)
        .bind(&row.contact.email)
        .bind(attendees)
        .bind(sql(row.created_at))
        .bind(row.settled_at.map(sql))
        .bind(row.refunded_at.map(sql))
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Makes payments that are captured from their beginning, since nothing is due.
#[tracing::instrument(name = "db.payments.insert_captured", level = "debug", skip_all)]
pub async fn insert_captured(db: &mut PgConnection, event: EventId, rows: &[&PaymentRow]) -> Result<(), Fault> {
    let statement = "-- payments.insert_captured
        INSERT INTO payments (event_id, id, hold_id, buyer_id, method, state, amount, currency, order_id, contact_name, contact_email,
            created_at, settled_at)
        SELECT $1, p.id, p.hold_id, p.buyer_id, p.method, 'captured', p.amount, p.currency, p.order_id, p.name, p.email, p.at, p.at
        FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::uuid[], $9::text[], $10::text[],
            $11::timestamptz[]) AS p (id, hold_id, buyer_id, method, amount, currency, order_id, name, email, at)";
    let ids = |value: fn(&PaymentRow) -> Uuid| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    sqlx::query(statement)
        .bind(event.0)
        .bind(ids(|row| row.id.0))
        .bind(ids(|row| row.hold.0))
        .bind(ids(|row| row.buyer.0))
        .bind(rows.iter().map(|row| row.method.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.amount.amount).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.amount.currency.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.order.map(|order| order.0)).collect::<Vec<Option<Uuid>>>())
        .bind(rows.iter().map(|row| row.contact.name.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.contact.email.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| sql(row.created_at)).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

#[tracing::instrument(name = "db.payments.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, payment: PaymentId) -> Result<Option<PaymentRow>, Fault> {
    let statement = "-- payments.find
        SELECT * FROM payments WHERE id = $1";
    sqlx::query(statement).bind(payment.0).fetch_optional(pool).await?.map(|row| read(&row)).transpose()
}

#[tracing::instrument(name = "db.payments.of_holds", level = "debug", skip_all)]
pub async fn of_holds(db: &mut PgConnection, event: EventId, holds: &[Uuid]) -> Result<Vec<PaymentRow>, Fault> {
    let statement = "-- payments.of_holds
        SELECT * FROM payments WHERE event_id = $1 AND hold_id = ANY($2) ORDER BY id";
    let rows = sqlx::query(statement).bind(event.0).bind(holds).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

#[tracing::instrument(name = "db.payments.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, event: EventId) -> Result<Vec<PaymentRow>, Fault> {
    let statement = "-- payments.of
        SELECT * FROM payments WHERE event_id = $1";
    let rows = sqlx::query(statement).bind(event.0).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Which of these holds somebody began to pay, and for how many of them money came: theirs are books, and stay.
#[tracing::instrument(name = "db.payments.begun", level = "debug", skip_all)]
pub async fn begun(pool: &PgPool, holds: &[(EventId, HoldId)]) -> Result<Vec<Begun>, Fault> {
    let statement = "-- payments.begun
        SELECT p.event_id, p.hold_id, bool_or(p.state IN ('captured', 'refunded')) AS taken
        FROM payments p JOIN UNNEST($1::uuid[], $2::uuid[]) AS h (event_id, id) ON p.event_id = h.event_id AND p.hold_id = h.id
        GROUP BY p.event_id, p.hold_id";
    let (events, ids): (Vec<Uuid>, Vec<Uuid>) = holds.iter().map(|(event, hold)| (event.0, hold.0)).unzip();
    let rows = sqlx::query(statement).bind(events).bind(ids).fetch_all(pool).await?;
    rows.iter().map(|row| Ok(((col_id(row, "event_id")?, col_id(row, "hold_id")?), col(row, "taken")?))).collect()
}

/// A hold that somebody began to pay, and whether money came.
pub type Begun = ((EventId, HoldId), bool);

/// Forgets payments of these holds to which no money ever came. Gives how many.
#[tracing::instrument(name = "db.payments.purge", level = "debug", skip_all)]
pub async fn purge(db: &mut PgConnection, holds: &[(EventId, HoldId)]) -> Result<u64, Fault> {
    let statement = "-- payments.purge
        DELETE FROM payments p USING UNNEST($1::uuid[], $2::uuid[]) AS d (event_id, id)
        WHERE p.event_id = d.event_id AND p.hold_id = d.id AND p.state IN ('pending', 'declined')";
    let (events, ids): (Vec<Uuid>, Vec<Uuid>) = holds.iter().map(|(event, hold)| (event.0, hold.0)).unzip();
    Ok(sqlx::query(statement).bind(events).bind(ids).execute(db).await?.rows_affected())
}

fn read(row: &PgRow) -> Result<PaymentRow, Fault> {
    let state = col_word(row, "state", PaymentState::parse)?;
    let (settled_at, refunded_at) = (col_at_opt(row, "settled_at")?, col_at_opt(row, "refunded_at")?);
    match (state, settled_at, refunded_at) {
        (PaymentState::Pending, None, None) => {}
        (PaymentState::Captured | PaymentState::Declined, Some(_), None) => {}
        (PaymentState::Refunded, Some(_), Some(_)) => {}
        (state, settled, refunded) => {
            return Err(Fault::corrupt("payment", format_args!("{state:?} with {settled:?} and {refunded:?}")));
        }
    }
    let attendees: Vec<String> = col(row, "attendees")?;
    Ok(PaymentRow {
        event: col_id(row, "event_id")?,
        id: col_id(row, "id")?,
        hold: col_id(row, "hold_id")?,
        buyer: col_id(row, "buyer_id")?,
        method: col_word(row, "method", Method::parse)?,
        state,
        amount: Money::new(col(row, "amount")?, col_currency(row, "currency")?),
        provider_ref: col(row, "provider_ref")?,
        refund_reason: col_word_opt(row, "refund_reason", RefundReason::parse)?,
        order: col::<Option<Uuid>, _>(row, "order_id")?.map(OrderId),
        contact: Contact { name: col(row, "contact_name")?, email: col(row, "contact_email")? },
        attendees: attendees.into_iter().map(|name| Attendee { name }).collect(),
        created_at: col_at(row, "created_at")?,
        settled_at,
        refunded_at,
    })
}
