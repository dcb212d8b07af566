//! Outcomes under their idempotency keys: stored with the pile, replayed for a key seen before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::HoldId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::desk::{Answered, Desk, Envelope};
use super::keyed::Keyed;
use crate::error::{BookingError, Fault};
use crate::rules::command::{Command, Made, Outcome, Reply, Verdict};
use crate::rules::denial::Denial;
use crate::rules::rows::HoldRow;
use crate::store::holds;
use crate::store::idempotency::{Decision, Stored, StoredOutcome};

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

fn kept(decided: &Verdict) -> Option<StoredOutcome> {
    match decided {
        Ok(Reply::Outcome { outcome: Outcome::Hold(made), .. }) => Some(StoredOutcome::Held(made.row.id)),
        Ok(Reply::Outcome { outcome: Outcome::Checkout(checkout), .. }) => Some(StoredOutcome::Checkout(*checkout)),
        Ok(Reply::Outcome { outcome: Outcome::Waits(entry), .. }) => Some(StoredOutcome::Waits(*entry)),
        Ok(Reply::Outcome { outcome: Outcome::Refused(refusal), .. }) | Err(Denial::Refused(refusal)) => {
            Some(StoredOutcome::Refused(refusal.clone()))
        }
        _ => None,
    }
}

/// The keys that came with a pile, under every id with which they may have come before: those taken over long ago have none that is kept.
pub fn keys(pile: &[Envelope]) -> Vec<(Uuid, &str)> {
    let keyed = pile.iter().filter_map(|envelope| envelope.keyed.as_ref());
    keyed.flat_map(|keyed| keyed.owners.of_late().map(|owner| (owner.0, keyed.key.key.as_str()))).collect()
}

/// The hold that a sale at once makes.
fn sale_of(command: &Command) -> Option<HoldId> {
    match command {
        Command::Sell(sale) => Some(sale.hold),
        _ => None,
    }
}

impl Desk {
    /// Answers the commands whose keys were answered before, and takes them from the pile.
    ///
    /// Takes     `stored`: what was kept under the pile's keys.
    pub(super) async fn answer_known(
        &self,
        db: &mut PgConnection,
        pile: &mut Vec<Envelope>,
        stored: &[Stored],
    ) -> Result<(), Fault> {
        if stored.is_empty() {
            return Ok(());
        }
        let made = self.made(db, stored).await?;
        let stored: HashMap<(Uuid, &str), &Stored> = stored.iter().map(|row| ((row.owner, row.key.as_str()), row)).collect();
        for envelope in std::mem::take(pile) {
            let of =
                |keyed: &Keyed| keyed.owners.of_late().find_map(|owner| stored.get(&(owner.0, keyed.key.key.as_str())).copied());
            let known = envelope.keyed.as_ref().and_then(|keyed| Some((of(keyed)?, keyed)));
            match known.map(|(stored, keyed)| self.replay(stored, &keyed.key.fingerprint, &made)) {
                Some(answer) => envelope.answer(answer),
                None => pile.push(envelope),
            }
        }
        Ok(())
    }

    /// Answers the sales that were committed although nobody was told, and takes them from the pile: they have no key, but ids of their own.
    pub(super) async fn answer_sold(&self, db: &mut PgConnection, pile: &mut Vec<Envelope>, version: i64) -> Result<(), Fault> {
        let asked: Vec<Uuid> = pile.iter().filter_map(|envelope| sale_of(&envelope.command)).map(|hold| hold.0).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let sold = holds::by_ids(db, self.event, &asked).await?;
        let sold: HashSet<HoldId> = sold.into_iter().map(|row| row.id).collect();
        for envelope in std::mem::take(pile) {
            match sale_of(&envelope.command).filter(|hold| sold.contains(hold)) {
                Some(_) => envelope.answer(Ok(Answered { reply: Reply::Done, version })),
                None => pile.push(envelope),
            }
        }
        Ok(())
    }

    /// The holds of this event that the stored outcomes made.
    async fn made(&self, db: &mut PgConnection, stored: &[Stored]) -> Result<HashMap<HoldId, Arc<HoldRow>>, Fault> {
        let held = |stored: &Stored| if let StoredOutcome::Held(hold) = stored.outcome { Some(hold.0) } else { None };
        let ids: Vec<Uuid> = stored.iter().filter_map(held).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(holds::by_ids(db, self.event, &ids).await?.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    }

    /// The outcome stored before, if the request is the same.
    fn replay(
        &self,
        stored: &Stored,
        fingerprint: &[u8; 32],
        made: &HashMap<HoldId, Arc<HoldRow>>,
    ) -> Result<Answered, BookingError> {
        if stored.fingerprint != *fingerprint {
            return Err(BookingError::KeyReused);
        }
        let outcome = match &stored.outcome {
            StoredOutcome::Held(hold) => {
                let row = made.get(hold).ok_or_else(|| Fault::corrupt("outcome", format_args!("the hold {hold} has no row")))?;
                let terms = &self.inventory.terms;
                Outcome::Hold(Made { row: Arc::clone(row), house: Arc::clone(&terms.house), map: terms.map })
            }
            StoredOutcome::Checkout(checkout) => Outcome::Checkout(*checkout),
            StoredOutcome::Waits(entry) => Outcome::Waits(*entry),
            StoredOutcome::Refused(refusal) => Outcome::Refused(refusal.clone()),
        };
        Ok(self.answered(Reply::Outcome { outcome, replayed: true }))
    }
}
