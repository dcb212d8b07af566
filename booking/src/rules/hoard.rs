//! How much one address and one buyer may hold at once.

use domain::{BuyerId, BuyerIds, PresentedPass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Open holds and their places, of one address and of one buyer; 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HoardLimits {
    pub holds: u32,
    pub places: u32,
}

/// Who asks: the buyer, the address he asks from as a hash that all nodes share, if it is known and counted, and the pass he shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    pub buyer: BuyerIds,
    pub client: Option<i64>,
    pub pass: Option<PresentedPass>,
}

/// Whose holds are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    Client(i64),
    Buyer(BuyerId),
}

/// Holds, and places in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    pub holds: u32,
    pub places: u32,
}

/// What somebody holds, and when the first of it ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hoard {
    pub amount: Amount,
    pub free_at: Timestamp,
}

impl HoardLimits {
    /// Whether nothing is limited.
    pub fn are_off(self) -> bool {
        self == Self::default()
    }

    /// Whether so much may be held.
    pub fn allow(self, amount: Amount) -> bool {
        let within = |limit: u32, held: u32| limit == 0 || held <= limit;
        within(self.holds, amount.holds) && within(self.places, amount.places)
    }
}

impl Amount {
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { holds: self.holds.saturating_add(other.holds), places: self.places.saturating_add(other.places) }
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { holds: self.holds.saturating_sub(other.holds), places: self.places.saturating_sub(other.places) }
    }

    /// The most that is less than this, where a limit counts it.
    #[must_use]
    pub fn less_one(self) -> Self {
        let less = |n: u32| if n == u32::MAX { 0 } else { n.saturating_sub(1) };
        Self { holds: less(self.holds), places: less(self.places) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_counts_for_itself_and_none_is_none() {
        let amount = |holds, places| Amount { holds, places };
        for (limits, held, allowed) in [
            ((2, 5), amount(2, 5), true),
            ((2, 5), amount(3, 5), false),
            ((2, 5), amount(2, 6), false),
            ((0, 5), amount(9, 5), true),
            ((2, 0), amount(2, 99), true),
            ((0, 0), amount(99, 99), true),
        ] {
            let (holds, places) = limits;
            assert_eq!(HoardLimits { holds, places }.allow(held), allowed, "{limits:?} {held:?}");
        }
        assert_eq!(amount(3, u32::MAX).less_one(), amount(2, 0));
        assert!(HoardLimits { holds: 0, places: 0 }.are_off() && !HoardLimits { holds: 0, places: 1 }.are_off());
        assert_eq!((amount(3, 4).plus(amount(1, 2)), amount(3, 4).minus(amount(1, 9))), (amount(4, 6), amount(2, 0)));
    }
}
