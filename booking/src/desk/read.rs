//! What a pile must read before it can be decided: the rows of the holds it is about.

use std::collections::{HashMap, HashSet};

use domain::{EventId, HoldId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::desk::Envelope;
use crate::error::Fault;
use crate::rules::command::Command;
use crate::rules::rows::{HoldFacts, HoldRow};
use crate::store::{captures, holds, notices, orders, payments, tickets};

/// Reads all rows about the holds that the pile is about.
pub async fn facts(db: &mut PgConnection, event: EventId, pile: &[Envelope]) -> Result<HashMap<HoldId, HoldFacts>, Fault> {
    let mut ids: Vec<Uuid> = pile.iter().flat_map(|envelope| envelope.command.asks_about()).map(|hold| hold.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let rows = holds::by_ids(db, event, &ids).await?;
    let new = |hold: HoldRow| (hold.id, HoldFacts { hold, payments: Vec::new(), order: None, tickets: Vec::new() });
    let mut facts: HashMap<HoldId, HoldFacts> = rows.into_iter().map(new).collect();
    for payment in payments::of_holds(db, event, &ids).await? {
        if let Some(facts) = facts.get_mut(&payment.hold) {
            facts.payments.push(payment);
        }
    }
    let orders = orders::of_holds(db, event, &ids).await?;
    let order_ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    let mut of_orders = if order_ids.is_empty() { Vec::new() } else { tickets::of_orders(db, event, &order_ids).await? };
    for order in orders {
        if let Some(facts) = facts.get_mut(&order.hold) {
            facts.tickets = of_orders.extract_if(.., |ticket| ticket.order == order.id).collect();
            facts.order = Some(order);
        }
    }
    Ok(facts)
}

/// Which of the pile's notices were acted on before.
pub async fn seen_notices(db: &mut PgConnection, event: EventId, pile: &[Envelope]) -> Result<HashSet<String>, Fault> {
    let notice = |envelope: &'_ Envelope| match &envelope.command {
        Command::Notice { notice, .. } => Some(notice.provider_event_id.clone()),
        _ => None,
    };
    let ids: Vec<String> = pile.iter().filter_map(notice).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut seen: HashSet<String> = notices::seen(db, event, &ids).await?.into_iter().collect();
    // Notices are forgotten after a while; money never is.
    seen.extend(captures::seen(db, event, &ids).await?);
    Ok(seen)
}
