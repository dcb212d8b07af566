//! Who reads an order or a ticket: everybody on the organiser's side, its buyer, or who has the key of its link.

use domain::{BuyerId, BuyerIds, PresentedLink};
use jiff::Timestamp;

use crate::rules::rows::OrderRow;

/// Whose reading it is.
#[derive(Debug, Clone)]
pub enum Reader {
    /// Who needs no leave: another caller has looked already.
    Anybody,
    /// The buyer under all of its ids, and who presents a key: either of them is enough.
    Somebody { buyer: Option<BuyerIds>, link: Option<PresentedLink> },
}

impl Reader {
    /// Whether it may read the order, as far as the order's row tells.
    pub(crate) fn knows(&self, order: &OrderRow) -> bool {
        match self {
            Self::Anybody => true,
            Self::Somebody { link, .. } => {
                self.owns(order.buyer) || link.as_ref().is_some_and(|link| link.opens(order.id, order.link_generation))
            }
        }
    }

    /// Whether it may still read what is this buyer's: a link ends, a buyer's right does not.
    pub(crate) fn is_in_time(&self, owner: BuyerId, link_until: Timestamp, now: Timestamp) -> bool {
        self.owns(owner) || now < link_until
    }

    /// Whether it reads by right of its own, and not by a link.
    pub fn owns(&self, buyer: BuyerId) -> bool {
        match self {
            Self::Anybody => true,
            Self::Somebody { buyer: ids, .. } => ids.as_ref().is_some_and(|ids| ids.has(buyer)),
        }
    }
}

impl From<BuyerIds> for Reader {
    fn from(buyer: BuyerIds) -> Self {
        Self::Somebody { buyer: Some(buyer), link: None }
    }
}

impl From<BuyerId> for Reader {
    fn from(buyer: BuyerId) -> Self {
        BuyerIds::from(buyer).into()
    }
}

/// No buyer is anybody.
impl From<Option<BuyerIds>> for Reader {
    fn from(buyer: Option<BuyerIds>) -> Self {
        buyer.map_or(Self::Anybody, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{OrderId, OrderLinks, OrderNumber};
    use sqlx::PgPool;

    use crate::error::BookingError;
    use crate::fixture::{Hall, TIERS, map, noon};
    use crate::store::fixture;
    use crate::verbs::ticket::TicketView;

    fn links() -> OrderLinks {
        OrderLinks::of_seeds(&[[7; 32]])
    }

    /// Whoever has the key of this generation, and no token.
    fn holder(order: OrderId, generation: u32) -> Reader {
        Reader::Somebody { buyer: None, link: Some(links().presented(&links().key(order, generation))) }
    }

    /// Whether it reads the order and the ticket; both or none.
    async fn reads(hall: &Hall, (order, ticket): (OrderId, &TicketView), reader: Reader) -> bool {
        let whole = hall.booking.get_order(order, reader.clone()).await;
        let one = hall.booking.get_ticket(ticket.id, reader).await;
        match (&whole, &one) {
            (Ok(whole), Ok(one)) => assert_eq!(&whole.tickets[0], one),
            (Err(BookingError::NotFound), Err(BookingError::NotFound)) => {}
            other => panic!("{other:?}"),
        }
        whole.is_ok()
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_link_opens_its_order_until_it_is_renewed_and_no_other_order(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (order, other) = (hall.buy(hall.ada, &["A-1"]).await, hall.buy(hall.bob, &["A-2"]).await);
        let it = (order.id, &order.tickets[0]);
        assert!(reads(&hall, it, holder(order.id, 1)).await);
        assert!(!reads(&hall, it, holder(other.id, 1)).await, "another order's key");
        assert!(!reads(&hall, it, Reader::Somebody { buyer: None, link: None }).await, "nobody");
        let stranger = Reader::Somebody { buyer: Some(hall.bob.into()), link: Some(links().presented("AAAA")) };
        assert!(!reads(&hall, it, stranger).await);
        assert!(matches!(hall.booking.renew_order_link(order.id, hall.bob).await, Err(BookingError::NotFound)), "not bob's");
        let renewed = hall.booking.renew_order_link(order.id, hall.ada).await.expect("renewed");
        assert_eq!((renewed.link_generation, &renewed.number), (2, &order.number));
        assert!(!reads(&hall, it, holder(order.id, 1)).await, "revoked");
        assert!(reads(&hall, it, holder(order.id, 2)).await);
        let stale = Reader::Somebody { buyer: Some(hall.ada.into()), link: Some(links().presented("AAAA")) };
        assert!(reads(&hall, it, stale).await, "the buyer needs none");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_link_ends_thirty_days_after_the_event_wherever_that_is_moved(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        let it = (order.id, &order.tickets[0]);
        let days = |n: i64| n * 24 * 3_600 * 1_000_000;
        hall.wait((order.link_until.as_microsecond() - noon().as_microsecond()) - 1);
        assert!(reads(&hall, it, holder(order.id, 1)).await, "its last microsecond");
        hall.wait(1);
        assert!(!reads(&hall, it, holder(order.id, 1)).await);
        assert!(reads(&hall, it, hall.ada.into()).await, "the buyer's right does not end");
        fixture::change(&pool, hall.event, "starts_at = starts_at + interval '10 days'").await.expect("moved");
        assert!(reads(&hall, it, holder(order.id, 1)).await, "the event is later");
        hall.wait(days(10));
        assert!(!reads(&hall, it, holder(order.id, 1)).await);
    }

    /// The schema makes the numbers meet: the first order that is written has the other one's.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_order_whose_number_is_taken_gets_another_and_is_sold_all_the_same(pool: PgPool) {
        let here = Hall::open(&pool).await;
        let event = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
        let there = Hall::node(&pool, event, here.clock.clone(), crate::BookingConfig::default()).await;
        let first = here.buy(here.ada, &["A-1"]).await;
        for statement in [
            "CREATE SEQUENCE written",
            "CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('written') = 1 THEN NEW.number := (SELECT number FROM orders LIMIT 1); END IF; RETURN NEW; END $$",
            "CREATE TRIGGER meet BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION meet()",
        ] {
            fixture::spoil(&pool, statement).await.expect("prepared");
        }
        let second = there.buy(there.bob, &["A-1"]).await;
        assert_ne!(second.number, first.number);
        assert_eq!(fixture::count(&pool, "written WHERE last_value = 2").await.expect("a count"), 1, "it was written twice");
        here.balanced().await;
    }

    /// Programs from before numbers write orders without one.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_order_of_an_older_program_has_a_number_too(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        fixture::spoil(&pool, "UPDATE orders SET number = DEFAULT, link_generation = DEFAULT").await.expect("written anew");
        let now = hall.order(order.id, hall.ada).await;
        assert_ne!(now.number, order.number);
        assert_eq!(now.number.as_str().parse(), Ok::<OrderNumber, _>(now.number));
        for wrong in ["UPDATE orders SET number = 'OOOOO-OOOOO'", "UPDATE orders SET link_generation = 0"] {
            assert!(fixture::spoil(&pool, wrong).await.is_err(), "{wrong}");
        }
    }
}
