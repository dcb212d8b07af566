//! Quotas: what a partner may ask for, and what it used.

use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use people::{QuotaUse, Use};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{BadKey, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params};
use crate::web::partner::Partner;
use crate::web::policy::CachePolicy;

/// A partner's quotas and their use.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaBody {
    pub key_id: Uuid,
    /// Counted on each node for itself.
    pub requests_per_second: UseBody,
    pub requests_per_day: UseBody,
    /// Of all the partner's buyers together.
    pub open_holds: UseBody,
    /// When the count of the day begins anew (UTC).
    pub day_ends_at: Timestamp,
}

/// How much of a quota is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct UseBody {
    /// Null: no limit.
    pub limit: Option<u32>,
    pub used: u64,
    /// Null where there is no limit.
    pub remaining: Option<u64>,
}

impl From<Use> for UseBody {
    fn from(Use { limit, used }: Use) -> Self {
        Self { limit, used, remaining: limit.map(|limit| u64::from(limit).saturating_sub(used)) }
    }
}

/// Shows a partner's quotas, to the partner and to its buyers' sessions.
#[utoipa::path(
    get, path = "/v1/me/quota", operation_id = "get_quota", tag = "people",
    security(("bearer" = [])),
    responses((status = 200, body = QuotaBody), Refuses<(BadKey, no::QuotaSpent)>),
)]
pub async fn get_quota(app: App, Partner(key): Partner, params: Params) -> ApiResult<Response> {
    params.only(&[])?;
    let QuotaUse { requests_second, requests_day, open_holds, day_ends_at } = app.people.quota(&key).await?;
    let body = QuotaBody {
        key_id: key.id.0,
        requests_per_second: requests_second.into(),
        requests_per_day: requests_day.into(),
        open_holds: open_holds.into(),
        day_ends_at,
    };
    Ok((CachePolicy::Private, Json(body)).into_response())
}
