//! Deciding about money: a hold is checked out, a payment settled, an order given back.
//!
//! The hold's rows are read in the same transaction ([`HoldFacts`]); whether a hold is live is what the inventory says.

use std::sync::Arc;

use domain::{BuyerIds, HoldId, OrderId, PaymentId};
use jiff::Timestamp;

use crate::rules::change::{Change, Ending, Hold};
use crate::rules::checkout::{Checkout, Method};
use crate::rules::command::{Begun, OrderIds, Outcome, Reply};
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
use crate::rules::hold::HoldState;
use crate::rules::invalid::Invalid;
use crate::rules::order::{FIRST_LINK, OrderState};
use crate::rules::payment::{NoticeKind, PaymentNotice, PaymentState, RefundReason};
use crate::rules::refusal::Refusal;
use crate::rules::rows::{CaptureRow, HoldFacts, OrderRow, PaymentRow, RefundRow, TicketPlace, TicketRow};
use crate::rules::seat::{SeatState, lapsed};

impl Deciding<'_> {
    /// Begins to pay, or with nothing due makes the order.
    pub(crate) fn checkout(
        &mut self,
        (hold, buyer): (HoldId, &BuyerIds),
        checkout: &Checkout,
        payment: PaymentId,
        ids: &OrderIds,
    ) -> Result<Reply, Denial> {
        let mut facts = self.pile.facts.remove(&hold).ok_or(Denial::NotFound)?;
        let decided = self.checkout_with(&mut facts, buyer, checkout, payment, ids);
        let order = facts.order.as_ref().map(|order| order.id);
        self.pile.facts.insert(hold, facts);
        let begun = Begun { payment: decided?, order };
        Ok(Reply::Outcome { outcome: Outcome::Checkout(begun), replayed: false })
    }

    fn checkout_with(
        &mut self,
        facts: &mut HoldFacts,
        buyer: &BuyerIds,
        checkout: &Checkout,
        payment: PaymentId,
        ids: &OrderIds,
    ) -> Result<PaymentId, Denial> {
        if !buyer.has(facts.hold.buyer) {
            return Err(Denial::NotFound);
        }
        if let Some(order) = &facts.order {
            return Err(Refusal::HoldOrdered { order_id: order.id }.into());
        }
        let Ok(hold) = self.live(facts.hold.id, Some(buyer)) else { return Err(ended(facts, self.now()).into()) };
        if self.inventory.closed {
            // The event is cancelled: the hold is about to be given back.
            return Err(Refusal::HoldReleased.into());
        }
        if checkout.method == Method::Free && facts.hold.total.amount != 0 {
            return Err(Refusal::PaymentRequired { total: facts.hold.total }.into());
        }
        if checkout.attendees.len() > hold.taken.places() as usize {
            return Err(Invalid::new("attendees", "there are more attendees than places").into());
        }
        let payment = facts.begin_payment(checkout, payment, self.now());
        self.pile.writes.payments.insert((hold.id, payment));
        if checkout.method == Method::Free {
            facts.capture(payment, None, self.now());
            self.order(facts, payment, ids)?;
        } else {
            facts.hold.state = HoldState::Paying;
            self.pile.writes.moved.insert(hold.id, HoldState::Paying);
        }
        Ok(payment)
    }

    /// Takes the provider's word about a payment.
    ///
    /// A capture makes the order: of the live hold, or of a lapsed one whose places are still free. Otherwise the money goes back.
    pub(crate) fn settle(&mut self, notice: &PaymentNotice, hold: HoldId, ids: &OrderIds) -> Result<Reply, Denial> {
        if !self.pile.notices.insert(notice.provider_event_id.clone()) {
            return Ok(Reply::Done);
        }
        let mut facts = self.pile.facts.remove(&hold).ok_or(Denial::NotFound)?;
        let settled = self.settle_with(&mut facts, notice, ids);
        self.pile.facts.insert(hold, facts);
        settled?;
        self.pile.writes.notices.push((notice.provider_event_id.clone(), notice.payment));
        Ok(Reply::Done)
    }

    fn settle_with(&mut self, facts: &mut HoldFacts, notice: &PaymentNotice, ids: &OrderIds) -> Result<(), Denial> {
        let now = self.now();
        let at = facts.payments.iter().position(|row| row.id == notice.payment).ok_or(Denial::NotFound)?;
        if notice.kind == NoticeKind::Captured {
            self.pile.writes.captures.push(notice.capture(now));
        }
        match (facts.payments[at].state, notice.kind) {
            (PaymentState::Pending, NoticeKind::Declined) => facts.decline(at, notice, now),
            // A capture counts even after a decline: the money is with us.
            (PaymentState::Pending | PaymentState::Declined, NoticeKind::Captured) => {
                facts.payments[at].provider_ref = Some(notice.provider_event_id.clone());
                match self.refund_reason(facts, at, notice) {
                    Some(reason) => {
                        facts.payments[at].refund(reason, now);
                        self.pay_back(notice.capture(now), None, reason);
                    }
                    None => {
                        facts.capture(notice.payment, Some(&notice.provider_event_id), now);
                        self.order(facts, notice.payment, ids)?;
                    }
                }
            }
            // What comes on top of what settled the payment buys nothing, whatever it amounts to.
            (PaymentState::Captured | PaymentState::Refunded, NoticeKind::Captured) => {
                self.pay_back(notice.capture(now), None, RefundReason::AlreadyPaid);
                return Ok(());
            }
            (PaymentState::Captured | PaymentState::Refunded | PaymentState::Declined, NoticeKind::Declined) => return Ok(()),
        }
        let live = self.inventory.holds.contains_key(&facts.hold.id);
        if live && facts.payments.iter().all(|row| row.state != PaymentState::Pending) {
            // the payment came to nothing, and the hold goes on
            facts.hold.state = HoldState::Held;
            self.pile.writes.moved.insert(facts.hold.id, HoldState::Held);
        }
        self.pile.writes.payments.insert((facts.hold.id, notice.payment));
        Ok(())
    }

    /// Sends a capture back whole.
    fn pay_back(&mut self, capture: CaptureRow, order: Option<OrderId>, reason: RefundReason) {
        let CaptureRow { payment, provider_ref, amount, at: _ } = capture;
        if amount.amount > 0 {
            self.pile.writes.refunds.push(RefundRow { payment, order, provider_ref, amount, reason, at: self.now() });
        }
    }

    /// Why captured money must go back; `None` when it buys the places.
    fn refund_reason(&self, facts: &HoldFacts, at: usize, notice: &PaymentNotice) -> Option<RefundReason> {
        if facts.order.is_some() {
            return Some(RefundReason::AlreadyPaid);
        }
        if notice.amount != facts.payments[at].amount {
            return Some(RefundReason::WrongAmount);
        }
        if self.inventory.closed {
            return Some(RefundReason::EventCancelled);
        }
        if self.inventory.holds.contains_key(&facts.hold.id) {
            return None;
        }
        match ended(facts, self.now()) {
            Refusal::HoldLapsed if self.still_free(facts) => None,
            Refusal::HoldLapsed => Some(RefundReason::SeatsTaken),
            _ => Some(RefundReason::HoldReleased),
        }
    }

    fn still_free(&self, facts: &HoldFacts) -> bool {
        let (taken, inventory) = (&facts.hold.taken, &*self.inventory);
        let free = |area: u32, quantity| inventory.areas.get(area as usize).is_some_and(|area| area.free() >= quantity);
        taken.seats.iter().all(|seat| inventory.seats.get(*seat as usize) == Some(&SeatState::Available))
            && taken.area.is_none_or(|(area, quantity)| free(area, quantity))
    }

    /// Makes the order of a captured payment.
    fn order(&mut self, facts: &mut HoldFacts, payment: PaymentId, ids: &OrderIds) -> Result<(), Denial> {
        let hold = match self.inventory.holds.get(&facts.hold.id) {
            Some(hold) => Arc::clone(hold),
            None => {
                // The pass may stand under another hold by now; the money is honoured all the same.
                let pass = facts.hold.pass.filter(|pass| self.inventory.is_pass_free(*pass));
                let hold = Arc::new(Hold { pass, ..facts.hold.hold() });
                self.change(Change::Held(Arc::clone(&hold)))?;
                hold
            }
        };
        self.change(Change::Ordered { hold, order: ids.order })?;
        facts.issue(payment, ids, self.inventory.terms.edition, self.now());
        self.pile.writes.new_orders.push(facts.hold.id);
        Ok(())
    }

    pub(crate) fn cancel_order(&mut self, hold: HoldId, buyer: Option<&BuyerIds>) -> Result<Reply, Denial> {
        let owner = self.pile.facts.get(&hold).and_then(|facts| facts.order.as_ref()).map(|order| order.buyer);
        match (owner, buyer) {
            (None, _) => return Err(Denial::NotFound),
            (Some(owner), Some(buyer)) if !buyer.has(owner) => return Err(Denial::NotFound),
            (Some(_), Some(_)) if self.now() >= self.inventory.terms.over_at => return Err(Refusal::EventStarted.into()),
            (Some(_), _) => {}
        }
        self.give_back(hold, RefundReason::OrderCancelled)?;
        Ok(Reply::Done)
    }

    /// Closes the sale for good; gives back up to `limit` holds and the named orders.
    pub(crate) fn cancel_event(&mut self, limit: usize, orders: &[HoldId]) -> Result<Reply, Denial> {
        if !self.inventory.closed {
            self.change(Change::Closed)?;
        }
        let holds: Vec<_> = self.inventory.holds.values().take(limit).cloned().collect();
        for hold in holds {
            self.change(Change::Ended { hold, how: Ending::Released })?;
        }
        for hold in orders {
            self.give_back(*hold, RefundReason::EventCancelled)?;
        }
        Ok(Reply::Done)
    }

    /// Gives one paid order back; one that was given back before stays as it is.
    fn give_back(&mut self, hold: HoldId, reason: RefundReason) -> Result<(), Denial> {
        let now = self.now();
        let Some(facts) = self.pile.facts.get_mut(&hold) else { return Ok(()) };
        let Some((change, payment, paid)) = facts.give_back(reason, now) else { return Ok(()) };
        if let (Change::Returned { order, .. }, Some(paid)) = (&change, paid) {
            self.pay_back(paid, Some(*order), reason);
        }
        self.change(change)?;
        self.pile.writes.returned_orders.push(hold);
        self.pile.writes.payments.insert((hold, payment));
        Ok(())
    }
}

