//! A ticket: the right to one seat or area place at one event. Its code is signed by whoever draws it, from what stands here.

use domain::{BuyerId, EventId, Money, OrderId, TicketId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    pub id: TicketId,
    pub event_id: EventId,
    pub order_id: OrderId,
    pub buyer_id: BuyerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<TicketSeatView>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<TicketAreaView>,
    pub holder: String,
    pub price: Money,
    /// The event's edition now: what a drawing made now will show.
    pub edition: u32,
    /// `none`, `queued` or `drawn`.
    pub print_status: String,
    /// False once its order was given back: no code may be drawn for it.
    pub valid: bool,
    pub issued_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketSeatView {
    pub id: String,
    pub section: String,
    pub section_label: String,
    pub row: String,
    pub number: String,
    pub tier: TierId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketAreaView {
    pub id: String,
    pub label: String,
    pub tier: TierId,
}

impl Booking {
    /// Reads one ticket; with `buyer` only the buyer's own.
    pub async fn get_ticket(&self, ticket: TicketId, buyer: Option<BuyerId>) -> Result<TicketView, BookingError> {
        todo!()
    }

    /// Reads the buyer's tickets, newest first. `before`: the last id of the previous page.
    pub async fn my_tickets(&self, buyer: BuyerId, before: Option<TicketId>, limit: u32) -> Result<Vec<TicketView>, BookingError> {
        todo!()
    }
}
