//! A payment: one attempt to pay for a hold, and the provider's verified word about it.

use domain::{BuyerId, EventId, HoldId, Invalid, Money, OrderId, PaymentId};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::checkout::Method;
use crate::rules::command::{Command, OrderIds};
use crate::rules::payment::{PaymentNotice, PaymentState, RefundReason};
use crate::rules::rows::PaymentRow;
use crate::store::payments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentView {
    pub id: PaymentId,
    pub event_id: EventId,
    pub hold_id: HoldId,
    pub buyer_id: BuyerId,
    pub method: Method,
    pub state: PaymentState,
    pub amount: Money,
    /// Why the money went back.
    pub refund_reason: Option<RefundReason>,
    pub order_id: Option<OrderId>,
    pub created_at: Timestamp,
}

impl Booking {
    /// Reads a payment by id. Callers that show it to a buyer compare `buyer_id`.
    pub async fn payment(&self, payment: PaymentId) -> Result<PaymentView, BookingError> {
        let found = self.patiently(|| async move { Ok(payments::find(self.pool(), payment).await?) }).await?;
        found.map(|row| row.view()).ok_or(BookingError::NotFound)
    }

    /// Takes the provider's word: captured makes the order, or a refund where there is nothing left to give.
    ///
    /// Gives     the payment as it stands now; a notice seen before changes nothing.
    #[tracing::instrument(name = "booking.confirm", level = "debug", skip_all, fields(payment = %notice.payment))]
    pub async fn confirm(&self, notice: PaymentNotice) -> Result<PaymentView, BookingError> {
        if !(1..=255).contains(&notice.provider_event_id.len()) || notice.provider_event_id.chars().any(char::is_control) {
            return Err(Invalid::new("id", "must be 1 to 255 bytes without control characters").into());
        }
        if notice.amount.amount < 0 {
            return Err(Invalid::new("amount", "must not be negative").into());
        }
        let known = self.payment(notice.payment).await?;
        let ids = OrderIds::at(self.premises().clock.now());
        let payment = notice.payment;
        self.ask(known.event_id, Command::Notice { notice: Box::new(notice), hold: known.hold_id, ids }, None).await?;
        self.payment(payment).await
    }
}

impl PaymentRow {
    /// The payment as its checkout left it: captured with what it bought, or pending.
    pub(crate) fn view_as_begun(&self, order: Option<OrderId>) -> PaymentView {
        let state = if order.is_some() { PaymentState::Captured } else { PaymentState::Pending };
        PaymentView { state, refund_reason: None, order_id: order, ..self.view() }
    }

