//! Rows of holds, payments, orders and tickets as decisions see them: what the tables said, and what they shall say.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{BuyerId, Currency, EventId, HoldId, Money, OrderId, PaymentId, SeatIndex, TicketId, TierId};
use jiff::Timestamp;

use crate::change::{Change, Hold, Taken};
use crate::checkout::{Attendee, Contact, Method};
use crate::hold::HoldState;
use crate::order::OrderState;
use crate::payment::{PaymentState, PaymentView};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    pub event: EventId,
    pub id: HoldId,
    pub buyer: BuyerId,
    pub state: HoldState,
    pub until: Timestamp,
    pub taken: Taken,
    /// One a seat, or the area's.
    pub tiers: Vec<TierId>,
    /// One a seat, or of one area place.
    pub prices: Vec<i64>,
    pub total: Money,
    pub order: Option<OrderId>,
    pub created_at: Timestamp,
}

impl HoldRow {
    /// What the inventory remembers of it.
    pub fn hold(&self) -> Hold {
        Hold { id: self.id, buyer: self.buyer, until: self.until, taken: self.taken.clone() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub event: EventId,
    pub id: PaymentId,
    pub hold: HoldId,
    pub buyer: BuyerId,
    pub method: Method,
    pub state: PaymentState,
    pub amount: Money,
    pub provider_ref: Option<String>,
    pub refund_reason: Option<String>,
    pub order: Option<OrderId>,
    pub contact: Contact,
    pub attendees: Vec<Attendee>,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    pub refunded_at: Option<Timestamp>,
}

impl PaymentRow {
    pub fn view(&self) -> PaymentView {
        PaymentView {
            id: self.id,
            event_id: self.event,
            hold_id: self.hold,
            buyer_id: self.buyer,
            method: self.method,
            state: self.state,
            amount: self.amount,
            refund_reason: self.refund_reason.clone(),
            order_id: self.order,
            created_at: self.created_at,
        }
    }

    /// Sends the money back, saying why. What was pending until now counts as captured and given back at once.
    pub fn refund(&mut self, reason: &str, now: Timestamp) {
        self.state = PaymentState::Refunded;
        self.refund_reason = Some(reason.to_owned());
        self.settled_at.get_or_insert(now);
        self.refunded_at = Some(now);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    pub event: EventId,
    pub id: OrderId,
    pub hold: HoldId,
    pub buyer: BuyerId,
    pub payment: PaymentId,
    pub state: OrderState,
    pub places: u32,
    pub total: Money,
    pub contact: Contact,
    pub created_at: Timestamp,
    pub returned_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    pub event: EventId,
    pub id: TicketId,
    pub order: OrderId,
    pub buyer: BuyerId,
    pub position: u16,
    pub place: TicketPlace,
    pub tier: TierId,
    pub price: i64,
    pub currency: Currency,
    pub holder: String,
    pub edition: u32,
    pub print_status: String,
    pub issued_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketPlace {
    Seat(SeatIndex),
    Area(u32),
}

/// All that the tables say about one hold. Decisions change it in place, so that the next one of the same pile sees it.
#[derive(Debug, Clone)]
pub struct HoldFacts {
    pub hold: HoldRow,
    pub payments: Vec<PaymentRow>,
    pub order: Option<OrderRow>,
    pub tickets: Vec<TicketRow>,
}

/// What one pile read, and what it decided: nothing of it is true before the commit.
#[derive(Debug, Default)]
pub struct Pile {
    pub changes: Vec<Change>,
    pub new_holds: Vec<Arc<HoldRow>>,
    pub facts: HashMap<HoldId, HoldFacts>,
    /// Notices seen before or in this pile.
    pub notices: HashSet<String>,
    pub writes: Writes,
}

/// Rows of the facts that must be written.
#[derive(Debug, Default)]
pub struct Writes {
    pub payments: HashSet<(HoldId, PaymentId)>,
    pub new_orders: Vec<HoldId>,
    pub returned_orders: Vec<HoldId>,
    /// Live holds for which a payment began, or came to nothing.
    pub moved: HashMap<HoldId, HoldState>,
    pub notices: Vec<(String, PaymentId)>,
}

impl Writes {
    pub fn is_empty(&self) -> bool {
        self.payments.is_empty() && self.notices.is_empty() && self.moved.is_empty() && self.returned_orders.is_empty()
    }
}
