//! The states of an order, and how long its link is good.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The generation of the link that an order begins with.
pub const FIRST_LINK: u32 = 1;
/// How long after its event an order's link is good.
const LINK_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When the links to an event's orders end.
pub fn link_ends(over_at: Timestamp) -> Timestamp {
    over_at.checked_add(LINK_LASTS).unwrap_or(Timestamp::MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    Paid,
    /// Given back; nothing had been paid.
    Cancelled,
    /// Given back, and the money with it.
    Refunded,
}

impl OrderState {
    pub const ALL: [Self; 3] = [Self::Paid, Self::Cancelled, Self::Refunded];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{noon, seconds};

    #[test]
    fn a_link_is_good_for_thirty_days_after_the_event_or_as_long_as_there_is_time() {
        assert_eq!(link_ends(noon()), noon() + seconds(30 * 86_400));
        assert_eq!(link_ends(Timestamp::MAX), Timestamp::MAX);
    }
}
