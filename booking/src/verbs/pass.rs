//! Passes of queues: which are in use, and the news of them.

use domain::{BuyerIds, EventId, PassId};
use tokio::sync::broadcast;

use crate::booking::Booking;
use crate::desk::passed::PassTold;
use crate::error::BookingError;
use crate::rules::command::{Command, Reply};
use crate::rules::pass::PassState;
use crate::rules::refusal::Refusal;
use crate::store::{orders, pass_uses};

impl Booking {
    /// Hears what becomes of passes at the desks of this node, after each commit. Who lags behind reads [`Booking::passes_used`].
    pub fn passes(&self) -> broadcast::Receiver<PassTold> {
        self.premises().passes.subscribe()
    }

    /// Whether a buyer who joins the event's queue now could buy anything, but for the hour at which the sale opens.
    ///
    /// Refuses   sale_closed; sold_out; buyer_limit, by what the buyer has bought.
    /// Cost      no row, unless the event has a limit and has sold something.
    pub async fn check_before_queue(&self, event: EventId, buyer: &BuyerIds) -> Result<(), BookingError> {
        let (picture, now) = (self.gallery.fresh(event).await?.picture(), self.now());
        match picture.terms.check_open(now) {
            Ok(()) | Err(Refusal::SaleNotOpen { .. }) => {}
            Err(refusal) => return Err(refusal.into()),
        }
        if picture.counts.available + picture.counts.held == 0 && picture.counts.sold > 0 {
            return Err(Refusal::SoldOut.into());
        }
        let Some(limit) = picture.terms.buyer_limit.filter(|_| picture.counts.sold > 0) else { return Ok(()) };
        let ids: Vec<_> = buyer.all().collect();
        let taken = self.patiently(|| async { Ok(orders::places_of(self.pool(), event, &ids).await?) }).await?;
        if taken >= limit { Err(Refusal::BuyerLimit { limit, taken }.into()) } else { Ok(()) }
    }

    /// Ends the pass of who has left the queue; asked again: the same.
    ///
    /// Gives     false where a live hold stands on it: it goes on with that.
    pub async fn end_pass(&self, event: EventId, pass: PassId) -> Result<bool, BookingError> {
        let answered = self.ask(event, Command::EndPass(pass), None).await?;
        Ok(!matches!(answered.reply, Reply::Gone))
    }

