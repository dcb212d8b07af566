//! Outcomes under their idempotency keys: stored with the pile, replayed for a key seen before.

use sqlx::PgConnection;

use super::Envelope;
use super::pile::Decided;
use crate::command::{Denial, Outcome, Reply};
use crate::error::{BookingError, Fault};
use crate::store::idempotency::{self, Decision, Stored};

/// The outcome stored before, if the request is the same.
pub fn replay(stored: &Stored, fingerprint: &[u8; 32]) -> Result<Reply, BookingError> {
    if stored.fingerprint == fingerprint {
        Ok(Reply::Outcome { outcome: stored.outcome.clone(), replayed: true })
    } else {
        Err(BookingError::KeyReused)
    }
}

/// Stores every keyed outcome.
pub async fn store(db: &mut PgConnection, pile: &[Envelope], decided: &[Decided], now: jiff::Timestamp) -> Result<(), Fault> {
    let refusals: Vec<Option<Outcome>> = decided.iter().map(refusal).collect();
    let mut rows = Vec::with_capacity(pile.len());
    for ((envelope, decided), refusal) in pile.iter().zip(decided).zip(&refusals) {
        let outcome = match decided {
            Ok(Reply::Outcome { outcome, .. }) => Some(outcome),
            _ => refusal.as_ref(),
        };
        if let (Some(outcome), Some(keyed)) = (outcome, &envelope.keyed) {
            rows.push(Decision { owner: keyed.owner, key: &keyed.key.key, fingerprint: &keyed.key.fingerprint, outcome });
        }
    }
    if rows.is_empty() { Ok(()) } else { idempotency::insert(db, &rows, now).await }
}

fn refusal(decided: &Decided) -> Option<Outcome> {
    match decided {
        Err(Denial::Refused(refusal)) => Some(Outcome::Refused(refusal.clone())),
        _ => None,
    }
}