/// Why a hold that is not live cannot be paid.
fn ended(facts: &HoldFacts, now: Timestamp) -> Refusal {
    match facts.hold.state {
        HoldState::Lapsed => Refusal::HoldLapsed,
        // Its row still says live: it ended in this very pile.
        HoldState::Held | HoldState::Paying if lapsed(facts.hold.until, now) => Refusal::HoldLapsed,
        HoldState::Held | HoldState::Paying | HoldState::Released | HoldState::Ordered => Refusal::HoldReleased,
    }
}

impl PaymentNotice {
    /// The money that it says was taken.
    fn capture(&self, at: Timestamp) -> CaptureRow {
        CaptureRow { payment: self.payment, provider_ref: self.provider_event_id.clone(), amount: self.amount, at }
    }
}

impl HoldFacts {
    /// Reuses the hold's pending payment of this method, or makes a new one.
    pub(crate) fn begin_payment(&mut self, checkout: &Checkout, id: PaymentId, now: Timestamp) -> PaymentId {
        let pending = |row: &&mut PaymentRow| row.state == PaymentState::Pending && row.method == checkout.method;
        if let Some(row) = self.payments.iter_mut().find(pending) {
            row.contact = checkout.contact.clone();
            row.attendees = checkout.attendees.clone();
            return row.id;
        }
        self.payments.push(PaymentRow {
            event: self.hold.event,
            id,
            hold: self.hold.id,
            buyer: self.hold.buyer,
            method: checkout.method,
            state: PaymentState::Pending,
            amount: self.hold.total,
            provider_ref: None,
            refund_reason: None,
            order: None,
            contact: checkout.contact.clone(),
            attendees: checkout.attendees.clone(),
            created_at: now,
            settled_at: None,
            refunded_at: None,
        });
        id
    }