    /// The passes of an event that are in use now, or over.
    pub async fn passes_used(&self, event: EventId) -> Result<Vec<(PassId, PassState)>, BookingError> {
        let read = || async move {
            let rows = pass_uses::of(&mut *self.pool().acquire().await?, event).await?;
            Ok(rows.into_iter().map(|(pass, used)| (pass, used.into())).collect())
        };
        self.patiently(read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, key, noon, refusal, seconds};
    use crate::rules::controls::{Controls, Guard};
    use crate::rules::payment::NoticeKind;
    use crate::store::fixture;
    use crate::{Asker, BookingConfig, HoldView, Wanted};
    use domain::{BuyerId, Pass, PresentedPass};
    use sqlx::PgPool;

    async fn hall(pool: &PgPool) -> Hall {
        let hall = Hall::open(pool).await;
        fixture::change(pool, hall.event, "queue_required = true").await.expect("changed");
        hall
    }

    fn pass(hall: &Hall, holder: BuyerId) -> Pass {
        Pass { event: hall.event, holder, id: PassId::at(noon()), expires_at: noon() + seconds(600) }
    }

    async fn hold(hall: &Hall, pass: Pass, seat: &str) -> Result<HoldView, BookingError> {
        let asker = Asker { buyer: pass.holder.into(), client: None, pass: Some(PresentedPass::Signed(pass)) };
        let wanted = Wanted::Seats(vec![format!("stalls-{seat}")]);
        Ok(hall.booking.hold_for(hall.event, asker, wanted, key()).await?.value)
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_pass_has_one_hold_is_free_after_it_and_ended_by_the_order(pool: PgPool) {
        let hall = hall(&pool).await;
        let mut told = hall.booking.passes();
        let pass = pass(&hall, hall.ada);
        assert_eq!(refusal(hall.hold(hall.ada, &["A-1"]).await).code(), "queue_first");
        let first = hold(&hall, pass, "A-1").await.expect("held");
        assert_eq!(refusal(hold(&hall, pass, "A-2").await), Refusal::PassUsed { hold_id: Some(first.id) });
        hall.booking.release(first.id, hall.ada).await.expect("released");
        let second = hold(&hall, pass, "A-2").await.expect("free again");
        hall.wait(305_000_000);
        let third = hold(&hall, pass, "A-3").await.expect("free again after the lapse");
        let payment = hall.begin(&third, hall.ada).await;
        hall.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
        assert_eq!(refusal(hold(&hall, pass, "A-4").await), Refusal::PassUsed { hold_id: None });
        let news: Vec<PassState> = std::iter::from_fn(|| told.try_recv().ok()).map(|told| told.became).collect();
        use PassState::{Free, Held, Ordered};
        assert_eq!(news, [Held, Free, Held, Held, Ordered], "what one pile freed and took again is told as taken");
        assert_eq!(hall.booking.passes_used(hall.event).await.expect("rows"), [(pass.id, Ordered)]);
        assert_ne!(second.id, third.id);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_could_buy_nothing_is_told_before_the_wait(pool: PgPool) {
        let hall = hall(&pool).await;
        let check = async |buyer: BuyerId| hall.booking.check_before_queue(hall.event, &buyer.into()).await;
        fixture::change(&pool, hall.event, "buyer_limit = 1").await.expect("changed");
        check(hall.ada).await.expect("nothing was bought");
        let bought = hold(&hall, pass(&hall, hall.ada), "A-1").await.expect("held");
        let payment = hall.begin(&bought, hall.ada).await;
        hall.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
        assert_eq!(refusal(check(hall.ada).await), Refusal::BuyerLimit { limit: 1, taken: 1 });
        check(hall.bob).await.expect("another buyer");
        hall.wait(86_400_000_000);
        assert_eq!(refusal(check(hall.bob).await), Refusal::SaleClosed);
        let nowhere = hall.booking.check_before_queue(EventId::at(noon()), &hall.ada.into()).await;
        assert!(matches!(nowhere, Err(BookingError::NotFound)), "{nowhere:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_left_the_queue_enters_no_more_and_a_hold_goes_on(pool: PgPool) {
        let hall = hall(&pool).await;
        let (left, held) = (pass(&hall, hall.ada), pass(&hall, hall.bob));
        hold(&hall, held, "B-1").await.expect("held");
        for _ in 0..2 {
            assert!(hall.booking.end_pass(hall.event, left.id).await.expect("left"));
            assert!(!hall.booking.end_pass(hall.event, held.id).await.expect("nothing to end"));
        }
        assert_eq!(refusal(hold(&hall, left, "A-1").await), Refusal::PassUsed { hold_id: None });
        let there = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
        assert_eq!(refusal(hold(&there, left, "A-1").await), Refusal::PassUsed { hold_id: None });
        let mut used = hall.booking.passes_used(hall.event).await.expect("rows");
        used.sort_unstable_by_key(|(pass, _)| *pass != left.id);
        assert_eq!(used, [(left.id, PassState::Left), (held.id, PassState::Held)]);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_that_starts_anew_knows_which_passes_are_in_use(pool: PgPool) {
        let here = hall(&pool).await;
        let (one, two) = (pass(&here, here.ada), pass(&here, here.ada));
        let bought = hold(&here, one, "A-1").await.expect("held");
        let payment = here.begin(&bought, here.ada).await;
        here.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
        hold(&here, two, "A-2").await.expect("held");
        let there = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
        for pass in [one, two] {
            assert_eq!(refusal(hold(&there, pass, "B-1").await).code(), "pass_used");
        }
        here.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_late_payment_is_honoured_though_the_pass_stands_under_another_hold_by_then(pool: PgPool) {
        let hall = hall(&pool).await;
        let pass = pass(&hall, hall.ada);
        let lapsed = hold(&hall, pass, "A-1").await.expect("held");
        let payment = hall.begin(&lapsed, hall.ada).await;
        hall.wait(305_000_000);
        let next = hold(&hall, pass, "A-2").await.expect("free again after the lapse");
        hall.say(&payment, NoticeKind::Captured, "late").await.order_id.expect("the seat was free: an order");
        assert_eq!(hall.booking.passes_used(hall.event).await.expect("rows"), [(pass.id, PassState::Held)]);
        let payment = hall.begin(&next, hall.ada).await;
        hall.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
        assert_eq!(hall.booking.passes_used(hall.event).await.expect("rows"), [(pass.id, PassState::Ordered)]);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_late_payment_ends_the_pass_that_is_free(pool: PgPool) {
        let hall = hall(&pool).await;
        let pass = pass(&hall, hall.ada);
        let lapsed = hold(&hall, pass, "A-1").await.expect("held");
        let payment = hall.begin(&lapsed, hall.ada).await;
        hall.wait(305_000_000);
        hall.say(&payment, NoticeKind::Captured, "late").await.order_id.expect("an order");
        assert_eq!(refusal(hold(&hall, pass, "A-2").await), Refusal::PassUsed { hold_id: None });
        hall.balanced().await;
    }

    /// The key of passes alone: a desk that is behind still cannot give a pass a second hold. The control has the guard off.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_blind_desk_is_stopped_by_the_key_and_without_the_key_a_pass_is_used_twice(pool: PgPool) {
        for stands in [true, false] {
            let here = hall(&pool).await;
            let off: &[Guard] = if stands { &[Guard::Fence] } else { &[Guard::Fence, Guard::PassKey] };
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let there = Hall::node(&pool, here.event, here.clock.clone(), config).await;
            hold(&there, pass(&here, there.bob), "B-5").await.expect("held, and the desk there is open");
            let shared = pass(&here, here.ada);
            hold(&here, shared, "A-1").await.expect("held");
            let second = hold(&there, shared, "A-2").await;
            assert_eq!(second.is_err(), stands, "{second:?}");
            let audit = here.booking.audit().await.expect("an audit");
            let twice = audit.violations.iter().any(|violation| violation.law == "pass_twice");
            assert_eq!(twice, !stands, "{:?}", audit.violations);
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn passes_that_orders_ended_are_forgotten_when_they_let_nobody_in_any_more(pool: PgPool) {
        let hall = hall(&pool).await;
        let (one, two) = (pass(&hall, hall.ada), pass(&hall, hall.bob));
        let bought = hold(&hall, one, "A-1").await.expect("held");
        let payment = hall.begin(&bought, hall.ada).await;
        hall.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
        hold(&hall, two, "A-2").await.expect("held");
        hall.wait(24 * 3_600 * 1_000_000);
        assert_eq!(hall.booking.purge().await.expect("purged").passes, 0, "kept for a day");
        hall.wait(1);
        assert_eq!(hall.booking.purge().await.expect("purged").passes, 1, "a hold that is only held keeps its pass's row");
        hall.balanced().await;
    }
}
