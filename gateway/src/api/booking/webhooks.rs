//! What payment providers tell us, signed as Standard Webhooks say (standardwebhooks.com).

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::api::refusals::{BadBody, Refuses, no};
use crate::payments::sandbox::notice::{PaymentWebhook, verified};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract;
use crate::web::policy::CachePolicy;

/// Takes the sandbox's word about a payment; the same `webhook-id` again changes nothing.
#[utoipa::path(
    post, path = "/v1/webhooks/sandbox", operation_id = "receive_sandbox_webhook", tag = "booking",
    params(
        ("webhook-id" = String, Header, description = "The notice's id."),
        ("webhook-timestamp" = i64, Header, description = "Unix seconds; at most five minutes from now."),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`."),
    ),
    request_body = PaymentWebhook,
    responses((status = 204, description = "Taken."), Refuses<(BadBody, no::SignatureInvalid, no::NotFound, no::Busy)>),
)]
pub async fn receive_sandbox_webhook(app: App, request: Request) -> ApiResult<Response> {
    let headers = request.headers().clone();
    let body = extract::body(request, &()).await?;
    let provider_event_id = verified(&app, &headers, &body)?;
    let webhook: PaymentWebhook = extract::parse(&body)?;
    app.booking.confirm(webhook.notice(provider_event_id)?).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}
