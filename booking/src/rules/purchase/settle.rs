//! Deciding about money: a hold is checked out, a payment settled, an order given back.
//!
//! The hold's rows are read in the same transaction ([`HoldFacts`]); whether a hold is live is what the inventory says.

use std::sync::Arc;

use domain::{BuyerIds, HoldId, Invalid, OrderId, PaymentId};
use jiff::Timestamp;

use crate::rules::change::{Change, Ending, Hold};
use crate::rules::checkout::{Checkout, Method};
use crate::rules::command::{Begun, OrderIds, Outcome, Reply};
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
use crate::rules::hold::HoldState;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, noon, seconds, terms};
    use crate::rules::checkout::{Attendee, Contact, ProviderName};
    use crate::rules::command::Command;
    use crate::rules::deciding::Conditions;
    use crate::rules::inventory::Inventory;
    use crate::rules::pile::Pile;
    use crate::rules::wanted::Wanted;
    use domain::{BuyerId, Money};

    const PROVIDER: Method = Method::Provider(ProviderName::of("sandbox"));
    const OTHER: Method = Method::Provider(ProviderName::of("other"));

    /// A row of five seats at 45.00 and a free floor of twenty, and somebody's hold there.
    struct Scene {
        inventory: Inventory,
        pile: Pile,
        buyer: BuyerId,
        hold: HoldId,
        now: Timestamp,
    }

    impl Scene {
        fn of(wanted: Wanted) -> Self {
            let inventory = Inventory::new(Arc::new(terms(&map(1, 5, 20))));
            let (buyer, hold) = (BuyerId::at(noon()), HoldId::at(noon()));
            let mut scene = Self { inventory, pile: Pile::default(), buyer, hold, now: noon() };
            assert_eq!(scene.take(hold, buyer, wanted), "done");
            scene
        }

        fn decide(&mut self, command: Command) -> String {
            let conditions = Conditions {
                now: self.now,
                hold_ttl: std::time::Duration::from_secs(300),
                controls: Default::default(),
                cancelled: false,
                knobs: Default::default(),
            };
            match self.inventory.decide(&command, conditions, &mut self.pile) {
                Ok(_) => "done".into(),
                Err(Denial::Refused(refusal)) => refusal.code().into(),
                Err(Denial::Invalid(invalid)) => format!("invalid {}", invalid.field),
                Err(other) => format!("{other:?}"),
            }
        }

        fn take(&mut self, id: HoldId, buyer: BuyerId, wanted: Wanted) -> String {
            let said = self.decide(Command::Hold { id, buyer: buyer.into(), client: None, pass: None, wanted });
            if let Some(row) = self.pile.new_holds.last() {
                let hold = (**row).clone();
                self.pile.facts.insert(hold.id, HoldFacts { hold, payments: vec![], order: None, tickets: vec![] });
            }
            said
        }

        fn pay(&mut self, buyer: BuyerId, method: Method, attendees: usize) -> String {
            let contact = Contact { name: "Ada".into(), email: "ada@example.com".into() };
            let attendees = vec![Attendee { name: "Grace".into() }; attendees];
            let checkout = Box::new(Checkout { method, contact, attendees });
            let (hold, payment, ids) = (self.hold, PaymentId::at(self.now), OrderIds::at(self.now));
            self.decide(Command::Checkout { hold, buyer: buyer.into(), checkout, payment, ids })
        }

        fn begin(&mut self, method: Method) -> usize {
            assert_eq!(self.pay(self.buyer, method, 0), "done");
            self.facts().payments.len() - 1
        }

        /// The provider's word about the n-th payment.
        fn say(&mut self, n: usize, kind: NoticeKind, word: &str, amount: i64) -> String {
            let (payment, amount) = (self.facts().payments[n].id, Money::new(amount, self.facts().hold.total.currency));
            let notice = Box::new(PaymentNotice { payment, provider_event_id: word.into(), kind, amount });
            self.decide(Command::Notice { notice, hold: self.hold, ids: OrderIds::at(self.now) })
        }

        fn cancel(&mut self, buyer: Option<BuyerId>) -> String {
            self.decide(Command::CancelOrder { hold: self.hold, buyer: buyer.map(Into::into) })
        }

        fn facts(&self) -> &HoldFacts {
            &self.pile.facts[&self.hold]
        }

        /// The states of the payments, what became of the hold and of the order, and what went back why.
        fn state(&self) -> String {
            let facts = self.facts();
            let payment = |row: &PaymentRow| {
                let order = if row.order.is_some() { " order" } else { "" };
                format!("{}{order}", row.state.as_str())
            };
            let payments: Vec<String> = facts.payments.iter().map(payment).collect();
            let order = facts.order.as_ref().map_or("none", |order| order.state.as_str());
            let back = self.pile.writes.refunds.iter().map(|row| format!("{} {}", row.amount.amount, row.reason.as_str()));
            let back: Vec<String> = back.collect();
            format!("{}; {}; {order}; {}", payments.join(", "), facts.hold.state.as_str(), back.join(", "))
        }
    }

    fn seats(ids: &[&str]) -> Wanted {
        Wanted::Seats(ids.iter().map(|id| format!("stalls-{id}")).collect())
    }

    fn floor(quantity: u32) -> Wanted {
        Wanted::Area { area: "floor".into(), quantity }
    }

    #[test]
    fn a_hold_is_paid_by_its_buyer_for_as_many_as_it_has_places() {
        let two = || seats(&["A-1", "A-2"]);
        let table: [(Wanted, bool, Method, usize, &str); 8] = [
            (two(), true, PROVIDER, 0, "done"),
            (two(), true, PROVIDER, 1, "done"),
            (two(), true, PROVIDER, 2, "done"),
            (two(), true, PROVIDER, 3, "invalid attendees"),
            (two(), false, PROVIDER, 0, "NotFound"),
            (two(), true, Method::Free, 0, "payment_required"),
            (floor(2), true, Method::Free, 2, "done"),
            (floor(2), true, Method::Free, 3, "invalid attendees"),
        ];
        for (n, (wanted, own, method, attendees, said)) in table.into_iter().enumerate() {
            let mut scene = Scene::of(wanted);
            let buyer = if own { scene.buyer } else { BuyerId::at(noon()) };
            assert_eq!(scene.pay(buyer, method, attendees), said, "row {n}");
            let state = match (said, method) {
                ("done", Method::Free) => "captured order; ordered; paid; ",
                ("done", _) => "pending; paying; none; ",
                _ => "; held; none; ",
            };
            assert_eq!(scene.state(), state, "row {n}");
            let moved = scene.pile.writes.moved.contains_key(&scene.hold);
            assert_eq!(
                (moved, scene.facts().tickets.len()),
                (state.contains("paying"), if state.contains("paid") { 2 } else { 0 })
            );
        }
    }

    #[test]
    fn a_pending_payment_of_the_same_way_is_gone_on_with() {
        let mut scene = Scene::of(seats(&["A-1"]));
        assert_eq!((scene.begin(PROVIDER), scene.begin(PROVIDER), scene.begin(OTHER)), (0, 0, 1));
        assert_eq!(scene.say(0, NoticeKind::Declined, "a", 4_500), "done");
        assert_eq!(scene.state(), "declined, pending; paying; none; ");
        assert_eq!((scene.begin(PROVIDER), scene.say(1, NoticeKind::Declined, "b", 4_500)), (2, "done".into()));
        assert_eq!(scene.state(), "declined, declined, pending; paying; none; ");
        assert_eq!(scene.say(2, NoticeKind::Declined, "c", 4_500), "done");
        assert_eq!(scene.state(), "declined, declined, declined; held; none; ");
        assert_eq!((scene.pile.writes.captures.len(), scene.pile.writes.moved[&scene.hold]), (0, HoldState::Held));
        // the money is with us, though a decline was told first
        assert_eq!(scene.say(1, NoticeKind::Captured, "d", 4_500), "done");
        assert_eq!(scene.state(), "declined, captured order, declined; ordered; paid; ");
        let captures: Vec<_> =
            scene.pile.writes.captures.iter().map(|row| (row.provider_ref.as_str(), row.amount.amount)).collect();
        assert_eq!(captures, [("d", 4_500)]);
        assert_eq!((scene.facts().tickets.len(), scene.pay(scene.buyer, PROVIDER, 0)), (1, "hold_ordered".into()));
    }

    #[test]
    fn a_capture_buys_the_places_or_goes_back_saying_why() {
        type Before = fn(&mut Scene);
        let nothing: Before = |_| {};
        let late: Before = |scene| scene.now = noon() + seconds(400);
        let table: [(Before, i64, &str); 8] = [
            (nothing, 4_500, "captured order; ordered; paid; "),
            (nothing, 4_400, "refunded; held; none; 4400 wrong_amount"),
            (late, 4_500, "captured order; ordered; paid; "),
            (|scene| scene.inventory.closed = true, 4_500, "refunded; held; none; 4500 event_cancelled"),
            (
                |scene| {
                    let (hold, buyer) = (scene.hold, scene.buyer.into());
                    assert_eq!(scene.decide(Command::Release { hold, buyer }), "done");
                },
                4_500,
                "refunded; paying; none; 4500 hold_released",
            ),
            (
                |scene| {
                    scene.now = noon() + seconds(400);
                    assert_eq!(scene.take(HoldId::at(noon()), BuyerId::at(noon()), seats(&["A-1"])), "done");
                },
                4_500,
                "refunded; paying; none; 4500 seats_taken",
            ),
            (
                |scene| {
                    scene.now = noon() + seconds(400);
                    assert_eq!(scene.take(HoldId::at(noon()), BuyerId::at(noon()), seats(&["A-2"])), "done");
                },
                4_500,
                "captured order; ordered; paid; ",
            ),
            (|scene| late_row(scene, HoldState::Released), 4_500, "refunded; released; none; 4500 hold_released"),
        ];
        for (n, (before, amount, state)) in table.into_iter().enumerate() {
            let mut scene = Scene::of(seats(&["A-1"]));
            scene.begin(PROVIDER);
            before(&mut scene);
            assert_eq!(scene.say(0, NoticeKind::Captured, "a", amount), "done", "row {n}");
            assert_eq!(scene.state(), state, "row {n}");
            // the same word again changes nothing, another on top of it goes back
            assert_eq!(scene.say(0, NoticeKind::Captured, "a", amount), "done", "row {n}");
            assert_eq!(scene.state(), state, "row {n}");
            assert_eq!(scene.say(0, NoticeKind::Captured, "b", 100), "done", "row {n}");
            assert!(scene.state().ends_with("100 already_paid"), "row {n}: {}", scene.state());
        }
    }

    /// The hold's row says what became of it, long ago.
    fn late_row(scene: &mut Scene, state: HoldState) {
        scene.now = noon() + seconds(400);
        assert_eq!(scene.decide(Command::Sweep), "done");
        scene.pile.facts.get_mut(&scene.hold).expect("facts").hold.state = state;
    }

    #[test]
    fn a_late_capture_buys_what_its_area_still_has() {
        for (others, state) in [(0, "captured order; ordered; paid; "), (1, "refunded; lapsed; none; ")] {
            let mut scene = Scene::of(floor(20));
            scene.begin(PROVIDER);
            late_row(&mut scene, HoldState::Lapsed);
            if others > 0 {
                assert_eq!(scene.take(HoldId::at(noon()), BuyerId::at(noon()), floor(others)), "done");
            }
            assert_eq!(scene.say(0, NoticeKind::Captured, "a", 0), "done");
            assert_eq!(scene.state(), state, "nothing goes back where nothing was taken");
        }
    }

    #[test]
    fn an_order_is_given_back_once_and_by_its_buyer_until_the_event_is_over() {
        let bought = |wanted, price| {
            let mut scene = Scene::of(wanted);
            for method in [OTHER, PROVIDER] {
                scene.begin(method);
            }
            assert_eq!(scene.say(1, NoticeKind::Captured, "a", price), "done");
            scene
        };
        let over = seconds(86_400);
        let table = [
            (seconds(0), true, "done"),
            (seconds(0), false, "NotFound"),
            (over, true, "event_started"),
            (over - seconds(1), true, "done"),
        ];
        for (after, own, said) in table {
            let mut scene = bought(seats(&["A-1"]), 4_500);
            scene.now += after;
            let buyer = if own { scene.buyer } else { BuyerId::at(noon()) };
            assert_eq!(scene.cancel(Some(buyer)), said, "{after} {own}");
        }
        let mut scene = bought(seats(&["A-1"]), 4_500);
        scene.now += over;
        assert_eq!((scene.cancel(None), scene.cancel(None)), ("done".into(), "done".into()));
        assert_eq!(scene.state(), "pending, refunded order; ordered; refunded; 4500 order_cancelled");
        assert_eq!((scene.inventory.counts.sold, scene.pile.writes.returned_orders.len()), (0, 1));
        let mut free = bought(floor(2), 0);
        assert_eq!(free.cancel(Some(free.buyer)), "done");
        assert_eq!(free.state(), "pending, refunded order; ordered; cancelled; ");
        assert_eq!(Scene::of(floor(2)).cancel(None), "NotFound", "no order yet");
    }

    #[test]
    fn a_cancelled_event_gives_back_so_many_holds_at_a_time_and_the_orders_it_is_told() {
        let mut scene = Scene::of(seats(&["A-1"]));
        scene.begin(PROVIDER);
        assert_eq!(scene.say(0, NoticeKind::Captured, "a", 4_500), "done");
        for seat in ["A-2", "A-3", "A-4"] {
            assert_eq!(scene.take(HoldId::at(noon()), BuyerId::at(noon()), seats(&[seat])), "done");
        }
        for (limit, orders, held) in [(2, vec![], 1), (2, vec![scene.hold], 0)] {
            assert_eq!(scene.decide(Command::CancelEvent { limit, orders }), "done");
            assert_eq!((scene.inventory.closed, scene.inventory.counts.held), (true, held));
        }
        assert_eq!(scene.state(), "refunded order; ordered; refunded; 4500 event_cancelled");
        assert_eq!(scene.inventory.counts.sold, 0);
    }
}
