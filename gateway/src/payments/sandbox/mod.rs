//! The sandbox: a payment provider of our own, which speaks the same signed webhooks as a real one.
//!
//! It stands outside booking as a provider does: it has its own table of notices to send, sends them over HTTP to the webhook
//! address of this server, tries again when that fails, and goes on after a restart. Nothing here sells or refunds.

mod delivery;
pub mod notice;
pub mod store;

use std::time::Duration;

use booking::{PaymentView, Provider, ProviderFuture, ProviderName, Unheard};
use domain::PaymentId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::payments::sandbox::notice::WebhookType;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use store::deliveries;

pub use delivery::run;
pub use store::deliveries::Delivery;

/// How long `delay` waits.
const DELAY: Duration = Duration::from_secs(3);
/// How long after the end of the hold `pay_late` comes: beyond the grace of five seconds.
const LATE: Duration = Duration::from_secs(7);

/// How long a notice that is due at once is left to whoever pressed the button; then it is anybody's.
const HEAD_START: Duration = Duration::from_secs(20);

/// A button of the sandbox's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Pay,
    Decline,
    /// Captured a few seconds later.
    Delay,
    /// Captured after the hold lapsed.
    PayLate,
    /// Two captures with different ids.
    PayTwice,
}

impl Action {
    pub const ALL: [Self; 5] = [Self::Pay, Self::Decline, Self::Delay, Self::PayLate, Self::PayTwice];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Decline => "decline",
            Self::Delay => "delay",
            Self::PayLate => "pay_late",
            Self::PayTwice => "pay_twice",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// Presses a button: writes the notices down, then sends those that are due.
///
/// Gives     the notices. The same button again makes the same ids, so a double click is no second payment.
/// Cost      one row a notice, one HTTP request for each that is due.
pub async fn press(app: &App, payment: &PaymentView, action: Action) -> ApiResult<Vec<Delivery>> {
    let now = app.clock.now();
    let until = match action {
        Action::PayLate => app.booking.get_hold(payment.hold_id, payment.buyer_id).await?.until,
        _ => now,
    };
    let planned = plan(payment, action, now, until);
    // what is sent below is left to us for a while: the rounds of others would take it, and the page go on before it is paid
    let later = now.checked_add(HEAD_START).unwrap_or(now);
    let head_start = |delivery: &Delivery| if delivery.due_at <= now { later } else { delivery.due_at };
    let written: Vec<_> = planned.iter().map(|delivery| Delivery { due_at: head_start(delivery), ..delivery.clone() }).collect();
    deliveries::insert(&app.pool, &written).await.map_err(ApiError::fault)?;
    for due in planned.iter().filter(|delivery| delivery.due_at <= now) {
        delivery::send_now(app, due.id).await;
    }
    Ok(planned)
}

fn plan(payment: &PaymentView, action: Action, now: Timestamp, hold_until: Timestamp) -> Vec<Delivery> {
    let notice = |name: &str, kind, due_at| Delivery {
        id: Uuid::new_v5(&payment.id.0, name.as_bytes()),
        payment: payment.id.0,
        kind,
        amount: payment.amount,
        due_at,
        attempts: 0,
    };
    let after = |at: Timestamp, wait: Duration| at.checked_add(wait).unwrap_or(at);
    match action {
        Action::Pay => vec![notice("capture", WebhookType::Captured, now)],
        Action::Decline => vec![notice("decline", WebhookType::Declined, now)],
        Action::Delay => vec![notice("capture", WebhookType::Captured, after(now, DELAY))],
        Action::PayLate => vec![notice("capture", WebhookType::Captured, after(now.max(hold_until), LATE))],
        Action::PayTwice => {
            vec![notice("capture", WebhookType::Captured, now), notice("capture again", WebhookType::Captured, now)]
        }
    }
}

/// How long a capture may be untold before the audit names it.
pub const UNHEARD: Duration = Duration::from_secs(15 * 60);
/// More than this nobody reads.
const UNHEARD_LISTED: i64 = 1_000;

/// The sandbox, as selling sees it.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Provider for Sandbox {
    fn name(&self) -> ProviderName {
        const NAME: ProviderName = ProviderName::of("sandbox");
        NAME
    }

    fn page(&self, payment: PaymentId) -> String {
        format!("/sandbox/payments/{payment}")
    }

    fn unheard<'a>(&'a self, pool: &'a sqlx::PgPool, now: Timestamp) -> ProviderFuture<'a, Vec<Unheard>> {
        Box::pin(async move {
            let before = now.checked_sub(UNHEARD).unwrap_or(now);
            let found = deliveries::undelivered(pool, before, UNHEARD_LISTED).await?;
            let unheard =
                |one: deliveries::Undelivered| Unheard { payment: one.payment.into(), since: one.since, attempts: one.attempts };
            Ok(found.into_iter().map(unheard).collect())
        })
    }
}
