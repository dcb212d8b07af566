//! Sessions: an anonymous buyer's token.

use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{MaybeIdempotent, Nothing};
use crate::web::origin::Origin;
use crate::web::partner::Opener;
use crate::web::policy::{CachePolicy, Created};

/// A new session; the token is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// For `Authorization: Bearer …`.
    pub token: String,
    pub buyer_id: Uuid,
    pub expires_at: Timestamp,
}

/// Opens an anonymous session.
///
/// A partner's key opens one for a buyer of its own: it counts towards the partner's quotas and ends with the key.
#[utoipa::path(
    post, path = "/v1/sessions", operation_id = "create_session", tag = "booking",
    responses((status = 201, body = SessionBody), Refuses<(BadBody, BadKey, no::QuotaSpent, no::RateLimited)>),
)]
pub async fn create_session(
    app: App,
    Opener(partner): Opener,
    origin: Origin,
    _: MaybeIdempotent<Nothing>,
) -> ApiResult<Response> {
    let session = origin.open_session(&app, partner.as_ref()).await?;
    let body = SessionBody { token: session.token, buyer_id: session.buyer_id.0, expires_at: session.expires_at };
    Ok((CachePolicy::Private, Created(body)).into_response())
}
