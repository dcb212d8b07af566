//! A hold: a buyer's temporary claim on places, all or none.

use domain::{BuyerId, EventId, HoldId, Money, OrderId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::idempotency::{Decided, Idempotency};
use crate::wanted::Wanted;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    Held,
    /// A payment was begun.
    Paying,
    Ordered,
    Released,
    Lapsed,
}

impl HoldState {
    pub const ALL: [Self; 5] = [Self::Held, Self::Paying, Self::Ordered, Self::Released, Self::Lapsed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paying => "paying",
            Self::Ordered => "ordered",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What the buyer sees of a hold; also what is stored with its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    pub id: HoldId,
    pub event_id: EventId,
    pub state: HoldState,
    pub until: Timestamp,
    /// Whole seconds until `until`, 0 when it is over.
    pub seconds_left: u64,
    pub seats: Vec<SeatView>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaPlaces>,
    pub total: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// One seat with the tier and price it was held at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatView {
    pub id: String,
    /// The section's id.
    pub section: String,
    pub row: String,
    pub number: String,
    pub tier: TierId,
    pub price: Money,
}

/// Places of a general-admission area; `price` is for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaPlaces {
    pub id: String,
    pub label: String,
    pub quantity: u32,
    pub tier: TierId,
    pub price: Money,
}

impl Booking {
    /// Holds places of one event for one buyer, all or none.
    ///
    /// Takes     1..=10 distinct seats, the best of a quantity, or area places.
    /// Gives     the hold with `until` (UTC, database clock).  Same key again: the same outcome.
    /// Refuses   see [`crate::Refusal`], the first that applies.
    /// Cost      a place in the desk's next pile; no lock outlives it.
    pub async fn hold(&self, event: EventId, buyer: BuyerId, wanted: Wanted, key: Idempotency) -> Result<Decided<HoldView>, BookingError> {
        todo!()
    }

    /// Reads the buyer's own hold; its state is computed at the database's now.
    pub async fn get_hold(&self, hold: HoldId, buyer: BuyerId) -> Result<HoldView, BookingError> {
        todo!()
    }

    /// Gives the places back at once.  Again: the same answer.
    ///
    /// Refuses   hold_ordered; a lapsed hold just says so in its state.
    pub async fn release(&self, hold: HoldId, buyer: BuyerId) -> Result<HoldView, BookingError> {
        todo!()
    }
}