    pub fn view(&self) -> PaymentView {
        PaymentView {
            id: self.id,
            event_id: self.event,
            hold_id: self.hold,
            buyer_id: self.buyer,
            method: self.method,
            state: self.state,
            amount: self.amount,
            refund_reason: self.refund_reason,
            order_id: self.order,
            created_at: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, refusal};
    use crate::rules::rows::RefundRow;
    use crate::store::{captures, refunds};
    use crate::{HoldState, NoticeKind, OrderState, Refusal};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_captured_payment_makes_the_order_and_a_ticket_for_each_place(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1", "A-2"]).await;
        assert_eq!((order.state, order.total.amount, order.tickets.len()), (OrderState::Paid, 9000, 2));
        let ticket = &order.tickets[1];
        let seat = ticket.seat.as_ref().expect("a seat");
        assert_eq!((seat.id.as_str(), seat.section_label.as_str(), ticket.holder.as_str()), ("stalls-A-2", "Stalls", "Ada"));
        assert!(ticket.valid);
        assert_eq!(hall.booking.my_orders(hall.ada, None, 20).await.expect("orders"), std::slice::from_ref(&order));
        assert_eq!(hall.booking.my_tickets(hall.ada, None, 20).await.expect("tickets").len(), 2);
        assert_eq!(hall.booking.get_ticket(ticket.id, Some(hall.ada.into())).await.expect("a ticket"), *ticket);
        assert!(matches!(hall.booking.get_ticket(ticket.id, Some(hall.bob.into())).await, Err(BookingError::NotFound)));
        assert!(matches!(hall.booking.get_order(order.id, hall.bob).await, Err(BookingError::NotFound)));
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn nothing_due_is_an_order_at_once_and_something_due_is_not_free(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let floor = hall.floor(hall.ada, 2).await.expect("held");
        let bought = hall.checkout(floor.id, hall.ada, Method::Free).await.expect("bought");
        let order = bought.order.expect("an order");
        assert_eq!((order.tickets.len(), bought.payment.state), (2, PaymentState::Captured));
        assert!(order.tickets.iter().all(|ticket| ticket.area.as_ref().is_some_and(|area| area.id == "floor")));
        let again = refusal(hall.checkout(floor.id, hall.ada, Method::Free).await);
        assert_eq!(again, Refusal::HoldOrdered { order_id: order.id });
        let dear = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        assert_eq!(refusal(hall.checkout(dear.id, hall.ada, Method::Free).await), Refusal::PaymentRequired { total: dear.total });
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_same_word_twice_and_other_words_for_it_are_one_payment(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let payment = hall.begin(&hold, hall.ada).await;
        assert_eq!(hall.begin(&hold, hall.ada).await.id, payment.id, "a pending payment is used again");
        let first = hall.say(&payment, NoticeKind::Captured, "one").await;
        for word in ["one", "two"] {
            assert_eq!(hall.say(&payment, NoticeKind::Captured, word).await, first);
        }
        assert_eq!(hall.say(&payment, NoticeKind::Declined, "late no").await, first);
        assert_eq!(hall.booking.my_orders(hall.ada, None, 20).await.expect("orders").len(), 1);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_declined_hold_can_be_paid_again_and_two_captures_are_one_order(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let first = hall.begin(&hold, hall.ada).await;
        assert_eq!(hall.say(&first, NoticeKind::Declined, "no").await.state, PaymentState::Declined);
        assert_eq!(hall.booking.get_hold(hold.id, hall.ada).await.expect("a hold").state, HoldState::Held);
        let second = hall.begin(&hold, hall.ada).await;
        assert_ne!(first.id, second.id);
        assert_eq!(hall.say(&second, NoticeKind::Captured, "yes").await.state, PaymentState::Captured);
        let late = hall.say(&first, NoticeKind::Captured, "yes after all").await;
        assert_eq!((late.state, late.refund_reason), (PaymentState::Refunded, Some(RefundReason::AlreadyPaid)));
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_late_payment_is_honoured_while_the_seats_are_free_and_else_refunded(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (free, taken) =
            (hall.hold(hall.ada, &["A-1"]).await.expect("held"), hall.hold(hall.ada, &["A-2"]).await.expect("held"));
        let (pay_free, pay_taken) = (hall.begin(&free, hall.ada).await, hall.begin(&taken, hall.ada).await);
        hall.wait(305_000_000);
        assert_eq!(refusal(hall.checkout(free.id, hall.ada, crate::proof::PLAY_MONEY).await), Refusal::HoldLapsed);
        hall.hold(hall.bob, &["A-2"]).await.expect("free again");
        let honoured = hall.say(&pay_free, NoticeKind::Captured, "late").await;
        assert_eq!(honoured.state, PaymentState::Captured);
        assert_eq!(hall.booking.get_hold(free.id, hall.ada).await.expect("a hold").state, HoldState::Ordered);
        let refunded = hall.say(&pay_taken, NoticeKind::Captured, "late").await;
        assert_eq!((refunded.state, refunded.refund_reason), (PaymentState::Refunded, Some(RefundReason::SeatsTaken)));
        hall.balanced().await;
    }

    /// What is taken too much is written down to the cent, and goes back by a refund of its own; the order stays.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_second_capture_of_any_amount_is_stored_and_goes_back(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let payment = hall.begin(&hold, hall.ada).await;
        let paid = hall.say(&payment, NoticeKind::Captured, "one").await;
        let mut odd = payment.clone();
        (odd.amount.amount, odd.amount.currency) = (123, "EUR".parse().expect("a currency"));
        for (said, word) in [(&payment, "two"), (&odd, "three"), (&odd, "three")] {
            assert_eq!(hall.say(said, NoticeKind::Captured, word).await, paid, "the payment stays as it is");
        }
        let mut db = pool.acquire().await.expect("a connection");
        let mut back = refunds::of(&mut db, hall.event).await.expect("refunds");
        back.sort_by_key(|row| row.amount.amount);
        let told = |row: &RefundRow| (row.amount, row.reason, row.order);
        let expected = [(odd.amount, RefundReason::AlreadyPaid, None), (payment.amount, RefundReason::AlreadyPaid, None)];
        assert_eq!(back.iter().map(told).collect::<Vec<_>>(), expected);
        hall.balanced().await;
        let order = paid.order_id.expect("an order");
        hall.booking.cancel_order(order, None).await.expect("cancelled");
        let mut back = refunds::of(&mut db, hall.event).await.expect("refunds");
        back.retain(|row| row.order == Some(order));
        assert_eq!(back.iter().map(told).collect::<Vec<_>>(), [(payment.amount, RefundReason::OrderCancelled, Some(order))]);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_wrong_amount_is_stored_as_it_came_and_goes_back_whole(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let mut payment = hall.begin(&hold, hall.ada).await;
        payment.amount.amount += 1;
        hall.say(&payment, NoticeKind::Captured, "a cent too much").await;
        let mut db = pool.acquire().await.expect("a connection");
        let taken = captures::of(&mut db, hall.event).await.expect("captures");
        let back = refunds::of(&mut db, hall.event).await.expect("refunds");
        assert_eq!(taken.iter().map(|row| row.amount).collect::<Vec<_>>(), [payment.amount]);
        assert_eq!(
            back.iter().map(|row| (row.amount, row.reason)).collect::<Vec<_>>(),
            [(payment.amount, RefundReason::WrongAmount)]
        );
        payment.amount.amount = -1;
        let notice = |amount| PaymentNotice {
            payment: payment.id,
            provider_event_id: "less than nothing".into(),
            kind: NoticeKind::Captured,
            amount,
        };
        let refused = hall.booking.confirm(notice(payment.amount)).await;
        assert!(matches!(&refused, Err(BookingError::Invalid(invalid)) if invalid.field == "amount"), "{refused:?}");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn money_for_a_released_hold_or_of_a_wrong_amount_goes_back(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let payment = hall.begin(&hold, hall.ada).await;
        hall.booking.release(hold.id, hall.ada).await.expect("released");
        let refunded = hall.say(&payment, NoticeKind::Captured, "yes").await;
        assert_eq!(refunded.refund_reason, Some(RefundReason::HoldReleased));
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let mut payment = hall.begin(&hold, hall.ada).await;
        payment.amount.amount -= 1;
        let refunded = hall.say(&payment, NoticeKind::Captured, "less").await;
        assert_eq!(refunded.refund_reason, Some(RefundReason::WrongAmount));
        hall.balanced().await;
    }
}
