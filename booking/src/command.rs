//! What a desk is told to do, and what it answers.

use domain::{BuyerId, HoldId, OrderId, PaymentId, TicketId};

use crate::block::Blocked;
use crate::checkout::{Checkout, CheckoutView};
use crate::error::{BookingError, Invalid};
use crate::hold::Made;
use crate::payment::PaymentNotice;
use crate::refusal::Refusal;
use crate::wanted::{MAX_PLACES, Places, Wanted};

/// New ids come with the command, so that deciding stays pure.
#[derive(Debug, Clone)]
pub enum Command {
    Hold {
        id: HoldId,
        buyer: BuyerId,
        wanted: Wanted,
    },
    Release {
        hold: HoldId,
        buyer: BuyerId,
    },
    Checkout {
        hold: HoldId,
        buyer: BuyerId,
        checkout: Box<Checkout>,
        payment: PaymentId,
        ids: Box<OrderIds>,
    },
    Notice {
        notice: Box<PaymentNotice>,
        hold: HoldId,
        ids: Box<OrderIds>,
    },
    /// `buyer`: whose it must be; none: the organiser's word.
    CancelOrder {
        hold: HoldId,
        buyer: Option<BuyerId>,
    },
    Block(Places),
    Unblock(Places),
    /// Closes the sale and gives back up to `limit` holds and the orders of these holds.
    CancelEvent {
        limit: usize,
        orders: Vec<HoldId>,
    },
    /// Gives back what has lapsed; also part of every other decision.
    Sweep,
    /// Looks whether another node sold something.
    Refresh,
}

/// Ids for an order and its tickets.
#[derive(Debug, Clone)]
pub struct OrderIds {
    pub order: OrderId,
    pub tickets: [TicketId; MAX_PLACES as usize],
}

impl OrderIds {
    pub fn at(now: jiff::Timestamp) -> Box<OrderIds> {
        Box::new(OrderIds { order: OrderId::at(now), tickets: std::array::from_fn(|_| TicketId::at(now)) })
    }
}

impl Command {
    /// The holds whose rows must be read before it can be decided.
    pub fn asks_about(&self) -> &[HoldId] {
        match self {
            Self::Checkout { hold, .. } | Self::Notice { hold, .. } | Self::CancelOrder { hold, .. } => {
                std::slice::from_ref(hold)
            }
            Self::CancelEvent { orders, .. } => orders,
            Self::Hold { .. } | Self::Release { .. } | Self::Block(_) | Self::Unblock(_) | Self::Sweep | Self::Refresh => &[],
        }
    }
}

/// A decision that is stored with its idempotency key.
#[derive(Debug, Clone)]
pub enum Outcome {
    Hold(Made),
    Checkout(Box<CheckoutView>),
    Refused(Refusal),
}

/// What the desk answers.
#[derive(Debug)]
pub enum Reply {
    Outcome {
        outcome: Outcome,
        replayed: bool,
    },
    Blocked(Blocked),
    /// Done; the rows say how it stands now.
    Done,
    /// The hold is none of the live ones: its row says what became of it.
    Gone,
}

/// A no that is no outcome of a keyed request, or not yet one.
#[derive(Debug)]
pub enum Denial {
    Refused(Refusal),
    Invalid(Invalid),
    NotFound,
    Gone,
    /// The state contradicts itself.
    Corrupt(crate::error::Fault),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Invalid> for Denial {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<crate::error::Fault> for Denial {
    fn from(fault: crate::error::Fault) -> Self {
        Self::Corrupt(fault)
    }
}

impl From<Denial> for Result<Reply, BookingError> {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Refused(refusal) => Err(refusal.into()),
            Denial::Invalid(invalid) => Err(invalid.into()),
            Denial::NotFound => Err(BookingError::NotFound),
            Denial::Gone => Ok(Reply::Gone),
            Denial::Corrupt(fault) => Err(fault.into()),
        }
    }
}
