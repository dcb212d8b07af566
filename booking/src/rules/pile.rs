//! A pile: the commands that are decided and committed together, as the decisions see it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{HoldId, PaymentId};

use crate::rules::change::Change;
use crate::rules::hold::HoldState;
use crate::rules::rows::{CaptureRow, HoldFacts, HoldRow, RefundRow};
use crate::rules::waitlist::step::Step;

/// What one pile read, and what it decided: nothing of it is true before the commit.
#[derive(Debug, Default)]
pub struct Pile {
    pub changes: Vec<Change>,
    pub new_holds: Vec<Arc<HoldRow>>,
    /// What was sold at once: the rows of each, made whole.
    pub sales: Vec<HoldFacts>,
    pub facts: HashMap<HoldId, HoldFacts>,
    /// Notices seen before or in this pile.
    pub notices: HashSet<String>,
    pub writes: Writes,
    /// What it changed in the waitlist.
    pub steps: Vec<Step>,
}

/// Rows of the facts that must be written.
#[derive(Debug, Default)]
pub struct Writes {
    pub payments: HashSet<(HoldId, PaymentId)>,
    pub new_orders: Vec<HoldId>,
    pub returned_orders: Vec<HoldId>,
    /// Live holds for which a payment began, or came to nothing.
    pub moved: HashMap<HoldId, HoldState>,
    pub notices: Vec<(String, PaymentId)>,
    pub captures: Vec<CaptureRow>,
    pub refunds: Vec<RefundRow>,
}

impl Writes {
    pub fn is_empty(&self) -> bool {
        self.payments.is_empty() && self.notices.is_empty() && self.moved.is_empty() && self.returned_orders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;

    #[test]
    fn there_is_something_to_write_as_soon_as_there_is_one_row_of_any_kind() {
        let (hold, payment) = (HoldId::at(noon()), PaymentId::at(noon()));
        assert!(Writes::default().is_empty());
        for one in [
            Writes { payments: [(hold, payment)].into(), ..Writes::default() },
            Writes { notices: vec![("taken".into(), payment)], ..Writes::default() },
            Writes { moved: [(hold, HoldState::Paying)].into(), ..Writes::default() },
            Writes { returned_orders: vec![hold], ..Writes::default() },
        ] {
            assert!(!one.is_empty(), "{one:?}");
        }
    }
}
