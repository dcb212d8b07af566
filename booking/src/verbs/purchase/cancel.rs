//! Giving back what was bought: one order, or all of an event's.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Actor, BuyerIds, EventId, OrderId};
use lease::LeaseName;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::command::Command;
use crate::rules::controls::Guard;
use crate::store::{desks, orders};
use crate::verbs::order::OrderView;

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
    pub async fn cancel_order(&self, order: OrderId, buyer: Option<BuyerIds>) -> Result<OrderView, BookingError> {
        let found = orders::find(self.pool(), order).await?;
        let row = found.filter(|row| buyer.as_ref().is_none_or(|buyer| buyer.has(row.buyer))).ok_or(BookingError::NotFound)?;
        if row.returned_at.is_none() {
            self.ask(row.event, Command::CancelOrder { hold: row.hold, buyer }, None).await?;
        }
        let row = orders::find(self.pool(), order).await?.ok_or(BookingError::NotFound)?;
        self.order_view(row).await
    }

    /// Closes an event's sale for good and gives back every hold and order, in bounded piles.
    ///
    /// Takes     `by`: whose event it must be; none: what was begun before goes on.
    /// Gives     the progress; stopped anywhere, the next call or any node that runs goes on.
    pub async fn cancel_event(&self, event: EventId, by: Option<&Actor>) -> Result<CancelProgress, BookingError> {
        if let Some(by) = by {
            self.within(by, event).await?;
        }
        let (mut after, mut before) = (None, None);
        loop {
            let paid = orders::paid(self.pool(), event, after, ORDERS_AT_ONCE).await?;
            after = paid.last().filter(|_| paid.len() == ORDERS_AT_ONCE as usize).map(|order| order.id);
            let orders = paid.into_iter().map(|order| order.hold).collect();
            self.ask_by(event, Command::CancelEvent { limit: HOLDS_AT_ONCE, orders }, None, by).await?;
            let (given_back, remaining) = orders::count(self.pool(), event).await?;
            let held = desks::held(self.pool(), event).await?;
            if remaining == 0 && held == 0 {
                return Ok(CancelProgress { event_id: event, given_back, remaining });
            }
            // the last page of a round: what none of two rounds gave back, none after them will
            if after.is_none() && before.replace((remaining, held)) == Some((remaining, held)) {
                let detail = format_args!("{remaining} orders and {held} held places of {event} cannot be given back");
                return Err(Fault::corrupt("order", detail).into());
            }
        }
    }
}

