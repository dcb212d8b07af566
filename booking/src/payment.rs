//! A payment: one attempt to pay for a hold, and the provider's verified word about it.

use domain::{BuyerId, EventId, HoldId, Money, OrderId, PaymentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::checkout::Method;
use crate::command::{Command, OrderIds};
use crate::error::{BookingError, Invalid};
use crate::store::payments;

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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    pub id: PaymentId,
    pub event_id: EventId,
    pub hold_id: HoldId,
    pub buyer_id: BuyerId,
    pub method: Method,
    pub state: PaymentState,
    pub amount: Money,
    /// Why the money went back: `seats_taken`, `hold_released`, `already_paid`, `wrong_amount`, `event_cancelled`, `order_cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    Captured,
    Declined,
}

/// What a provider's webhook said, its signature verified by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentNotice {
    pub payment: PaymentId,
    /// The provider's own id of the notice: the same id again changes nothing.
    pub provider_event_id: String,
    pub kind: NoticeKind,
    pub amount: Money,
}

impl Booking {
    /// Reads a payment by id. Callers that show it to a buyer compare `buyer_id`.
    pub async fn payment(&self, payment: PaymentId) -> Result<PaymentView, BookingError> {
        let found = payments::find(self.pool(), payment).await?;
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
        let known = self.payment(notice.payment).await?;
        let ids = OrderIds::at(self.premises().clock.now());
        let payment = notice.payment;
        self.ask(known.event_id, Command::Notice { notice: Box::new(notice), hold: known.hold_id, ids }, None).await?;
        self.payment(payment).await
    }
}
