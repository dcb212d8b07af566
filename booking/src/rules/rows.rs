//! Rows of holds, payments, orders and tickets as decisions see them: what the tables said, and what they shall say.

use domain::{BuyerId, Currency, EventId, HoldId, Money, OrderId, OrderNumber, PassId, PaymentId, SeatIndex, TicketId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::change::{Hold, Taken};
use crate::rules::checkout::{Attendee, Contact, Method};
use crate::rules::hold::HoldState;
use crate::rules::order::OrderState;
use crate::rules::payment::{PaymentState, RefundReason};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRow {
    pub event: EventId,
    pub id: HoldId,
    pub buyer: BuyerId,
    /// From which address it was asked for, as a hash; none where it is not counted.
    pub client: Option<i64>,
    /// The pass it was made with, where the event has a queue.
    pub pass: Option<PassId>,
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
        Hold { id: self.id, buyer: self.buyer, until: self.until, taken: self.taken.clone(), pass: self.pass }
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
    pub refund_reason: Option<RefundReason>,
    pub order: Option<OrderId>,
    pub contact: Contact,
    pub attendees: Vec<Attendee>,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    pub refunded_at: Option<Timestamp>,
}

impl PaymentRow {
    /// Sends the money back, saying why. What was pending until now counts as captured and given back at once.
    pub fn refund(&mut self, reason: RefundReason, now: Timestamp) {
        self.state = PaymentState::Refunded;
        self.refund_reason = Some(reason);
        self.settled_at.get_or_insert(now);
        self.refunded_at = Some(now);
    }
}

/// Money that a provider took, as the provider says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureRow {
    pub payment: PaymentId,
    /// The provider's id of the notice that told it.
    pub provider_ref: String,
    pub amount: Money,
    pub at: Timestamp,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRow {
    pub payment: PaymentId,
    /// The order that was given back, if the money had bought one.
    pub order: Option<OrderId>,
    /// The capture it goes back from.
    pub provider_ref: String,
    pub amount: Money,
    pub reason: RefundReason,
    pub at: Timestamp,
}

impl RefundRow {
    /// An id made of the payment, the capture and the reason: a refund that is decided twice has one id, and a capture goes back once for
    /// one reason.
    pub fn id(&self) -> uuid::Uuid {
        uuid::Uuid::new_v5(&self.payment.0, format!("refund {} {}", self.reason.as_str(), self.provider_ref).as_bytes())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    pub event: EventId,
    pub id: OrderId,
    pub number: OrderNumber,
    pub hold: HoldId,
    pub buyer: BuyerId,
    pub payment: PaymentId,
    pub state: OrderState,
    pub places: u32,
    pub total: Money,
    pub contact: Contact,
    /// Which keys of its link are good: those of this generation.
    pub link_generation: u32,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;

    #[test]
    fn a_refund_that_is_decided_twice_is_one_and_another_capture_or_reason_is_another() {
        let refund = RefundRow {
            payment: PaymentId::at(noon()),
            order: None,
            provider_ref: "capture-1".into(),
            amount: Money::new(4_500, "AUD".parse().expect("a currency")),
            reason: RefundReason::SeatsTaken,
            at: noon(),
        };
        let later = RefundRow { at: noon() + crate::fixture::seconds(60), ..refund.clone() };
        assert_eq!(refund.id(), later.id());
        for other in [
            RefundRow { payment: PaymentId::at(noon()), ..refund.clone() },
            RefundRow { provider_ref: "capture-2".into(), ..refund.clone() },
            RefundRow { reason: RefundReason::WrongAmount, ..refund.clone() },
        ] {
            assert_ne!(refund.id(), other.id(), "{other:?}");
        }
    }
}
