//! Telling caches to forget: for who runs the installation.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::api::refusals::{BadBody, BadKey, Refuses};
use crate::web::acting::Running;
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::error::ApiResult;
use crate::web::extract::Json;
use crate::web::forget;
use crate::web::policy::CachePolicy;
use crate::web::routes::Routes;

pub fn routes() -> Routes {
    Routes::default().calls(Class::Writes, routes!(purge_cache))
}

/// What caches are to forget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "tags": ["event-01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44"] }))]
pub struct PurgeBody {
    /// 1 to 100 of the tags that answers carry in `Surrogate-Key`; a path (`/v1/events/…`) is forgotten by caches that know addresses only, and empties our own.
    #[schema(min_items = 1, max_items = 100)]
    pub tags: Vec<String>,
}

/// Makes every cache forget the answers with these tags: this node's at once, other nodes' and those in front within a second.
#[utoipa::path(
    post, path = "/v1/cache/purge", operation_id = "purge_cache", tag = "operations",
    security(("bearer" = [])),
    request_body = PurgeBody,
    responses((status = 202, description = "It is under way."), Refuses<(BadKey, BadBody)>),
)]
async fn purge_cache(app: App, Running(by): Running, Json(body): Json<PurgeBody>) -> ApiResult<Response> {
    forget::ask(&app.pool, &by, &body.tags).await?;
    for tag in &body.tags {
        forget::here(&app.purger, tag);
    }
    Ok((StatusCode::ACCEPTED, CachePolicy::Never).into_response())
}