impl Booking {
    /// Looks for cancelled events until the node stops: those that were cancelled another way than by [`Self::cancel_event`], and
    /// those whose giving back was stopped, here or on a node that is gone.
    pub(crate) async fn give_back_cancelled(&self) {
        let shutdown = self.registry.shutting_down();
        let (mut wait, mut stuck) = (LOOK, Stuck::default());
        loop {
            wait = match self.once(&LeaseName::job("cancelled"), Box::pin(self.look_for_cancelled(&mut stuck))).await {
                Ok(()) => LOOK,
                Err(error) if error.is_away() => {
                    tracing::debug!(%error, "cancelled events are looked for later");
                    LOOK
                }
                Err(error) => {
                    tracing::error!(%error, "cancelled events wait to be given back");
                    (wait * 2).min(LOOK_AGAIN)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Goes on with every cancelled event that is not given back. One that cannot be waits by itself, twice as long each time: the others
    /// are looked at as ever.
    ///
    /// Refuses   when the events cannot be looked for at all.
    pub(crate) async fn look_for_cancelled(&self, stuck: &mut Stuck) -> Result<(), BookingError> {
        if !self.premises().config.controls.stands(Guard::Cancelling) {
            return Ok(());
        }
        let shutdown = self.registry.shutting_down();
        stuck.looks += 1;
        let cancelled = desks::cancelling(self.pool(), EVENTS_AT_ONCE).await?;
        stuck.events.retain(|event, _| cancelled.contains(event));
        for event in cancelled {
            if shutdown.is_cancelled() {
                break;
            }
            if stuck.waits(event) {
                continue;
            }
            match self.cancel_event(event, None).await {
                Ok(_) => stuck.forget(event),
                Err(error) => {
                    tracing::error!(%event, %error, "a cancelled event is not given back yet");
                    stuck.note(event);
                }
            }
        }
        Ok(())
    }
}

/// Cancelled events that could not be given back: after how many looks each is tried again. As many at most as one look finds.
#[derive(Debug, Default)]
pub(crate) struct Stuck {
    looks: u64,
    /// At which look it is tried again, and how many are waited for the next time.
    events: HashMap<EventId, (u64, u64)>,
}

impl Stuck {
    fn waits(&self, event: EventId) -> bool {
        self.events.get(&event).is_some_and(|(at, _)| self.looks < *at)
    }

    fn note(&mut self, event: EventId) {
        let wait = self.events.get(&event).map_or(1, |(_, wait)| *wait);
        self.events.insert(event, (self.looks + wait, (wait * 2).min(LOOKS_APART)));
    }

    fn forget(&mut self, event: EventId) {
        self.events.remove(&event);
    }
}

/// How many looks there are at most between two tries at one event.
const LOOKS_APART: u64 = 32;

/// How often cancelled events are looked for, and how long at most after a look that failed.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_secs(32);
/// Cancelled events that one look goes on with.
const EVENTS_AT_ONCE: i64 = 100;

/// How much of a cancelled event one transaction gives back.
const ORDERS_AT_ONCE: u32 = 200;
const HOLDS_AT_ONCE: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, refusal};
    use crate::rules::controls::Controls;
    use crate::store::fixture;
    use crate::{BookingConfig, OrderState, PaymentState, Refusal, SeatLetter};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_cancelled_order_is_refunded_once_and_its_seats_are_free(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        let back = hall.booking.cancel_order(order.id, Some(hall.ada.into())).await.expect("cancelled");
        assert_eq!((back.state, back.tickets[0].valid), (OrderState::Refunded, false));
        assert_eq!(hall.booking.cancel_order(order.id, Some(hall.ada.into())).await.expect("again"), back);
        let payment = hall.booking.payment(order.payment_id).await.expect("a payment");
        assert_eq!((payment.state, payment.refund_reason), (PaymentState::Refunded, Some(crate::RefundReason::OrderCancelled)));
        hall.hold(hall.bob, &["A-1"]).await.expect("free again");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_buyer_cancels_until_the_event_begins_and_the_organiser_any_time(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        hall.wait(86_400_000_000);
        assert_eq!(refusal(hall.booking.cancel_order(order.id, Some(hall.ada.into())).await), Refusal::EventStarted);
        let other = hall.booking.cancel_order(order.id, Some(hall.bob.into())).await;
        assert!(matches!(other, Err(BookingError::NotFound)));
        assert_eq!(hall.booking.cancel_order(order.id, None).await.expect("cancelled").state, OrderState::Refunded);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_order_for_a_whole_day_is_given_back_until_the_day_is_over_at_its_venue(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let orders = [hall.buy(hall.ada, &["A-1"]).await, hall.buy(hall.ada, &["A-3"]).await];
        // the fixture's noon is midnight there
        let day = format!("start_precision = 'day', timezone = 'Pacific/Fiji', starts_at = '{}'", crate::fixture::noon());
        fixture::change(&pool, hall.event, &day).await.expect("changed");
        let until = orders[0].link_until;
        hall.wait(86_400_000_000 - 1);
        assert_eq!(
            hall.booking.cancel_order(orders[0].id, Some(hall.ada.into())).await.expect("its last microsecond").state,
            OrderState::Refunded
        );
        hall.wait(1);
        assert_eq!(refusal(hall.booking.cancel_order(orders[1].id, Some(hall.ada.into())).await), Refusal::EventStarted);
        let shown = hall.booking.get_order(orders[1].id, hall.ada).await.expect("an order");
        assert_eq!(shown.link_until, until, "thirty days after the day");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_cancelled_event_gives_everything_back_and_sells_no_more(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let paid = hall.buy(hall.ada, &["A-1"]).await;
        let free = hall.floor(hall.bob, 2).await.expect("held");
        hall.checkout(free.id, hall.bob, crate::Method::Free).await.expect("bought");
        let held = hall.hold(hall.bob, &["A-3"]).await.expect("held");
        let pending = hall.begin(&held, hall.bob).await;
        let progress = hall.booking.cancel_event(hall.event, None).await.expect("cancelled");
        assert_eq!((progress.given_back, progress.remaining), (2, 0));
        assert_eq!(hall.booking.cancel_event(hall.event, None).await.expect("again"), progress);
        assert_eq!(hall.order(paid.id, hall.ada).await.state, OrderState::Refunded);
        assert_eq!(hall.letter("A-3").await, SeatLetter::Available);
        assert_eq!(refusal(hall.hold(hall.ada, &["A-1"]).await), Refusal::SaleClosed);
        let late = hall.say(&pending, crate::NoticeKind::Captured, "late").await;
        assert_eq!(late.refund_reason, Some(crate::RefundReason::EventCancelled));
        hall.balanced().await;
    }

    /// An order without its payment: what stands behind it is given back, and who cancels is told instead of waiting for ever.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_order_that_cannot_be_given_back_ends_the_cancellation_with_a_fault(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.shutdown().await;
        let hall = Hall::idle(&pool, hall.event, hall.clock.clone(), BookingConfig::default());
        let (stuck, other) = (hall.buy(hall.ada, &["A-1"]).await, hall.buy(hall.bob, &["A-3"]).await);
        fixture::spoil(&pool, &format!("DELETE FROM payments WHERE id = '{}'", stuck.payment_id)).await.expect("spoilt");
        let cancelled = tokio::time::timeout(Duration::from_secs(60), hall.booking.cancel_event(hall.event, None)).await;
        assert!(matches!(cancelled, Ok(Err(BookingError::Fault(Fault::Corrupt(_))))), "{cancelled:?}");
        assert_eq!(hall.order(other.id, hall.bob).await.state, OrderState::Refunded);
    }

    #[test]
    fn what_is_stuck_is_tried_less_and_less_often_and_what_is_not_at_every_look() {
        let (mut stuck, event) = (Stuck::default(), EventId(uuid::Uuid::nil()));
        let mut tried = Vec::new();
        for look in 1..=200 {
            stuck.looks = look;
            assert!(!stuck.waits(EventId(uuid::Uuid::max())), "another event");
            if !stuck.waits(event) {
                tried.push(look);
                stuck.note(event);
            }
        }
        assert_eq!(tried, [1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192]);
        stuck.forget(event);
        assert!(!stuck.waits(event));
    }

    /// An order without its payment beside another cancelled event: that one is given back at every look.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_that_cannot_be_given_back_holds_no_other_up(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.shutdown().await;
        let here = Hall::idle(&pool, hall.event, hall.clock.clone(), BookingConfig::default());
        let event = fixture::event(&pool, &crate::fixture::map(1, 3, 0), crate::fixture::TIERS, crate::fixture::noon()).await;
        let there = Hall::idle(&pool, event.expect("an event"), hall.clock.clone(), BookingConfig::default());
        let poison = here.buy(here.ada, &["A-1"]).await;
        fixture::spoil(&pool, &format!("DELETE FROM payments WHERE id = '{}'", poison.payment_id)).await.expect("spoilt");
        fixture::change(&pool, here.event, "status = 'cancelled'").await.expect("cancelled");
        let mut stuck = Stuck::default();
        here.booking.look_for_cancelled(&mut stuck).await.expect("one event's trouble is no trouble of the look");
        let good = there.buy(there.bob, &["A-1"]).await;
        fixture::change(&pool, there.event, "status = 'cancelled'").await.expect("cancelled");
        here.booking.look_for_cancelled(&mut stuck).await.expect("looked");
        assert_eq!(there.order(good.id, there.bob).await.state, OrderState::Refunded);
        assert!(stuck.events.contains_key(&here.event) && !stuck.events.contains_key(&there.event));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_cancellation_that_was_stopped_goes_on_at_another_node(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        hall.booking
            .ask(hall.event, Command::CancelEvent { limit: 0, orders: vec![] }, None)
            .await
            .expect("closed, nothing given back yet");
        hall.booking.shutdown().await;
        let next = Hall::node(&pool, hall.event, hall.clock.clone(), crate::BookingConfig::default()).await;
        let given_back = async {
            while next.order(order.id, hall.ada).await.state != OrderState::Refunded {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), given_back).await.expect("the order is given back");
        next.balanced().await;
    }

    /// Killed between the organiser's word and the desk: the event is cancelled, and nobody told booking. The control has the guard
    /// off: the order stays paid, and a payment under way becomes an order of an event that will not be.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_that_was_cancelled_without_a_word_to_booking_is_given_back_all_the_same(pool: PgPool) {
        for stands in [true, false] {
            let hall = Hall::open(&pool).await;
            hall.booking.shutdown().await;
            let off: &[Guard] = if stands { &[] } else { &[Guard::Cancelling] };
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let hall = Hall::idle(&pool, hall.event, hall.clock.clone(), config);
            let paid = hall.buy(hall.ada, &["A-1"]).await;
            let held = hall.hold(hall.bob, &["A-3"]).await.expect("held");
            let pending = hall.begin(&held, hall.bob).await;
            fixture::change(&pool, hall.event, "status = 'cancelled'").await.expect("changed");
            assert_eq!(refusal(hall.hold(hall.ada, &["A-4"]).await), Refusal::SaleClosed);
            let word = hall.say(&pending, crate::NoticeKind::Captured, "paid meanwhile").await;
            assert_eq!(word.order_id.is_none(), stands, "{word:?}");
            hall.booking.look_for_cancelled(&mut Stuck::default()).await.expect("looked");
            let state = hall.order(paid.id, hall.ada).await.state;
            assert_eq!(state, if stands { OrderState::Refunded } else { OrderState::Paid });
            let held = if stands { SeatLetter::Available } else { SeatLetter::Sold };
            assert_eq!(hall.letter("A-3").await, held);
            hall.balanced().await;
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_cancelled_event_stays_closed_whatever_is_said_afterwards(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let held = hall.hold(hall.bob, &["A-3"]).await.expect("held");
        for status in ["cancelled", "scheduled"] {
            fixture::change(&pool, hall.event, &format!("status = '{status}'")).await.expect("changed");
        }
        assert_eq!(refusal(hall.hold(hall.ada, &["A-4"]).await), Refusal::SaleClosed);
        let free = refusal(hall.checkout(held.id, hall.bob, crate::proof::PLAY_MONEY).await);
        assert_eq!(free, Refusal::HoldReleased);
        hall.balanced().await;
    }

    /// A node goes on by itself, without being started again or asked.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_runs_finds_cancelled_events_by_looking(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        fixture::change(&pool, hall.event, "status = 'cancelled'").await.expect("changed");
        let next = async {
            while hall.order(order.id, hall.ada).await.state == OrderState::Paid {
                place.next().await.expect("going on");
            }
        };
        tokio::time::timeout(Duration::from_secs(60), next).await.expect("given back");
        hall.balanced().await;
    }
}