    pub(crate) fn capture(&mut self, payment: PaymentId, provider_ref: Option<&str>, now: Timestamp) {
        if let Some(row) = self.payments.iter_mut().find(|row| row.id == payment) {
            row.state = PaymentState::Captured;
            row.settled_at = Some(now);
            row.provider_ref = provider_ref.map(str::to_owned);
        }
    }

    fn decline(&mut self, at: usize, notice: &PaymentNotice, now: Timestamp) {
        let row = &mut self.payments[at];
        row.state = PaymentState::Declined;
        row.settled_at = Some(now);
        row.provider_ref = Some(notice.provider_event_id.clone());
    }

    /// Makes the order's and the tickets' rows.
    pub(crate) fn issue(&mut self, payment: PaymentId, ids: &OrderIds, edition: u32, now: Timestamp) {
        let Some(paid) = self.payments.iter_mut().find(|row| row.id == payment) else { return };
        paid.order = Some(ids.order);
        let (hold, paid) = (&mut self.hold, &*paid);
        (hold.state, hold.order) = (HoldState::Ordered, Some(ids.order));
        let places = hold.taken.places();
        self.tickets = (0..places).zip(ids.tickets).map(|(n, id)| ticket(hold, paid, n, id, (ids.order, edition), now)).collect();
        self.order = Some(OrderRow {
            event: hold.event,
            id: ids.order,
            number: ids.number.clone(),
            hold: hold.id,
            buyer: hold.buyer,
            payment,
            state: OrderState::Paid,
            places,
            total: hold.total,
            contact: paid.contact.clone(),
            link_generation: FIRST_LINK,
            created_at: now,
            returned_at: None,
        });
    }

