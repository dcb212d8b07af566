//! The states of a payment, and a provider's word about one.

use domain::{Money, PaymentId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    Pending,
    Captured,
    Declined,
    Refunded,
}

impl PaymentState {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Captured, Self::Declined, Self::Refunded];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Refunded => "refunded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why money that was captured went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundReason {
    /// The hold had lapsed, and others have its places.
    SeatsTaken,
    HoldReleased,
    /// Another payment of the same hold came first.
    AlreadyPaid,
    WrongAmount,
    EventCancelled,
    OrderCancelled,
}

impl RefundReason {
    pub const ALL: [Self; 6] =
        [Self::SeatsTaken, Self::HoldReleased, Self::AlreadyPaid, Self::WrongAmount, Self::EventCancelled, Self::OrderCancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeatsTaken => "seats_taken",
            Self::HoldReleased => "hold_released",
            Self::AlreadyPaid => "already_paid",
            Self::WrongAmount => "wrong_amount",
            Self::EventCancelled => "event_cancelled",
            Self::OrderCancelled => "order_cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Captured,
    Declined,
}

/// What a provider's webhook said, its signature verified by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentNotice {
    pub payment: PaymentId,
    /// The provider's own id of the notice: the same id again changes nothing.
    pub provider_event_id: String,
    pub kind: NoticeKind,
    pub amount: Money,
}
