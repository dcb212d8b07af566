//! Selling at once: a place without a number becomes an order with its ticket by one decision, nothing due and nobody asked again.

use std::sync::Arc;

use domain::Money;
use jiff::Timestamp;

use crate::rules::change::{Change, Taken};
use crate::rules::checkout::{Checkout, Method};
use crate::rules::command::{Reply, Sale};
use crate::rules::controls::{Controls, Guard};
use crate::rules::decide::whole_milliseconds;
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
use crate::rules::hold::HoldState;
use crate::rules::inventory::Inventory;
use crate::rules::pass::NoPass;
use crate::rules::refusal::Refusal;
use crate::rules::rows::{HoldFacts, HoldRow};

impl Deciding<'_> {
    /// Sells the next free place of the event's areas. Limits of buyers do not count here, prices do: nothing may be due. An event
    /// with a queue sells nothing this way.
    pub(crate) fn sell(&mut self, sale: &Sale) -> Result<Reply, Denial> {
        if self.inventory.terms.organiser != sale.organiser {
            return Err(Denial::NotFound);
        }
        if self.inventory.closed {
            return Err(Refusal::SaleClosed.into());
        }
        self.inventory.terms.check_open_at_once(self.now())?;
        if self.inventory.terms.queue_required {
            // Nobody shows a pass here.
            return Err(Refusal::QueueFirst { why: NoPass::Missing }.into());
        }
        let area = self.inventory.next_area(self.conditions.controls).ok_or(Refusal::SoldOut)?;
        let hold = self.sold_hold(sale, area)?;
        self.change(Change::Sold { hold: Arc::new(hold.hold()), order: sale.ids.order })?;
        let facts = HoldFacts { hold, payments: Vec::new(), order: None, tickets: Vec::new() };
        self.pile.sales.push(facts.bought(sale, self.inventory.terms.edition, self.now()));
        Ok(Reply::Done)
    }

    fn sold_hold(&self, sale: &Sale, area: u32) -> Result<HoldRow, Refusal> {
        let (terms, now) = (&self.inventory.terms, self.now());
        let tier = terms.area_tiers[area as usize];
        let price = terms.price(tier).unwrap_or(Money::new(0, terms.currency));
        if price.amount != 0 {
            return Err(Refusal::PaymentRequired { total: price });
        }
        Ok(HoldRow {
            event: terms.event,
            id: sale.hold,
            buyer: sale.buyer,
            client: None,
            pass: None,
            state: HoldState::Ordered,
            until: whole_milliseconds(now).saturating_add(self.conditions.hold_ttl).unwrap_or(Timestamp::MAX),
            taken: Taken { seats: Vec::new(), area: Some((area, 1)) },
            tiers: vec![tier],
            prices: vec![0],
            total: price,
            order: Some(sale.ids.order),
            created_at: now,
        })
    }
}

impl Inventory {
    /// The first area with a free place.
    fn next_area(&self, controls: Controls) -> Option<u32> {
        let looks = controls.stands(Guard::Memory);
        self.areas.iter().position(|area| !looks || area.free() > 0).map(|area| area as u32)
    }
}

impl HoldFacts {
    /// With the payment of nothing, the order and the ticket that a sale makes of it.
    fn bought(mut self, sale: &Sale, edition: u32, now: Timestamp) -> Self {
        let checkout = Checkout { method: Method::Free, contact: sale.contact.clone(), attendees: Vec::new() };
        let payment = self.begin_payment(&checkout, sale.payment, now);
        self.capture(payment, None, now);
        self.issue(payment, &sale.ids, edition, now);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, noon, seconds, terms};
    use crate::rules::checkout::Contact;
    use crate::rules::command::{Command, OrderIds};
    use crate::rules::deciding::Conditions;
    use crate::rules::pile::Pile;
    use crate::rules::terms::Terms;
    use domain::{BuyerId, EventStatus, HoldId, OrganiserId, PaymentId};