    /// Marks the order and its payment given back; `None` when they were before.
    ///
    /// Gives     with it the capture that had paid, if anything was due.
    fn give_back(&mut self, reason: RefundReason, now: Timestamp) -> Option<(Change, PaymentId, Option<CaptureRow>)> {
        let order = self.order.as_mut().filter(|order| order.state == OrderState::Paid)?;
        order.state = if order.total.amount == 0 { OrderState::Cancelled } else { OrderState::Refunded };
        order.returned_at = Some(now);
        let payment = self.payments.iter_mut().find(|row| row.id == order.payment)?;
        payment.refund(reason, now);
        let taken = self.hold.taken.clone();
        let capture = |provider_ref| CaptureRow { payment: payment.id, provider_ref, amount: order.total, at: now };
        let paid = payment.provider_ref.clone().map(capture);
        Some((Change::Returned { order: order.id, hold: order.hold, buyer: order.buyer, taken }, payment.id, paid))
    }
}

fn ticket(
    hold: &crate::rules::rows::HoldRow,
    paid: &PaymentRow,
    n: u32,
    id: domain::TicketId,
    (order, edition): (domain::OrderId, u32),
    now: Timestamp,
) -> TicketRow {
    let at = n as usize;
    let place = match hold.taken.area {
        Some((area, _)) => TicketPlace::Area(area),
        None => TicketPlace::Seat(hold.taken.seats[at]),
    };
    let at = if hold.taken.area.is_some() { 0 } else { at };
    TicketRow {
        event: hold.event,
        id,
        order,
        buyer: hold.buyer,
        position: n as u16,
        place,
        tier: hold.tiers[at],
        price: hold.prices[at],
        currency: hold.total.currency,
        holder: paid.attendees.get(n as usize).map_or_else(|| paid.contact.name.clone(), |attendee| attendee.name.clone()),
        edition,
        issued_at: now,
    }
}
