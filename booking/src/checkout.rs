//! Checkout: a hold begins to be paid, or becomes an order at once when nothing is due.

use domain::{BuyerId, HoldId, PaymentId};
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::command::{Command, OrderIds, Outcome, Reply};
use crate::error::{BookingError, Fault, Invalid};
use crate::idempotency::{Decided, Idempotency};
use crate::order::OrderView;
use crate::payment::PaymentView;
use crate::store::holds;

/// How a hold is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Nothing is due.
    Free,
    /// Our own hosted page.
    Sandbox,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Sandbox => "sandbox",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Free, Self::Sandbox].into_iter().find(|method| method.as_str() == text)
    }
}

/// Who buys, as tickets and mails will say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    pub email: String,
}

/// Who will sit there: one per place, in the order of the hold's seats; missing ones are the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    pub method: Method,
    pub contact: Contact,
    pub attendees: Vec<Attendee>,
}

/// What checkout gives; also what is stored with its idempotency key. The payment's page address is the caller's to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutView {
    pub payment: PaymentView,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderView>,
}

impl Booking {
    /// Begins to pay for the buyer's hold.
    ///
    /// Gives     a pending payment (the same one again while it is pending), or with nothing due the order.
    /// Refuses   hold_lapsed, hold_released, payment_required (method free, total above 0).
    #[tracing::instrument(name = "booking.checkout", level = "debug", skip_all, fields(%hold))]
    pub async fn checkout(
        &self,
        hold: HoldId,
        buyer: BuyerId,
        checkout: Checkout,
        key: Idempotency,
    ) -> Result<Decided<CheckoutView>, BookingError> {
        checkout.check()?;
        let found = holds::find(self.pool(), hold, None).await?.filter(|(row, _)| row.buyer == buyer);
        let (row, _) = found.ok_or(BookingError::NotFound)?;
        let keyed = self.claim(buyer.0, key)?;
        let now = self.premises().clock.now();
        let (checkout, payment, ids) = (Box::new(checkout), PaymentId::at(now), OrderIds::at(now));
        let command = Command::Checkout { hold, buyer, checkout, payment, ids };
        match self.ask(row.event, command, Some(keyed)).await? {
            Reply::Outcome { outcome: Outcome::Checkout(value), replayed } => Ok(Decided { value: *value, replayed }),
            Reply::Outcome { outcome: Outcome::Refused(refusal), .. } => Err(refusal.into()),
            Reply::Outcome { outcome: Outcome::Hold(_), .. } => Err(BookingError::KeyReused),
            Reply::Blocked(_) | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "a checkout was answered with something else").into())
            }
        }
    }
}

const MAX_NAME_CHARS: usize = 200;
/// Source: RFC 5321, section 4.5.3.1.3, less the angle brackets.
const MAX_EMAIL_BYTES: usize = 254;

impl Checkout {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        check_name("contact.name", &self.contact.name)?;
        check_email("contact.email", &self.contact.email)?;
        self.attendees
            .iter()
            .enumerate()
            .try_for_each(|(n, attendee)| check_name(&format!("attendees[{n}].name"), &attendee.name))
    }
}

fn check_name(field: &str, name: &str) -> Result<(), Invalid> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Invalid::new(field, format!("must be 1 to {MAX_NAME_CHARS} characters, none of them control characters")));
    }
    Ok(())
}

fn check_email(field: &str, email: &str) -> Result<(), Invalid> {
    let plain = email.len() <= MAX_EMAIL_BYTES && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    match email.rsplit_once('@') {
        Some((local, host)) if plain && !local.is_empty() && !host.is_empty() => Ok(()),
        _ => Err(Invalid::new(field, "must be an e-mail address")),
    }
}
