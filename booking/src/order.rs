//! An order: a paid (or free) hold, what the buyer owns.

use domain::{BuyerId, EventId, HoldId, Money, OrderId, PaymentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::checkout::Contact;
use crate::error::BookingError;
use crate::ticket::TicketView;

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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub id: OrderId,
    pub event_id: EventId,
    pub buyer_id: BuyerId,
    pub hold_id: HoldId,
    pub payment_id: PaymentId,
    pub state: OrderState,
    pub total: Money,
    pub contact: Contact,
    pub tickets: Vec<TicketView>,
    pub created_at: Timestamp,
}

impl Booking {
    /// Reads the buyer's own order with its tickets.
    pub async fn get_order(&self, order: OrderId, buyer: BuyerId) -> Result<OrderView, BookingError> {
        todo!()
    }

    /// Reads the buyer's orders, newest first. `before`: the last id of the previous page.
    pub async fn my_orders(&self, buyer: BuyerId, before: Option<OrderId>, limit: u32) -> Result<Vec<OrderView>, BookingError> {
        todo!()
    }
}
