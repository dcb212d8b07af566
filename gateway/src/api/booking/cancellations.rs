//! Cancelling an event: its sale closes for good and everybody gets the money back.

use axum::response::{IntoResponse, Response};
use booking::CancelProgress;
use catalog::model::EventPatch;
use catalog::write;
use domain::{EventId, EventStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent, Nothing, Path};
use crate::web::policy::CachePolicy;

/// How far the cancellation of an event has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationBody {
    pub event_id: Uuid,
    #[schema(example = "cancelled")]
    pub status: &'static str,
    /// Orders given back, by this call and by earlier ones.
    pub given_back: u64,
    /// Orders still to give back; call again, or wait: the server goes on by itself.
    pub remaining: u64,
}

impl From<CancelProgress> for CancellationBody {
    fn from(progress: CancelProgress) -> Self {
        let CancelProgress { event_id, given_back, remaining } = progress;
        Self { event_id: event_id.0, status: EventStatus::Cancelled.as_str(), given_back, remaining }
    }
}

/// Cancels an event: no more sales, every hold released, every order refunded.  Again: goes on where it stopped.
#[utoipa::path(
    post, path = "/v1/events/{id}/cancel", operation_id = "cancel_event", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = CancellationBody), Refuses<(BadKey, no::NotFound, no::Busy)>),
)]
pub async fn cancel_event(
    app: App,
    event: Path<EventId>,
    by: Acting<may::SaleWrite>,
    _: MaybeIdempotent<Nothing>,
) -> ApiResult<Response> {
    let cancelled = EventPatch { status: Some(EventStatus::Cancelled), ..EventPatch::default() };
    write::events::patch(&app.pool, &app.clock, &by.actor, *event, cancelled, None).await?;
    app.purger.purge(&format!("event-{}", *event));
    let progress = app.booking.cancel_event(*event, Some(&by.actor)).await?;
    Ok((CachePolicy::Private, Json(CancellationBody::from(progress))).into_response())
}
