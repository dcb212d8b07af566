//! Words about an event that finding, selling and drawing all say: its status, its tiers, its availability badge.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// What the organiser says of the event. Source of the values: schema.org EventStatusType, plus two of sport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    #[default]
    Scheduled,
    Postponed,
    Cancelled,
    /// Decided without play.
    Awarded,
    /// Begun and broken off.
    Abandoned,
}

impl EventStatus {
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::Postponed, Self::Cancelled, Self::Awarded, Self::Abandoned];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Postponed => "postponed",
            Self::Cancelled => "cancelled",
            Self::Awarded => "awarded",
            Self::Abandoned => "abandoned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Whether a buyer's own choice may leave a seat single that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrphanRule {
    /// Refused where as many seats of the same block could be had without.
    #[default]
    Refuse,
    Allow,
}

impl OrphanRule {
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Allow];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }
}

/// The badge on a result card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    Available,
    /// At most one place in ten is left.
    Few,
    /// None free, some only held.
    Held,
    SoldOut,
    NotOnSale,
    Cancelled,
}

impl Availability {
    pub const ALL: [Self; 6] = [Self::Available, Self::Few, Self::Held, Self::SoldOut, Self::NotOnSale, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Few => "few",
            Self::Held => "held",
            Self::SoldOut => "sold_out",
            Self::NotOnSale => "not_on_sale",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|badge| badge.as_str() == text)
    }

    /// The badge of an event on sale, from its counts.
    pub fn of(available: u32, held: u32, capacity: u32) -> Self {
        match (available, held) {
            (0, 0) => Self::SoldOut,
            (0, _) => Self::Held,
            (free, _) if u64::from(free) * 10 <= u64::from(capacity) => Self::Few,
            _ => Self::Available,
        }
    }
}

/// A tier's id: one character of `1-9a-z`, so that a row of seats says its tiers as a string (`"1122"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct TierId(u8);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tier's id is one character of 1-9 or a-z")]
pub struct TierIdError;

impl TierId {
    /// How many tiers one event can have.
    pub const COUNT: usize = 35;
    const LETTERS: &'static [u8; 35] = b"123456789abcdefghijklmnopqrstuvwxyz";

    /// The id of the tier at a position: 0 is `1`.
    pub fn nth(index: usize) -> Option<Self> {
        Self::LETTERS.get(index).map(|letter| Self(*letter))
    }

    pub fn as_char(self) -> char {
        char::from(self.0)
    }

    /// The position: `1` is 0.
    pub fn index(self) -> usize {
        match self.0 {
            digit @ b'1'..=b'9' => usize::from(digit - b'1'),
            letter => usize::from(letter - b'a') + 9,
        }
    }
}

impl TryFrom<char> for TierId {
    type Error = TierIdError;
    fn try_from(c: char) -> Result<Self, TierIdError> {
        u8::try_from(c).ok().filter(|byte| Self::LETTERS.contains(byte)).map(Self).ok_or(TierIdError)
    }
}

impl From<TierId> for char {
    fn from(id: TierId) -> char {
        id.as_char()
    }
}

impl std::fmt::Display for TierId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

/// A price category of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub id: TierId,
    pub name: String,
    pub price: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_interface_and_read_back() {
        assert_eq!(EventStatus::ALL.map(EventStatus::as_str), ["scheduled", "postponed", "cancelled", "awarded", "abandoned"]);
        assert_eq!(OrphanRule::ALL.map(OrphanRule::as_str), ["refuse", "allow"]);
        let badges = ["available", "few", "held", "sold_out", "not_on_sale", "cancelled"];
        assert_eq!(Availability::ALL.map(Availability::as_str), badges);
        assert_eq!(EventStatus::ALL.map(|status| EventStatus::parse(status.as_str())), EventStatus::ALL.map(Some));
        assert_eq!(OrphanRule::ALL.map(|rule| OrphanRule::parse(rule.as_str())), OrphanRule::ALL.map(Some));
        assert_eq!(Availability::ALL.map(|badge| Availability::parse(badge.as_str())), Availability::ALL.map(Some));
        let unknown = (EventStatus::parse("Scheduled"), OrphanRule::parse(""), Availability::parse("soon"));
        assert_eq!(unknown, (None, None, None));
    }

    #[test]
    fn a_badge_follows_the_counts() {
        let table = [
            (100, 0, 100, Availability::Available),
            (11, 0, 100, Availability::Available),
            (10, 5, 100, Availability::Few),
            (0, 1, 100, Availability::Held),
            (0, 0, 100, Availability::SoldOut),
            (0, 0, 0, Availability::SoldOut),
        ];
        for (available, held, capacity, badge) in table {
            assert_eq!(Availability::of(available, held, capacity), badge, "{available} {held} {capacity}");
        }
    }

    #[test]
    fn tier_ids_and_positions_agree() {
        for index in 0..TierId::COUNT {
            let id = TierId::nth(index).expect("in range");
            assert_eq!((id.index(), TierId::try_from(id.as_char()), char::from(id)), (index, Ok(id), id.as_char()));
        }
        assert!(TierId::nth(TierId::COUNT).is_none() && TierId::try_from('0').is_err() && TierId::try_from('A').is_err());
    }
}
