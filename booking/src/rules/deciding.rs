//! What every decision works with: the inventory, the conditions it is made under, and the pile it becomes part of.

use std::sync::Arc;

use domain::{BuyerIds, HoldId};
use jiff::Timestamp;

use crate::rules::change::{Change, Hold};
use crate::rules::controls::Controls;
use crate::rules::corrupt::Corrupt;
use crate::rules::denial::Denial;
use crate::rules::inventory::Inventory;
use crate::rules::pile::Pile;
use crate::rules::waitlist::knobs::Knobs;

/// What is the same for all commands of one pile.
#[derive(Debug, Clone, Copy)]
pub struct Conditions {
    pub now: Timestamp,
    pub hold_ttl: std::time::Duration,
    pub controls: Controls,
    /// The event was cancelled.
    pub cancelled: bool,
    pub knobs: Knobs,
}

/// One command being decided. All of it is applied and noted in the pile, or nothing is.
pub struct Deciding<'a> {
    pub inventory: &'a mut Inventory,
    pub conditions: Conditions,
    pub pile: &'a mut Pile,
}

impl Deciding<'_> {
    pub fn now(&self) -> Timestamp {
        self.conditions.now
    }

    /// Applies a change and notes it.
    pub fn change(&mut self, change: Change) -> Result<(), Corrupt> {
        self.inventory.apply(&change)?;
        self.pile.changes.push(change.clone());
        self.follow_offer(&change)
    }

    /// A hold that is neither over nor ordered, of this buyer.
    pub fn live(&self, hold: HoldId, buyer: Option<&BuyerIds>) -> Result<Arc<Hold>, Denial> {
        match self.inventory.holds.get(&hold) {
            Some(hold) if buyer.is_none_or(|buyer| buyer.has(hold.buyer)) => Ok(Arc::clone(hold)),
            Some(_) => Err(Denial::NotFound),
            None => Err(Denial::Gone),
        }
    }
}
