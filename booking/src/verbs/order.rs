//! An order: a paid (or free) hold, what the buyer owns.

use domain::{BuyerId, EventId, HoldId, Money, OrderId, PaymentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::checkout::Contact;
use crate::rules::order::OrderState;
use crate::rules::rows::{OrderRow, TicketRow};
use crate::rules::terms::Terms;
use crate::store::{orders, tickets};
use crate::verbs::ticket::TicketView;

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
        let row = orders::find(self.pool(), order).await?.filter(|row| row.buyer == buyer).ok_or(BookingError::NotFound)?;
        self.order_view(&row).await
    }

    /// An order with its tickets, whoever asks.
    pub(crate) async fn order_view(&self, row: &OrderRow) -> Result<OrderView, BookingError> {
        let terms = self.terms(row.event).await?;
        let mut db = self.pool().acquire().await?;
        let tickets = tickets::of_orders(&mut db, row.event, &[row.id.0]).await?;
        Ok(row.view(&tickets, &terms))
    }

    /// Reads the buyer's orders, newest first. `before`: the last id of the previous page.
    pub async fn my_orders(&self, buyer: BuyerId, before: Option<OrderId>, limit: u32) -> Result<Vec<OrderView>, BookingError> {
        let rows = orders::of_buyer(self.pool(), buyer, before, limit.min(MAX_PAGE)).await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in &rows {
            views.push(self.order_view(row).await?);
        }
        Ok(views)
    }
}

/// The longest page of orders or tickets; one row more than the contract's, so that callers can see whether another page follows.
pub(crate) const MAX_PAGE: u32 = 101;

impl OrderRow {
    pub(crate) fn view(&self, tickets: &[TicketRow], terms: &Terms) -> OrderView {
        let valid = self.state == OrderState::Paid;
        OrderView {
            id: self.id,
            event_id: self.event,
            buyer_id: self.buyer,
            hold_id: self.hold,
            payment_id: self.payment,
            state: self.state,
            total: self.total,
            contact: self.contact.clone(),
            tickets: tickets.iter().map(|ticket| ticket.view(terms, valid)).collect(),
            created_at: self.created_at,
        }
    }
}
