//! One waiter: who, for how many places of which tiers, since when.

use domain::{BuyerId, EntryId, HoldId};
use jiff::Timestamp;

use crate::rules::hoard::Amount;
use crate::rules::waitlist::tiers::TierSet;

/// What has become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryState {
    Waiting,
    /// Places are held in the waiter's name until the offer is over.
    Offered,
    /// The offer's hold became an order. Not before: a hold that is only being paid may still lapse.
    Taken,
    /// The offer was not taken in time, or the hour for held places is over.
    Expired,
    /// It can no longer be met.
    Impossible,
    /// The waiter left, or gave the offer back.
    Left,
}

impl EntryState {
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Offered, Self::Taken, Self::Expired, Self::Impossible, Self::Left];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Taken => "taken",
            Self::Expired => "expired",
            Self::Impossible => "impossible",
            Self::Left => "left",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it goes on.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }
}

/// What one party asks for: equal parties stand in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// 1 to 10 places.
    pub size: u32,
    pub tiers: TierSet,
    /// Waits for what is given back, not for what is held: it is never told that it cannot be met while the sale goes on.
    pub returns: bool,
}

/// A live entry as the desk remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    pub id: EntryId,
    pub buyer: BuyerId,
    /// Other ids of the same buyer, when the entry was made.
    pub others: Vec<BuyerId>,
    /// From which address it was asked for, as a hash; none where it is not counted.
    pub client: Option<i64>,
    pub party: Party,
    /// The order of arrival at this event.
    pub number: u64,
    pub joined_at: Timestamp,
    /// Until when at most is waited; none: as long as the sale goes on.
    pub waits_until: Option<Timestamp>,
    /// The hold of the offer: given out with the entry, so that deciding needs no new ids.
    pub hold: HoldId,
    /// Until when the offer stands; none while none was made.
    pub offered_until: Option<Timestamp>,
}

impl Waiter {
    /// What it counts against the limits of its address.
    pub fn amount(&self) -> Amount {
        Amount { holds: 1, places: self.party.size }
    }

    pub fn state(&self) -> EntryState {
        if self.offered_until.is_some() { EntryState::Offered } else { EntryState::Waiting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_interface_and_read_back() {
        let words = ["waiting", "offered", "taken", "expired", "impossible", "left"];
        assert_eq!(EntryState::ALL.map(EntryState::as_str), words);
        assert_eq!(words.map(EntryState::parse), EntryState::ALL.map(Some));
        assert_eq!(EntryState::ALL.map(EntryState::is_live), [true, true, false, false, false, false]);
    }
}
