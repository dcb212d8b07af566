//! The sandbox provider's own page. Its buttons are pressed in `routes/payments.rs`; here it is shown, and left again.

use axum::extract::Path;
use axum::response::Response;
use booking::{PaymentState, PaymentView, Provider as _, RefundReason};
use domain::PaymentId;

use crate::pages::buy::event::{load, path};
use crate::pages::show::{PageResult, go, show};
use crate::pages::view::Page;
use crate::pages::view::checkout::PayPage;
use crate::payments::sandbox::Sandbox;
use crate::payments::sandbox::store::deliveries;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::policy::CachePolicy;

/// How soon the page looks again while a notice is on its way.
const AGAIN_SECONDS: u32 = 2;

/// The hosted page.  `GET /sandbox/payments/{id}`
///
/// Gives     the buttons while nothing was pressed; the state while the shop has not heard; then on to the order or back to the checkout.
pub async fn pay_page(app: App, Path(id): Path<String>) -> PageResult<Response> {
    let id: PaymentId = id.parse().map_err(|_| ApiError::not_found())?;
    let payment = app.booking.payment(id).await?;
    if payment.method != Sandbox.method() {
        return Err(ApiError::not_found().into());
    }
    match (payment.state, payment.order_id) {
        (PaymentState::Captured, Some(order)) => Ok(go(&format!("/orders/{order}"))),
        (PaymentState::Declined, _) => Ok(go(&format!("/holds/{}?payment=declined", payment.hold_id))),
        _ => {
            let waiting = waiting(&app, &payment).await?;
            show(&lay_out(&app, &payment, waiting).await?, CachePolicy::Private)
        }
    }
}

async fn lay_out(app: &App, payment: &PaymentView, waiting: Option<(String, String, u32)>) -> PageResult<PayPage> {
    let event = load(app, &payment.event_id.to_string()).await?;
    let back = match payment.state {
        PaymentState::Pending => format!("/holds/{}", payment.hold_id),
        _ => path(&event),
    };
    let action = Sandbox.page(payment.id);
    Ok(PayPage {
        page: Page::private("Sandbox payment"),
        action,
        merchant: event.row.title,
        amount: payment.amount.to_string(),
        back,
        waiting,
    })
}

/// What is told instead of the buttons.
async fn waiting(app: &App, payment: &PaymentView) -> PageResult<Option<(String, String, u32)>> {
    let told = |title: &str, detail: String, seconds| Ok(Some((title.to_owned(), detail, seconds)));
    match payment.state {
        PaymentState::Refunded => told("The money went back", format!("{} Nothing is charged in the end.", reason(payment)), 0),
        PaymentState::Captured => told("Paid", "The shop is writing your order.".to_owned(), AGAIN_SECONDS),
        PaymentState::Pending | PaymentState::Declined => {
            match deliveries::next_due(&app.pool, payment.id.0).await.map_err(ApiError::fault)? {
                None => Ok(None),
                Some(due) => {
                    let seconds = (due.as_second() - app.clock.now().as_second()).max(0);
                    let wait = crate::pages::view::when::wait(seconds);
                    told(
                        "Paid, the shop does not know yet",
                        format!("It is told in {wait}. This page goes on by itself."),
                        AGAIN_SECONDS,
                    )
                }
            }
        }
    }
}

fn reason(payment: &PaymentView) -> &'static str {
    match payment.refund_reason {
        Some(RefundReason::SeatsTaken) => "The payment came after the hold had lapsed, and others had taken the seats by then.",
        Some(RefundReason::HoldReleased) => "The seats had been given back before the payment came.",
        Some(RefundReason::AlreadyPaid) => "This order was paid already.",
        Some(RefundReason::EventCancelled) => "The event was cancelled.",
        Some(RefundReason::OrderCancelled) => "The order was cancelled.",
        Some(RefundReason::WrongAmount) | None => "The payment could not be used.",
    }
}
