//! Payments: what became of an attempt to pay, and the buttons of the sandbox's page.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use booking::{PaymentState, PaymentView, Provider as _, RefundReason};
use domain::PaymentId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::base::Base;
use crate::api::refusals::{BadBody, BadToken, Refuses, no};
use crate::payments;
use crate::payments::sandbox::{self, Action, Sandbox};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract;
use crate::web::extract::{Json, Params, Path};
use crate::web::money::MoneyBody;
use crate::web::policy::CachePolicy;

/// One attempt to pay for a hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentBody {
    pub id: Uuid,
    /// pending, captured, declined or refunded.
    #[schema(example = "pending")]
    pub state: &'static str,
    /// Where the buyer pays; null for `free`.
    #[schema(example = "https://tickets.example.com/sandbox/payments/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44")]
    pub url: Option<String>,
    #[schema(example = "sandbox")]
    pub method: String,
    pub amount: MoneyBody,
    pub event_id: Uuid,
    pub hold_id: Uuid,
    /// Once it bought something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Uuid>,
    /// Why money went back: `seats_taken`, `hold_released`, `already_paid`, `wrong_amount`, `event_cancelled`, `order_cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_reason: Option<&'static str>,
    pub created_at: Timestamp,
    pub links: PaymentLinks,
}

/// Where to go from a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub hold: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

impl PaymentBody {
    pub fn of(base: &Base, payment: PaymentView) -> Self {
        let links = PaymentLinks {
            this: format!("/v1/payments/{}", payment.id),
            hold: format!("/v1/holds/{}", payment.hold_id),
            order: payment.order_id.map(|order| format!("/v1/orders/{order}")),
        };
        // a provider's own page has an address of its own
        let whole = |page: String| if page.starts_with('/') { format!("{}{page}", base.0) } else { page };
        Self {
            id: payment.id.0,
            state: payment.state.as_str(),
            url: payments::page(&payment).map(whole),
            method: payment.method.as_str().to_owned(),
            amount: payment.amount.into(),
            event_id: payment.event_id.0,
            hold_id: payment.hold_id.0,
            order_id: payment.order_id.map(|id| id.0),
            refund_reason: payment.refund_reason.map(RefundReason::as_str),
            created_at: payment.created_at,
            links,
        }
    }
}

/// Shows the buyer's own payment.
#[utoipa::path(
    get, path = "/v1/payments/{id}", operation_id = "get_payment", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The payment.")),
    responses((status = 200, body = PaymentBody), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_payment(app: App, base: Base, payment: Path<PaymentId>, buyer: Buyer) -> ApiResult<Response> {
    let payment = app.booking.payment(*payment).await?;
    if !buyer.ids.has(payment.buyer_id) {
        return Err(ApiError::not_found());
    }
    Ok((CachePolicy::Private, Json(PaymentBody::of(&base, payment))).into_response())
}

/// Which button of the sandbox's page is pressed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "pay" }))]
pub struct SandboxAction {
    /// pay, decline, delay (captured a few seconds later), pay_late (captured after the hold lapsed), pay_twice.
    #[schema(pattern = "^(pay|decline|delay|pay_late|pay_twice)$")]
    pub action: String,
}

/// What the sandbox will tell, and what has come of it so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxBody {
    pub payment: PaymentBody,
    pub webhooks: Vec<WebhookBody>,
}

/// One signed notice that the sandbox sends.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookBody {
    /// The `webhook-id`.
    pub id: Uuid,
    #[schema(example = "payment.captured")]
    pub r#type: &'static str,
    pub due_at: Timestamp,
}

/// Presses a button of the sandbox's page. Whoever knows the payment's address may: it pretends to be a provider's page.
#[utoipa::path(
    post, path = "/sandbox/payments/{id}", operation_id = "press_sandbox_button", tag = "booking",
    params(("id" = Uuid, Path, description = "The payment.")),
    request_body(content(
        (SandboxAction = "application/json"),
        (SandboxAction = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, body = SandboxBody, description = "To JSON."),
        (status = 303, description = "To a form: on to the order's page, or back to this one while there is no order."),
        Refuses<(BadBody, no::NotFound, no::PaymentDecided)>,
    ),
)]
pub async fn press_sandbox_button(app: App, base: Base, payment: Path<PaymentId>, request: Request) -> ApiResult<Response> {
    let form = is_form(request.headers());
    let action = action(request).await?;
    let payment = app.booking.payment(*payment).await?;
    if payment.method != Sandbox.method() {
        return Err(ApiError::not_found());
    }
    if payment.state != PaymentState::Pending && form {
        return Ok(Redirect::to(&next_page(&payment)).into_response());
    }
    if payment.state != PaymentState::Pending {
        return Err(ApiError::new(Code::PaymentDecided).with("state", payment.state.as_str()));
    }
    let deliveries = sandbox::press(&app, &payment, action).await?;
    let payment = app.booking.payment(payment.id).await?;
    if form {
        return Ok(Redirect::to(&next_page(&payment)).into_response());
    }
    let webhooks = deliveries.into_iter().map(|d| WebhookBody { id: d.id, r#type: d.kind.as_str(), due_at: d.due_at }).collect();
    let body = SandboxBody { payment: PaymentBody::of(&base, payment), webhooks };
    Ok((StatusCode::OK, CachePolicy::Private, Json(body)).into_response())
}

/// The order's page, or the payment's own while there is no order.
fn next_page(payment: &PaymentView) -> String {
    match payment.order_id {
        Some(order) => format!("/orders/{order}"),
        None => Sandbox.page(payment.id),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

async fn action(request: Request) -> ApiResult<Action> {
    let form = is_form(request.headers());
    let body = if form { parse_form(&extract::body(request, &()).await?)? } else { extract::json(request).await? };
    Action::parse(&body.action).ok_or_else(|| ApiError::invalid("action", "must be pay, decline, delay, pay_late or pay_twice"))
}

fn parse_form(bytes: &[u8]) -> ApiResult<SandboxAction> {
    let form = Params(extract::pairs(bytes)?);
    form.only(&["action"])?;
    let action = form.one("action")?.ok_or_else(|| ApiError::invalid("action", "is missing"))?;
    Ok(SandboxAction { action: action.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_as_every_form_is() {
        for (form, action) in [("action=pay", "pay"), ("action=pay%5Flate", "pay_late"), ("%61ction=pay&", "pay")] {
            assert_eq!(parse_form(form.as_bytes()).expect(form).action, action);
        }
        for wrong in ["", "action=pay&action=pay", "action=pay&colour=red", "action=%ff"] {
            assert!(parse_form(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
