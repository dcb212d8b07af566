//! A ticket: the right to one seat or area place at one event. Its code is signed by whoever draws it, from what stands here.

use std::collections::HashMap;

use domain::{BuyerId, BuyerIds, EventId, Money, OrderId, OrderNumber, TicketId, TierId};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::house::Access;
use crate::rules::order::{OrderState, link_ends};
use crate::rules::print::PrintStatus;
use crate::rules::rows::{OrderRow, TicketPlace, TicketRow};
use crate::rules::terms::Terms;
use crate::store::{orders, prints, tickets};
use crate::verbs::reader::Reader;

/// The longest page of orders or tickets; one row more than the contract's, so that callers can see whether another page follows.
pub(crate) const MAX_PAGE: u32 = 101;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketView {
    pub id: TicketId,
    pub event_id: EventId,
    pub order_id: OrderId,
    pub order_number: OrderNumber,
    pub buyer_id: BuyerId,
    pub seat: Option<TicketSeatView>,
    pub area: Option<TicketAreaView>,
    pub holder: String,
    pub price: Money,
    /// The event's edition now: what a drawing made now will show.
    pub edition: u32,
    /// The event's edition when the ticket was issued.
    pub issued_edition: u32,
    pub print_status: PrintStatus,
    /// False once its order was given back: no code may be drawn for it.
    pub valid: bool,
    /// Until when its order's link opens it.
    pub link_until: Timestamp,
    pub issued_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSeatView {
    pub id: String,
    pub section: String,
    pub section_label: String,
    pub row: String,
    pub number: String,
    pub access: Access,
    pub tier: TierId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketAreaView {
    pub id: String,
    pub label: String,
    pub tier: TierId,
}

impl Booking {
    /// Reads one ticket, for who may: its buyer, or who has the key of its order's link.
    pub async fn get_ticket(&self, ticket: TicketId, reader: impl Into<Reader>) -> Result<TicketView, BookingError> {
        let (reader, now) = (&reader.into(), self.premises().clock.now());
        let read = || async move {
            let row = tickets::find(self.pool(), ticket).await?.ok_or(BookingError::NotFound)?;
            // the buyer is known by the ticket's row; who has a link, by the order's
            let owns = reader.owns(row.buyer);
            if !owns && !orders::find(self.pool(), row.order).await?.is_some_and(|order| reader.knows(&order)) {
                return Err(BookingError::NotFound);
            }
            let view = self.ticket_views(vec![row]).await?.pop().ok_or(BookingError::NotFound)?;
            if reader.is_in_time(view.buyer_id, view.link_until, now) { Ok(view) } else { Err(BookingError::NotFound) }
        };
        self.patiently(read).await
    }

    /// Reads the buyer's tickets, newest first. `before`: the last id of the previous page.
    ///
    /// Cost      a few statements, however many tickets.
    pub async fn my_tickets(
        &self,
        buyer: impl Into<BuyerIds>,
        before: Option<TicketId>,
        limit: u32,
    ) -> Result<Vec<TicketView>, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let rows = tickets::of_buyer(self.pool(), buyer, before, limit.min(MAX_PAGE)).await?;
            self.ticket_views(rows).await
        };
        self.patiently(read).await
    }

    /// How far the printing of these tickets has come.
    pub(crate) async fn print_statuses(&self, rows: &[TicketRow]) -> Result<HashMap<TicketId, PrintStatus>, BookingError> {
        let ids: Vec<TicketId> = rows.iter().map(|row| row.id).collect();
        let now = self.now();
        let found = prints::of(self.pool(), &ids).await?;
        Ok(found.iter().map(|row| (row.ticket, row.print.status(row.present(now)).0)).collect())
    }

    /// Tickets with what their events and orders say of them, read as sets. Leaves out those whose event is gone.
    pub(crate) async fn ticket_views(&self, rows: Vec<TicketRow>) -> Result<Vec<TicketView>, BookingError> {
        let terms = self.terms_of(rows.iter().map(|row| row.event)).await?;
        let ids: Vec<OrderId> = rows.iter().map(|row| row.order).collect();
        let orders = orders::by_ids(self.pool(), &ids).await?;
        let orders: HashMap<OrderId, OrderRow> = orders.into_iter().map(|row| (row.id, row)).collect();
        let prints = self.print_statuses(&rows).await?;
        let status = |row: &TicketRow| prints.get(&row.id).copied().unwrap_or(PrintStatus::NotPrinted);
        let view = |row: &TicketRow| Some(row.view(terms.get(&row.event)?, orders.get(&row.order)?, status(row)));
        Ok(rows.iter().filter_map(view).collect())
    }
}

impl TicketRow {
    pub(crate) fn view(&self, terms: &Terms, order: &OrderRow, print_status: PrintStatus) -> TicketView {
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
                    access: house.access_of(seat),
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
            order_number: order.number.clone(),
            buyer_id: self.buyer,
            seat,
            area,
            holder: self.holder.clone(),
            price: Money::new(self.price, self.currency),
            edition: terms.edition,
            issued_edition: self.edition,
            print_status,
            valid: order.state == OrderState::Paid,
            link_until: link_ends(terms.over_at),
            issued_at: self.issued_at,
        }
    }
}
