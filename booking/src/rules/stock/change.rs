//! What one decision changes in an inventory: applied in memory, written to the journal, replayed by other nodes and by the audit.

use std::sync::Arc;

use domain::{BuyerId, HoldId, OrderId, PassId, SeatIndex};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::counts::Counts;

/// Seats by index and places of at most one area.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Taken {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatIndex>,
    /// Area position and number of places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<(u32, u32)>,
}

impl Taken {
    pub fn places(&self) -> u32 {
        self.seats.len() as u32 + self.area.map_or(0, |(_, quantity)| quantity)
    }

    /// Whether some places are in both; those of one area are alike.
    pub fn shares(&self, other: &Taken) -> bool {
        let area = |taken: &Taken| taken.area.map(|(area, _)| area);
        (area(self).is_some() && area(self) == area(other)) || self.seats.iter().any(|seat| other.seats.contains(seat))
    }
}

/// A hold as the inventory remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub id: HoldId,
    pub buyer: BuyerId,
    #[serde(with = "millis")]
    pub until: Timestamp,
    pub taken: Taken,
    /// The pass it stands on, where the event has a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassId>,
}

/// How a hold ended without an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Released,
    Lapsed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Held(Arc<Hold>),
    Ended {
        hold: Arc<Hold>,
        how: Ending,
    },
    Ordered {
        hold: Arc<Hold>,
        order: OrderId,
    },
    /// Sold at once, without having been held in sight of anybody.
    Sold {
        hold: Arc<Hold>,
        order: OrderId,
    },
    /// An order was given back.
    Returned {
        order: OrderId,
        hold: HoldId,
        buyer: BuyerId,
        taken: Taken,
    },
    Blocked(Taken),
    Unblocked(Taken),
    /// Who had this pass has left the queue: nobody enters with it any more.
    PassLeft(PassId),
    /// The event is cancelled: nothing is sold any more.
    Closed,
}

impl Change {
    /// The places it is about.
    pub fn taken(&self) -> Option<&Taken> {
        match self {
            Self::Held(hold) | Self::Ended { hold, .. } | Self::Ordered { hold, .. } | Self::Sold { hold, .. } => {
                Some(&hold.taken)
            }
            Self::Returned { taken, .. } | Self::Blocked(taken) | Self::Unblocked(taken) => Some(taken),
            Self::PassLeft(_) | Self::Closed => None,
        }
    }

    /// Whether places become held by it, or are so no more.
    pub fn moves_held(&self) -> bool {
        match self {
            Self::Held(_) | Self::Ended { .. } | Self::Ordered { .. } => true,
            Self::Sold { .. } | Self::Returned { .. } | Self::Blocked(_) | Self::Unblocked(_) => false,
            Self::PassLeft(_) | Self::Closed => false,
        }
    }
}

/// One journal row's content: the changes, and what they left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub changes: Vec<Change>,
    pub counts: Counts,
    /// Area position and free places, of touched areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<(u32, u32)>,
    /// Area position and held places, of those areas in which they moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<(u32, u32)>,
    /// The waitlist changed, too: its rows are to be read again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waitlist: bool,
}

/// One version's row.
#[derive(Debug, Clone)]
pub struct JournalRow {
    pub version: i64,
    pub at: Timestamp,
    pub changes: Changes,
}

/// An instant as milliseconds: a third of the bytes. Holds end on whole milliseconds for it.
mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_millisecond())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;

    #[test]
    fn places_are_shared_by_who_has_a_seat_or_an_area_in_common() {
        let taken = |seats: &[SeatIndex], area: Option<u32>| Taken { seats: seats.to_vec(), area: area.map(|area| (area, 1)) };
        let table = [
            (taken(&[1, 2], None), taken(&[2, 3], None), true),
            (taken(&[1, 2], None), taken(&[3], None), false),
            (taken(&[], Some(0)), taken(&[], Some(0)), true),
            (taken(&[], Some(0)), taken(&[], Some(1)), false),
            (taken(&[1], None), taken(&[], Some(0)), false),
        ];
        for (one, other, shared) in table {
            assert_eq!((one.shares(&other), other.shares(&one)), (shared, shared), "{one:?} {other:?}");
        }
    }

    #[test]
    fn places_become_held_or_are_so_no_more_by_what_happens_to_a_hold() {
        let taken = Taken { seats: vec![1], area: None };
        let hold = Hold { id: HoldId::at(noon()), buyer: BuyerId::at(noon()), until: noon(), taken: taken.clone(), pass: None };
        let (order, id, buyer, hold) = (OrderId::at(noon()), hold.id, hold.buyer, Arc::new(hold));
        let moves = [
            Change::Held(Arc::clone(&hold)),
            Change::Ended { hold: Arc::clone(&hold), how: Ending::Lapsed },
            Change::Ordered { hold: Arc::clone(&hold), order },
        ];
        let others = [
            Change::Sold { hold, order },
            Change::Returned { order, hold: id, buyer, taken: taken.clone() },
            Change::Blocked(taken.clone()),
            Change::Unblocked(taken),
            Change::Closed,
        ];
        assert!(moves.iter().all(Change::moves_held) && !others.iter().any(Change::moves_held));
    }
}
