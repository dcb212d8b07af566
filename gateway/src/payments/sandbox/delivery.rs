//! Sending notices: over HTTP, signed, again and again until they are taken.

use std::sync::LazyLock;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use futures::StreamExt as _;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use uuid::Uuid;

use super::store::deliveries::{self, Delivery};
use crate::payments::sandbox::notice::{PaymentWebhook, PaymentWebhookData, signature};
use crate::web::app::App;

/// How often the table is looked at.
const TICK: Duration = Duration::from_millis(500);
/// Notices in one round.
const ROUND: i64 = 32;
/// Notices under way together: one that the shop takes long over holds up few others.
const AT_ONCE: usize = 8;
/// How long the shop may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

static CLIENT: LazyLock<reqwest::Client> =
    LazyLock::new(|| reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap_or_default());

/// Sends what is due, until the server stops.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = ticks.tick() => round(&app).await,
        }
    }
}

async fn round(app: &App) {
    match deliveries::claim_due(&app.pool, ROUND).await {
        Ok(due) => {
            futures::stream::iter(due).for_each_concurrent(AT_ONCE, |delivery| async move { send(app, &delivery).await }).await;
        }
        Err(fault) => tracing::warn!(%fault, "the sandbox cannot read its notices"),
    }
}

/// Sends one notice at once, if nobody else is sending it.
pub(super) async fn send_now(app: &App, id: Uuid) {
    match deliveries::claim(&app.pool, id).await {
        Ok(Some(delivery)) => send(app, &delivery).await,
        Ok(None) => {}
        Err(fault) => tracing::warn!(%fault, "the sandbox cannot read its notice"),
    }
}

/// One attempt; a notice that was not taken comes again by itself, later each time.
async fn send(app: &App, delivery: &Delivery) {
    let settled = match post(app, delivery).await {
        Ok(status) if (200..300).contains(&status) => true,
        // Whatever the shop answered, the money is here and undecided: it must hear of it. The audit names what it never takes.
        Ok(status) => {
            tracing::warn!(status, attempts = delivery.attempts, payment = %delivery.payment, "a sandbox notice comes again");
            false
        }
        Err(fault) => {
            tracing::warn!(fault, attempts = delivery.attempts, payment = %delivery.payment, "a sandbox notice comes again");
            false
        }
    };
    if settled && let Err(fault) = deliveries::settle(&app.pool, delivery.id).await {
        tracing::warn!(%fault, "a sandbox notice was taken and will come again");
    }
}

async fn post(app: &App, delivery: &Delivery) -> Result<u16, String> {
    let now = app.clock.now();
    let data = PaymentWebhookData { payment_id: delivery.payment, amount: delivery.amount.into() };
    let body =
        serde_json::to_vec(&PaymentWebhook { r#type: delivery.kind, timestamp: now, data }).map_err(|fault| fault.to_string())?;
    let id = delivery.id.to_string();
    let signed = signature(app.keys.webhook().as_str(), &id, now.as_second(), &body).map_err(|fault| fault.to_string())?;
    let request = CLIENT.post(address(app)).header(CONTENT_TYPE, "application/json").header(HEADER_WEBHOOK_ID, id);
    let request = request.header(HEADER_WEBHOOK_TIMESTAMP, now.as_second()).header(HEADER_WEBHOOK_SIGNATURE, signed);
    let response = request.body(body).send().await.map_err(|fault| fault.to_string())?;
    Ok(response.status().as_u16())
}

/// This server's own webhook address, by the socket it listens on: the one for operations, where there is one.
fn address(app: &App) -> String {
    let mut listen = app.config.admin_listen.unwrap_or(app.config.listen);
    if listen.ip().is_unspecified() {
        let loopback = if listen.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        listen.set_ip(loopback);
    }
    format!("http://{listen}/v1/webhooks/sandbox")
}
