//! Selling at once: what the façades of other interfaces ask for, whose buyers neither hold nor pay.

use domain::{BuyerId, EventId, HoldId, OrganiserId, PaymentId, TicketId};

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::checkout::Contact;
use crate::rules::command::{Command, OrderIds, Reply, Sale};
use crate::rules::rows::TicketRow;
use crate::store::{desks, tickets};

pub use crate::store::tickets::Of;

/// Tickets that one reading gives at most.
pub const PAGE: u32 = 1_000;

/// Whose ticket it is, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldTicket {
    pub id: TicketId,
    pub event: EventId,
    pub buyer: BuyerId,
}

impl SoldTicket {
    fn of(row: &TicketRow) -> Self {
        Self { id: row.id, event: row.event, buyer: row.buyer }
    }
}

impl Booking {
    /// Sells one place without a number of an organiser's event at once, for nothing; whoever asks twice buys twice.
    ///
    /// Gives     the ticket.
    /// Refuses   not_found (no such event, or another organiser's), sale_not_open, sale_closed, sold_out, payment_required, busy.
    /// Cost      a place in the desk's next pile, and nothing else.
    #[tracing::instrument(name = "booking.sell", level = "debug", skip_all, fields(%event))]
    pub async fn sell(
        &self,
        event: EventId,
        organiser: OrganiserId,
        buyer: BuyerId,
        contact: Contact,
    ) -> Result<TicketId, BookingError> {
        let now = self.premises().clock.now();
        let (hold, payment, ids) = (HoldId::at(now), PaymentId::at(now), *OrderIds::at(now));
        let ticket = ids.tickets[0];
        let sale = Box::new(Sale { organiser, buyer, contact, hold, payment, ids });
        match self.ask(event, Command::Sell(sale), None).await?.reply {
            Reply::Done => Ok(ticket),
            Reply::Outcome { .. } | Reply::Blocked(_) | Reply::Gone => {
                Err(Fault::corrupt("reply", "a sale was answered with something else").into())
            }
        }
    }

    /// The next tickets of a list, at most [`PAGE`], in the order of their ids.
    pub async fn sold_tickets(&self, of: Of, after: Option<TicketId>) -> Result<Vec<SoldTicket>, BookingError> {
        let read = || async move { Ok(tickets::page(self.pool(), of, after, i64::from(PAGE)).await?) };
        let rows = self.patiently(read).await?;
        Ok(rows.iter().map(SoldTicket::of).collect())
    }

    /// One ticket, whosever it is.
    pub async fn sold_ticket(&self, ticket: TicketId) -> Result<SoldTicket, BookingError> {
        let read = || async move { Ok(tickets::find(self.pool(), ticket).await?) };
        self.patiently(read).await?.as_ref().map(SoldTicket::of).ok_or(BookingError::NotFound)
    }

    /// How many places of an event are sold; 0 where nothing ever was.
    pub async fn sold_places(&self, event: EventId) -> Result<u32, BookingError> {
        let read = || async move {
            let mut db = self.pool().acquire().await?;
            Ok(desks::find(&mut db, event).await?.map_or(0, |desk| desk.counts.sold))
        };
        self.patiently(read).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::Clock;
    use sqlx::PgPool;

    use super::*;
    use crate::fixture::{Hall, map, noon, refusal};
    use crate::store::fixture;
    use crate::{BookingConfig, Refusal};

    fn contact() -> Contact {
        Contact { name: "Ada".into(), email: "ada@example.com".into() }
    }

    async fn floor(pool: &PgPool, places: u32) -> Hall {
        let event = fixture::event(pool, &map(0, 0, places), "[]", noon()).await.expect("an event");
        Hall::node(pool, event, Clock::manual(noon()), BookingConfig::default()).await
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn many_buyers_at_two_nodes_get_what_there_is_and_the_books_balance(pool: PgPool) {
        let one = floor(&pool, 50).await;
        let two = Hall::node(&pool, one.event, one.clock.clone(), BookingConfig::default()).await;
        let ask = |n: usize| {
            let hall = if n.is_multiple_of(2) { &one } else { &two };
            hall.booking.sell(one.event, OrganiserId::HOUSE, one.ada, contact())
        };
        let answers = futures::future::join_all((0..200).map(ask)).await;
        let sold: HashSet<TicketId> = answers.iter().filter_map(|answer| answer.as_ref().ok().copied()).collect();
        let refused = answers.into_iter().filter(Result::is_err).map(refusal).filter(|no| *no == Refusal::SoldOut).count();
        assert_eq!((sold.len(), refused), (50, 150));
        let listed = one.booking.sold_tickets(Of::Event(one.event), None).await.expect("tickets");
        assert_eq!(listed.iter().map(|ticket| ticket.id).collect::<HashSet<_>>(), sold);
        assert_eq!(one.booking.sold_places(one.event).await.expect("a count"), 50);
        one.balanced().await;
        // a node that knows nothing yet reads the same from rows
        let three = Hall::node(&pool, one.event, one.clock.clone(), BookingConfig::default()).await;
        let late = three.booking.sell(one.event, OrganiserId::HOUSE, one.bob, contact()).await;
        assert_eq!(refusal(late), Refusal::SoldOut);
        three.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn tickets_are_listed_by_event_by_buyer_and_by_both_page_by_page(pool: PgPool) {
        let hall = floor(&pool, 10).await;
        let other = floor(&pool, 10).await;
        let buy = |event, buyer| hall.booking.sell(event, OrganiserId::HOUSE, buyer, contact());
        let mut bought = Vec::new();
        for (event, buyer) in [(hall.event, hall.ada), (hall.event, hall.bob), (other.event, hall.ada), (hall.event, hall.ada)] {
            bought.push(buy(event, buyer).await.expect("sold"));
        }
        let mut table = vec![
            (Of::Event(hall.event), vec![bought[0], bought[1], bought[3]]),
            (Of::Buyer(hall.ada), vec![bought[0], bought[2], bought[3]]),
            (Of::Both(hall.event, hall.ada), vec![bought[0], bought[3]]),
            (Of::Buyer(BuyerId::at(noon())), vec![]),
        ];
        for (of, wanted) in &mut table {
            wanted.sort_unstable();
            let ids = |page: Vec<SoldTicket>| page.into_iter().map(|ticket| ticket.id).collect::<Vec<_>>();
            assert_eq!(&ids(hall.booking.sold_tickets(*of, None).await.expect("tickets")), wanted, "{of:?}");
            let after = wanted.first().copied();
            let rest = ids(hall.booking.sold_tickets(*of, after).await.expect("tickets"));
            assert_eq!(rest, wanted.iter().skip(1).copied().collect::<Vec<_>>(), "{of:?} after the first");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_of_nobody_or_of_another_organiser_is_not_there(pool: PgPool) {
        let hall = floor(&pool, 10).await;
        for (event, organiser) in [(EventId::at(noon()), OrganiserId::HOUSE), (hall.event, OrganiserId::at(noon()))] {
            let answer = hall.booking.sell(event, organiser, hall.ada, contact()).await;
            assert!(matches!(answer, Err(BookingError::NotFound)), "{answer:?}");
        }
    }
}
