//! Giving back what was bought: one order, or all of an event's.

use domain::{BuyerId, EventId, OrderId};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::order::OrderView;

/// How far the cancellation of an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelProgress {
    pub event_id: EventId,
    /// Orders given back, by this call and by earlier ones.
    pub given_back: u64,
    /// Orders still to give back.
    pub remaining: u64,
}

impl Booking {
    /// Gives an order back: its places are free again and its payment is refunded.  Again: the same answer.
    ///
    /// Takes     `buyer`: only the buyer's own order, until the event begins; none: the organiser's word, any time.
    pub async fn cancel_order(&self, order: OrderId, buyer: Option<BuyerId>) -> Result<OrderView, BookingError> {
        todo!()
    }

    /// Closes an event's sale for good and gives back every hold and order, in bounded piles.
    ///
    /// Gives     the progress; stopped anywhere, the next call or the next start goes on.
    pub async fn cancel_event(&self, event: EventId) -> Result<CancelProgress, BookingError> {
        todo!()
    }
}
