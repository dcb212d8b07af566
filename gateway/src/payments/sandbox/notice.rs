//! The sandbox's word about a payment, signed as Standard Webhooks say (standardwebhooks.com).

use axum::body::Bytes;
use axum::http::HeaderMap;
use booking::{NoticeKind, PaymentNotice};
use domain::{Currency, Money};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::money::MoneyBody;

/// How far a webhook's timestamp may lie from now.  Source: Standard Webhooks, five minutes.
const TOLERANCE_SECONDS: i64 = 300;

const MAX_ID_BYTES: usize = 255;

/// A provider's word about a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentWebhook {
    pub r#type: WebhookType,
    pub timestamp: Timestamp,
    pub data: PaymentWebhookData,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum WebhookType {
    #[serde(rename = "payment.captured")]
    Captured,
    #[serde(rename = "payment.declined")]
    Declined,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentWebhookData {
    pub payment_id: Uuid,
    pub amount: MoneyBody,
}

impl PaymentWebhook {
    /// What it says to booking, under the id that it came with.
    pub fn notice(self, provider_event_id: String) -> ApiResult<PaymentNotice> {
        let currency: Currency =
            self.data.amount.currency.parse().map_err(|_| ApiError::invalid("data.amount.currency", "is no currency"))?;
        let kind = match self.r#type {
            WebhookType::Captured => NoticeKind::Captured,
            WebhookType::Declined => NoticeKind::Declined,
        };
        let amount = Money::new(self.data.amount.amount, currency);
        Ok(PaymentNotice { payment: self.data.payment_id.into(), provider_event_id, kind, amount })
    }
}

/// Checks timestamp and signature; gives the webhook's id.
pub fn verified(app: &App, headers: &HeaderMap, body: &Bytes) -> ApiResult<String> {
    let refused = |why: &str| ApiError::new(Code::SignatureInvalid).detail(why);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = header(HEADER_WEBHOOK_ID).filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()));
    let id = id.ok_or_else(|| refused("the header webhook-id is missing"))?;
    let timestamp = header(HEADER_WEBHOOK_TIMESTAMP).and_then(|text| text.parse::<i64>().ok());
    let timestamp = timestamp.ok_or_else(|| refused("the header webhook-timestamp is missing or not a number"))?;
    let signatures = header(HEADER_WEBHOOK_SIGNATURE).ok_or_else(|| refused("the header webhook-signature is missing"))?;
    if app.clock.now().as_second().abs_diff(timestamp) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(refused("the timestamp is more than five minutes from now"));
    }
    let secrets = app.keys.webhooks();
    let expected = secrets.iter().map(|secret| signature(secret.as_str(), id, timestamp, body)).collect::<Result<Vec<_>, _>>();
    let expected = expected.map_err(|_| refused("the body cannot be signed"))?;
    // each of the secrets is tried: the provider may still sign with the one before
    let same = |given: &str| expected.iter().any(|expected| bool::from(given.as_bytes().ct_eq(expected.as_bytes())));
    let matches = signatures.split(' ').any(same);
    if matches { Ok(id.to_owned()) } else { Err(refused("the signature is wrong")) }
}

/// `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<String, standardwebhooks::WebhookError> {
    Webhook::new(secret)?.sign(id, timestamp, body)
}

impl WebhookType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "payment.captured",
            Self::Declined => "payment.declined",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Captured, Self::Declined].into_iter().find(|kind| kind.as_str() == text)
    }
}
