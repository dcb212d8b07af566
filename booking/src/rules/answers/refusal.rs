//! The rules say no: one enum, in order of precedence; the first that applies is given.

use domain::{HoldId, Money, OrderId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::pass::NoPass;
use crate::rules::together::Together;

/// Why the rules say no. Stored with its idempotency key, so it reads and writes itself as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("at most {limit} places in one hold")]
    TooManySeats { limit: u32 },
    /// `opens_at` is none for an event that has nothing to sell yet.
    #[error("the sale is not open")]
    SaleNotOpen { opens_at: Option<Timestamp> },
    #[error("the sale is closed")]
    SaleClosed,
    /// `why`: what is wrong with the pass that was shown, or that none was.
    #[error("{}", why.detail())]
    QueueFirst {
        #[serde(default)]
        why: NoPass,
    },
    /// `hold_id`: the live hold that stands on the pass; none where the pass is over.
    #[error("{}", if hold_id.is_some() { "a hold stands on this pass already" } else { "this pass is over: it ended with an order, or with leaving the queue" })]
    PassUsed { hold_id: Option<HoldId> },
    #[error("at most {limit} places for one buyer at this event, {taken} are taken already")]
    BuyerLimit { limit: u32, taken: u32 },
    #[error("everything is sold")]
    SoldOut,
    /// `seats` are the wanted ones that others have; empty where no seat was named.
    #[error("not all of this is free")]
    SeatsUnavailable { seats: Vec<String>, others_available: bool },
    /// The best seats are wanted, and only places of areas are free.
    #[error("this event has no seats to choose from: what is free are places of its areas")]
    OnlyAreas,
    /// Seats side by side are wanted, and only seats apart are free.
    #[error("so many are not free side by side")]
    NotTogether { together: Together },
    #[error("nothing is free now, but some places are only held")]
    SeatsHeld,
    #[error("{why}")]
    NotWaiting { why: NotWaiting },
    /// `seats` are companions' seats that are chosen without the free wheelchair spaces `companion_of` that they belong to.
    #[error("a companion's seat goes with its wheelchair space while others are free")]
    CompanionSeat { seats: Vec<String>, companion_of: Vec<String> },
    /// `seats` would be left single; each of the alternatives is a whole choice of as many seats that leaves none.
    #[error("the choice would leave single seats")]
    OrphanSeat { seats: Vec<String>, alternatives: Vec<Vec<String>> },
    #[error("the hold has lapsed")]
    HoldLapsed,
    #[error("the hold was given back")]
    HoldReleased,
    #[error("the hold has become an order")]
    HoldOrdered { order_id: OrderId },
    #[error("this hold is not free of charge")]
    PaymentRequired { total: Money },
    #[error("the event has begun")]
    EventStarted,
    #[error("the ticket was given back; it lets nobody in")]
    TicketReturned,
    #[error("it is printed already")]
    Printed,
}

/// Why nobody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotWaiting {
    #[error("there is nothing to wait for: such places are free")]
    SeatsFree,
    #[error("the sale is over")]
    SaleOver,
    #[error("the organiser has closed the waitlist")]
    Closed,
    #[error("too many wait already")]
    Full,
    #[error("too many wait from this address already")]
    Address,
    #[error("too many choices of tiers are waited for already: name no tiers, or such as others wait for")]
    Choices,
}

impl From<NotWaiting> for Refusal {
    fn from(why: NotWaiting) -> Self {
        Self::NotWaiting { why }
    }
}

impl Refusal {
    /// The stable word that programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManySeats { .. } => "too_many_seats",
            Self::SaleNotOpen { .. } => "sale_not_open",
            Self::SaleClosed => "sale_closed",
            Self::QueueFirst { .. } => "queue_first",
            Self::PassUsed { .. } => "pass_used",
            Self::BuyerLimit { .. } => "buyer_limit",
            Self::SoldOut => "sold_out",
            Self::SeatsUnavailable { .. } | Self::OnlyAreas | Self::NotTogether { .. } => "seats_unavailable",
            Self::SeatsHeld => "seats_held",
            Self::NotWaiting { .. } => "not_waiting",
            Self::CompanionSeat { .. } => "companion_seat",
            Self::OrphanSeat { .. } => "orphan_seat",
            Self::HoldLapsed => "hold_lapsed",
            Self::HoldReleased => "hold_released",
            Self::HoldOrdered { .. } => "hold_ordered",
            Self::PaymentRequired { .. } => "payment_required",
            Self::EventStarted => "event_started",
            Self::TicketReturned | Self::Printed => "conflict",
        }
    }
}
