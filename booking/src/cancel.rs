//! Giving back what was bought: one order, or all of an event's.

use domain::{BuyerId, EventId, OrderId};

use crate::booking::Booking;
use crate::command::Command;
use crate::error::BookingError;
use crate::order::OrderView;
use crate::store::orders;

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
        let found = orders::find(self.pool(), order).await?;
        let row = found.filter(|row| buyer.is_none_or(|buyer| row.buyer == buyer)).ok_or(BookingError::NotFound)?;
        if row.returned_at.is_none() {
            self.ask(row.event, Command::CancelOrder { hold: row.hold, buyer }, None).await?;
        }
        let row = orders::find(self.pool(), order).await?.ok_or(BookingError::NotFound)?;
        self.order_view(&row).await
    }

    /// Closes an event's sale for good and gives back every hold and order, in bounded piles.
    ///
    /// Gives     the progress; stopped anywhere, the next call or the next start goes on.
    pub async fn cancel_event(&self, event: EventId) -> Result<CancelProgress, BookingError> {
        loop {
            let paid = orders::paid(self.pool(), event, ORDERS_AT_ONCE).await?;
            let orders = paid.into_iter().map(|order| order.hold).collect();
            self.ask(event, Command::CancelEvent { limit: HOLDS_AT_ONCE, orders }, None).await?;
            let (given_back, remaining) = orders::count(self.pool(), event).await?;
            let held = self.registry.desk(event).await?.shared.picture().counts.held;
            if remaining == 0 && held == 0 {
                return Ok(CancelProgress { event_id: event, given_back, remaining });
            }
        }
    }
}

/// How much of a cancelled event one transaction gives back.
const ORDERS_AT_ONCE: u32 = 200;
const HOLDS_AT_ONCE: usize = 2_000;
