//! Outcomes under their idempotency keys: stored with the pile, replayed for a key seen before.

use std::collections::HashMap;
use std::sync::Arc;

use domain::HoldId;
use uuid::Uuid;

use super::desk::{Answered, Desk, Envelope};
use crate::error::{BookingError, Fault};
use crate::rules::command::{Made, Outcome, Reply, Verdict};
use crate::rules::denial::Denial;
use crate::rules::rows::HoldRow;
use crate::store::holds;
use crate::store::idempotency::{self, Decision, Kept, Stored};

/// Every keyed outcome.
pub fn of<'a>(pile: &'a [Envelope], decided: &[Verdict]) -> Vec<Decision<'a>> {
    let mut rows = Vec::with_capacity(pile.len());
    for (envelope, decided) in pile.iter().zip(decided) {
        if let (Some(keyed), Some(outcome)) = (&envelope.keyed, kept(decided)) {
            rows.push(Decision {
                owner: keyed.owners.own().0,
                key: &keyed.key.key,
                fingerprint: &keyed.key.fingerprint,
                outcome,
            });
        }
    }
    rows
}

fn kept(decided: &Verdict) -> Option<Kept> {
    match decided {
        Ok(Reply::Outcome { outcome: Outcome::Hold(made), .. }) => Some(Kept::Held(made.row.id)),
        Ok(Reply::Outcome { outcome: Outcome::Checkout(checkout), .. }) => Some(Kept::Checkout(*checkout)),
        Ok(Reply::Outcome { outcome: Outcome::Refused(refusal), .. }) | Err(Denial::Refused(refusal)) => {
            Some(Kept::Refused(refusal.clone()))
        }
        _ => None,
    }
}

impl Desk {
    /// Answers the commands whose keys were decided before, and takes them from the pile.
    pub(super) async fn answer_known(&self, pile: &mut Vec<Envelope>) -> Result<(), Fault> {
        let keyed = pile.iter().filter_map(|envelope| envelope.keyed.as_ref());
        let keys: Vec<(Uuid, &str)> =
            keyed.flat_map(|keyed| keyed.owners.all().map(|owner| (owner.0, keyed.key.key.as_str()))).collect();
        let stored = idempotency::find(&self.premises.pool, &keys).await?;
        let made = self.made(&stored).await?;
        for envelope in std::mem::take(pile) {
            let known =
                envelope.keyed.as_ref().and_then(|k| stored.iter().find(|s| k.owners.has(s.owner.into()) && s.key == k.key.key));
            match (known, &envelope.keyed) {
                (Some(stored), Some(keyed)) => {
                    let answer = self.replay(stored, &keyed.key.fingerprint, &made);
                    envelope.answer(answer);
                }
                _ => pile.push(envelope),
            }
        }
        Ok(())
    }

    /// The holds of this event that the stored outcomes made.
    async fn made(&self, stored: &[Stored]) -> Result<HashMap<HoldId, Arc<HoldRow>>, Fault> {
        let held = |stored: &Stored| if let Kept::Held(hold) = stored.outcome { Some(hold.0) } else { None };
        let ids: Vec<Uuid> = stored.iter().filter_map(held).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut db = self.premises.pool.acquire().await?;
        Ok(holds::by_ids(&mut db, self.event, &ids).await?.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    }

    /// The outcome stored before, if the request is the same.
    fn replay(
        &self,
        stored: &Stored,
        fingerprint: &[u8; 32],
        made: &HashMap<HoldId, Arc<HoldRow>>,
    ) -> Result<Answered, BookingError> {
        if stored.fingerprint != fingerprint {
            return Err(BookingError::KeyReused);
        }
        let outcome = match &stored.outcome {
            Kept::Held(hold) => {
                let row = made.get(hold).ok_or_else(|| Fault::corrupt("outcome", format_args!("the hold {hold} has no row")))?;
                Outcome::Hold(Made { row: Arc::clone(row), house: Arc::clone(&self.inventory.terms.house) })
            }
            Kept::Checkout(checkout) => Outcome::Checkout(*checkout),
            Kept::Refused(refusal) => Outcome::Refused(refusal.clone()),
        };
        Ok(self.answered(Reply::Outcome { outcome, replayed: true }))
    }
}
