//! A ticket: the right to one seat or area place at one event. Its code is signed by whoever draws it, from what stands here.

use domain::{BuyerId, EventId, Money, OrderId, TicketId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::order::OrderState;
use crate::rules::rows::{TicketPlace, TicketRow};
use crate::rules::terms::Terms;
use crate::store::{orders, tickets};
use crate::verbs::order::MAX_PAGE;

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
        let found = tickets::find(self.pool(), ticket).await?;
        let row = found.filter(|row| buyer.is_none_or(|buyer| row.buyer == buyer)).ok_or(BookingError::NotFound)?;
        self.ticket_view(&row).await
    }

    async fn ticket_view(&self, row: &TicketRow) -> Result<TicketView, BookingError> {
        let terms = self.terms(row.event).await?;
        let order = orders::find(self.pool(), row.order).await?;
        Ok(row.view(&terms, order.is_some_and(|order| order.state == OrderState::Paid)))
    }

    /// Reads the buyer's tickets, newest first. `before`: the last id of the previous page.
    pub async fn my_tickets(
        &self,
        buyer: BuyerId,
        before: Option<TicketId>,
        limit: u32,
    ) -> Result<Vec<TicketView>, BookingError> {
        let rows = tickets::of_buyer(self.pool(), buyer, before, limit.min(MAX_PAGE)).await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in &rows {
            views.push(self.ticket_view(row).await?);
        }
        Ok(views)
    }
}

impl TicketRow {
    pub(crate) fn view(&self, terms: &Terms, valid: bool) -> TicketView {
        let (house, tier) = (&terms.house, self.tier);
        let (seat, area) = match self.place {
            TicketPlace::Seat(seat) => {
                let section = house.section_of(seat);
                let view = TicketSeatView {
                    id: house.seat_id(seat),
                    section: section.id.clone(),
                    section_label: section.label.clone(),
                    row: house.row_of(seat).label.clone(),
                    number: house.seats[seat as usize].number.to_string(),
                    tier,
                };
                (Some(view), None)
            }
            TicketPlace::Area(area) => {
                let area = house.areas.get(area as usize);
                (None, area.map(|area| TicketAreaView { id: area.id.clone(), label: area.label.clone(), tier }))
            }
        };
        TicketView {
            id: self.id,
            event_id: self.event,
            order_id: self.order,
            buyer_id: self.buyer,
            seat,
            area,
            holder: self.holder.clone(),
            price: Money::new(self.price, self.currency),
            edition: terms.edition,
            print_status: self.print_status.clone(),
            valid,
            issued_at: self.issued_at,
        }
    }
}
