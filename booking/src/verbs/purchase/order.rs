//! An order: a paid (or free) hold, what the buyer owns.

use std::collections::HashMap;

use domain::{BuyerId, BuyerIds, EventId, HoldId, Money, OrderId, OrderNumber, PaymentId, TicketId};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::checkout::Contact;
use crate::rules::order::{FIRST_LINK, OrderState, link_ends};
use crate::rules::print::PrintStatus;
use crate::rules::rows::{OrderRow, TicketRow};
use crate::rules::terms::Terms;
use crate::store::{orders, tickets};
use crate::verbs::reader::Reader;
use crate::verbs::ticket::{MAX_PAGE, TicketView};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    pub id: OrderId,
    pub number: OrderNumber,
    pub event_id: EventId,
    pub buyer_id: BuyerId,
    pub hold_id: HoldId,
    pub payment_id: PaymentId,
    pub state: OrderState,
    pub total: Money,
    pub contact: Contact,
    pub tickets: Vec<TicketView>,
    /// Which keys of its link are good, and until when.
    pub link_generation: u32,
    pub link_until: Timestamp,
    pub created_at: Timestamp,
}

impl Booking {
    /// Reads an order with its tickets, for who may: its buyer, or who has the key of its link.
    pub async fn get_order(&self, order: OrderId, reader: impl Into<Reader>) -> Result<OrderView, BookingError> {
        let (reader, now) = (&reader.into(), self.premises().clock.now());
        let read = || async move {
            let row = orders::find(self.pool(), order).await?.filter(|row| reader.knows(row)).ok_or(BookingError::NotFound)?;
            let order = self.order_view(row).await?;
            if reader.is_in_time(order.buyer_id, order.link_until, now) { Ok(order) } else { Err(BookingError::NotFound) }
        };
        self.patiently(read).await
    }

    /// Makes the link of the buyer's own order anew: who has the old one only reads nothing any more.
    pub async fn renew_order_link(&self, order: OrderId, buyer: impl Into<BuyerIds>) -> Result<OrderView, BookingError> {
        let buyer = &buyer.into();
        let renew = || async move {
            let row = orders::renew_link(self.pool(), order, buyer).await?.ok_or(BookingError::NotFound)?;
            self.order_view(row).await
        };
        self.patiently(renew).await
    }

    /// An order with its tickets, whoever asks.
    pub(crate) async fn order_view(&self, row: OrderRow) -> Result<OrderView, BookingError> {
        self.order_views(vec![row]).await?.pop().ok_or(BookingError::NotFound)
    }

    /// An order that was just paid, whatever has become of it since.
    pub(crate) async fn order_view_as_paid(&self, row: OrderRow) -> Result<OrderView, BookingError> {
        let mut view = self.order_view(OrderRow { state: OrderState::Paid, link_generation: FIRST_LINK, ..row }).await?;
        for ticket in &mut view.tickets {
            (ticket.edition, ticket.print_status) = (ticket.issued_edition, PrintStatus::NotPrinted);
        }
        Ok(view)
    }

    /// Reads the buyer's orders, newest first. `before`: the last id of the previous page.
    ///
    /// Cost      a few statements, however many orders.
    pub async fn my_orders(
        &self,
        buyer: impl Into<BuyerIds>,
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderView>, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let rows = orders::of_buyer(self.pool(), buyer, before, limit.min(MAX_PAGE)).await?;
            self.order_views(rows).await
        };
        self.patiently(read).await
    }

    /// Orders with their tickets, read as sets. Leaves out those whose event is gone.
    async fn order_views(&self, rows: Vec<OrderRow>) -> Result<Vec<OrderView>, BookingError> {
        let terms = self.terms_of(rows.iter().map(|row| row.event)).await?;
        let ids: Vec<_> = rows.iter().map(|row| (row.event, row.id)).collect();
        let mut tickets: HashMap<OrderId, Vec<TicketRow>> = HashMap::new();
        let found = tickets::of_orders_anywhere(self.pool(), &ids).await?;
        let prints = self.print_statuses(&found).await?;
        for ticket in found {
            tickets.entry(ticket.order).or_default().push(ticket);
        }
        let of = |row: &OrderRow| tickets.get(&row.id).map_or(&[][..], Vec::as_slice);
        let view = |row: &OrderRow| Some(row.view(of(row), terms.get(&row.event)?, &prints));
        Ok(rows.iter().filter_map(view).collect())
    }
}

impl OrderRow {
    pub(crate) fn view(&self, tickets: &[TicketRow], terms: &Terms, prints: &HashMap<TicketId, PrintStatus>) -> OrderView {
        let print_status = |ticket: &TicketRow| prints.get(&ticket.id).copied().unwrap_or(PrintStatus::NotPrinted);
        OrderView {
            id: self.id,
            number: self.number.clone(),
            event_id: self.event,
            buyer_id: self.buyer,
            hold_id: self.hold,
            payment_id: self.payment,
            state: self.state,
            total: self.total,
            contact: self.contact.clone(),
            tickets: tickets.iter().map(|ticket| ticket.view(terms, self, print_status(ticket))).collect(),
            link_generation: self.link_generation,
            link_until: link_ends(terms.over_at),
            created_at: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Hall, TIERS, checkout, key, map, noon};
    use crate::store::fixture;
    use crate::{BookingConfig, Method};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn orders_and_tickets_of_several_events_are_listed_with_what_belongs_to_each(pool: PgPool) {
        let here = Hall::open(&pool).await;
        let event = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
        let mut there = Hall::node(&pool, event, here.clock.clone(), BookingConfig::default()).await;
        there.ada = here.ada;
        let one = here.buy(here.ada, &["B-1", "B-2"]).await;
        here.wait(1_000_000);
        let two = there.buy(here.ada, &["A-3"]).await;
        here.buy(here.bob, &["A-1"]).await;
        let back = here.booking.cancel_order(one.id, None).await.expect("given back");
        assert_eq!(here.booking.my_orders(here.ada, None, 20).await.expect("orders"), [two.clone(), back.clone()]);
        let tickets = here.booking.my_tickets(here.ada, None, 20).await.expect("tickets");
        let mut said: Vec<_> = [two.tickets, back.tickets].concat();
        said.sort_by_key(|ticket| std::cmp::Reverse(ticket.id));
        assert_eq!(tickets, said);
        assert_eq!(tickets.iter().map(|ticket| ticket.valid).collect::<Vec<_>>(), [true, false, false]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_checkout_that_is_asked_for_again_is_answered_as_it_was_decided(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (floor, one) = (hall.floor(hall.ada, 2).await.expect("held"), key());
        let ask = || hall.booking.checkout(floor.id, hall.ada, checkout(Method::Free), one.clone());
        let first = ask().await.expect("bought");
        let order = first.value.order.as_ref().expect("an order").id;
        fixture::change(&pool, hall.event, "edition = edition + 1").await.expect("changed");
        hall.booking.cancel_order(order, None).await.expect("given back");
        let again = ask().await.expect("the same");
        assert_eq!((again.value, again.replayed), (first.value, true), "whatever has become of it since");
    }
}
