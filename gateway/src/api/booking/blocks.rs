//! Blocks: seats that an organiser keeps from sale.

use axum::response::{IntoResponse, Response};
use booking::{Blocked, Places};
use domain::EventId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::seats::CountsBody;
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Path};
use crate::web::policy::CachePolicy;

/// Seats by id, or places of an area, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "seats": ["stalls-A-1", "stalls-A-2"] }))]
pub struct PlacesBody {
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub seats: Vec<String>,
    /// A general-admission area's id.
    pub area: Option<String>,
    /// With `area`: how many places.
    pub quantity: Option<u32>,
}

impl PlacesBody {
    fn places(self) -> ApiResult<Places> {
        let area = match (self.area, self.quantity) {
            (Some(area), Some(quantity)) => Some((area, quantity)),
            (None, None) => None,
            (Some(_), None) => return Err(ApiError::invalid("quantity", "is needed with area")),
            (None, Some(_)) => return Err(ApiError::invalid("quantity", "goes with area only")),
        };
        Ok(Places { seats: self.seats, area })
    }
}

/// The event after blocking or unblocking.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockedBody {
    pub event_id: Uuid,
    pub version: u64,
    pub counts: CountsBody,
}

impl BlockedBody {
    fn of(event: EventId, blocked: Blocked) -> Self {
        Self { event_id: event.0, version: blocked.version, counts: blocked.counts.into() }
    }
}

/// Keeps places from sale, all or none; what is blocked already stays so.
#[utoipa::path(
    put, path = "/v1/events/{id}/blocks", operation_id = "block_seats", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    request_body = PlacesBody,
    responses((status = 200, body = BlockedBody), Refuses<(BadKey, BadBody, no::NotFound, no::SeatsUnavailable, no::Busy)>),
)]
pub async fn block_seats(
    app: App,
    event: Path<EventId>,
    by: Acting<may::SaleWrite>,
    Json(places): Json<PlacesBody>,
) -> ApiResult<Response> {
    let blocked = app.booking.block(&by.actor, *event, places.places()?).await?;
    Ok((CachePolicy::Private, Json(BlockedBody::of(*event, blocked))).into_response())
}

/// Gives blocked places back to the sale; what is not blocked stays as it is.
#[utoipa::path(
    delete, path = "/v1/events/{id}/blocks", operation_id = "unblock_seats", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    request_body = PlacesBody,
    responses((status = 200, body = BlockedBody), Refuses<(BadKey, BadBody, no::NotFound, no::Busy)>),
)]
pub async fn unblock_seats(
    app: App,
    event: Path<EventId>,
    by: Acting<may::SaleWrite>,
    Json(places): Json<PlacesBody>,
) -> ApiResult<Response> {
    let blocked = app.booking.unblock(&by.actor, *event, places.places()?).await?;
    Ok((CachePolicy::Private, Json(BlockedBody::of(*event, blocked))).into_response())
}
