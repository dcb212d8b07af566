//! Checkout: a hold begins to be paid, or becomes an order at once when nothing is due.

use domain::{BuyerIds, HoldId, PaymentId};

use crate::booking::Booking;
use crate::desk::keyed::{Decided, Idempotency};
use crate::error::{BookingError, Fault};
use crate::rules::checkout::{Checkout, Contact};
use crate::rules::command::{Begun, Command, OrderIds, Outcome, Reply};
use crate::store::{holds, orders, payments};
use crate::verbs::hold::HoldView;
use crate::verbs::order::OrderView;
use crate::verbs::payment::PaymentView;

/// What checkout gives. The payment's page address is the caller's to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutView {
    pub payment: PaymentView,
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
        buyer: impl Into<BuyerIds>,
        checkout: Checkout,
        key: Idempotency,
    ) -> Result<Decided<CheckoutView>, BookingError> {
        checkout.check()?;
        let buyer = buyer.into();
        let found = self.patiently(|| async move { Ok(holds::find(self.pool(), hold, None).await?) }).await?;
        let found = found.filter(|(row, _)| buyer.has(row.buyer));
        let (row, _) = found.ok_or(BookingError::NotFound)?;
        let keyed = self.claim(&buyer, key)?;
        let now = self.premises().clock.now();
        let (checkout, payment, ids) = (Box::new(checkout), PaymentId::at(now), OrderIds::at(now));
        let command = Command::Checkout { hold, buyer, checkout, payment, ids };
        match self.ask(row.event, command, Some(keyed)).await?.reply {
            Reply::Outcome { outcome: Outcome::Checkout(begun), replayed } => {
                Ok(Decided { value: self.begun_view(begun).await?, replayed })
            }
            Reply::Outcome { outcome: Outcome::Refused(refusal), .. } => Err(refusal.into()),
            Reply::Outcome { outcome: Outcome::Hold(_) | Outcome::Waits(_), .. } => Err(BookingError::KeyReused),
            Reply::Blocked(_) | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "a checkout was answered with something else").into())
            }
        }
    }

    /// Whom the last attempt to pay for the buyer's hold was for, so that nobody types it twice.
    pub async fn contact(&self, hold: &HoldView, buyer: impl Into<BuyerIds>) -> Result<Option<Contact>, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let mut db = self.pool().acquire().await.map_err(Fault::from)?;
            let begun = payments::of_holds(&mut db, hold.event_id, &[hold.id.0]).await?;
            Ok(begun.into_iter().rfind(|payment| buyer.has(payment.buyer)).map(|payment| payment.contact))
        };
        self.patiently(read).await
    }

    /// What the buyer was told when the checkout was decided, whatever has become of it since.
    async fn begun_view(&self, begun: Begun) -> Result<CheckoutView, BookingError> {
        let missing = || Fault::corrupt("outcome", format_args!("a row of {begun:?} is gone"));
        let payment = payments::find(self.pool(), begun.payment).await?.ok_or_else(missing)?.view_as_begun(begun.order);
        let Some(order) = begun.order else { return Ok(CheckoutView { payment, order: None }) };
        let row = orders::find(self.pool(), order).await?.ok_or_else(missing)?;
        Ok(CheckoutView { payment, order: Some(self.order_view_as_paid(row).await?) })
    }
}