    /// A floor of two places whose tier has no price.
    fn floor(change: impl FnOnce(&mut Terms)) -> Inventory {
        let mut terms = terms(&map(0, 0, 2));
        terms.tiers.clear();
        change(&mut terms);
        Inventory::new(Arc::new(terms))
    }

    fn sale(organiser: OrganiserId) -> Sale {
        let contact = Contact { name: "Ada".into(), email: "ada@example.com".into() };
        let (hold, payment) = (HoldId::at(noon()), PaymentId::at(noon()));
        Sale { organiser, buyer: BuyerId::at(noon()), contact, hold, payment, ids: *OrderIds::at(noon()) }
    }

    fn buy(inventory: &mut Inventory, controls: Controls, now: Timestamp, pile: &mut Pile) -> String {
        let conditions = Conditions {
            now,
            hold_ttl: std::time::Duration::from_secs(300),
            controls,
            cancelled: false,
            knobs: Default::default(),
        };
        match inventory.decide(&Command::Sell(Box::new(sale(OrganiserId::HOUSE))), conditions, pile) {
            Ok(_) => "sold".into(),
            Err(Denial::Refused(refusal)) => refusal.code().into(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_place_is_sold_when_times_and_status_allow_it_whatever_else_is_said() {
        type Spoil = fn(&mut Terms);
        let day = 86_400;
        let table: [(Spoil, i64, &str); 12] = [
            (|_| {}, 0, "sold"),
            (|_| {}, -1, "sale_not_open"),
            (|_| {}, day, "sale_closed"),
            (|t| t.opens_at = None, 0, "sale_not_open"),
            (|t| t.over_at = noon() - seconds(86_400), 0, "sold"),
            (|t| t.buyer_limit = Some(1), 0, "sold"),
            (|t| t.queue_required = true, 0, "queue_first"),
            (|t| t.queue_required = true, -1, "sale_not_open"),
            (|t| t.status = EventStatus::Cancelled, 0, "sale_closed"),
            (|t| t.tiers = serde_json::from_str(crate::fixture::TIERS).expect("tiers"), 0, "sold"),
            (|t| t.tiers = serde_json::from_str(crate::fixture::FLOOR_TIER).expect("tiers"), 0, "payment_required"),
            (|t| t.organiser = OrganiserId::at(noon()), 0, "NotFound"),
        ];
        for (n, (spoil, after, said)) in table.into_iter().enumerate() {
            let mut floor = floor(spoil);
            let mut pile = Pile::default();
            assert_eq!(buy(&mut floor, Controls::default(), noon() + seconds(after), &mut pile), said, "row {n}");
            assert_eq!(pile.sales.len(), usize::from(said == "sold"), "row {n}");
        }
    }

    #[test]
    fn what_is_sold_at_once_is_held_by_nobody_and_the_last_place_is_the_last() {
        let (mut floor, mut pile) = (floor(|_| {}), Pile::default());
        let said: Vec<_> = (0..3).map(|_| buy(&mut floor, Controls::default(), noon(), &mut pile)).collect();
        assert_eq!(said, ["sold", "sold", "sold_out"]);
        assert_eq!((floor.counts.sold, floor.counts.held, floor.next_deadline()), (2, 0, None));
        assert_eq!(buy(&mut floor, Controls::without(&[Guard::Memory]), noon(), &mut pile).split('(').next(), Some("Corrupt"));
        let sale = &pile.sales[0];
        let (order, ticket) = (sale.order.as_ref().expect("an order"), &sale.tickets[0]);
        assert_eq!((sale.tickets.len(), order.places, order.total.amount), (1, 1, 0));
        assert_eq!((ticket.order, sale.hold.order, sale.payments[0].order), (order.id, Some(order.id), Some(order.id)));
    }

    #[test]
    fn an_event_without_places_is_sold_out() {
        let mut nothing = Inventory::new(Arc::new(Terms { map: None, ..terms(&map(0, 0, 0)) }));
        assert_eq!(buy(&mut nothing, Controls::default(), noon(), &mut Pile::default()), "sold_out");
    }
}
