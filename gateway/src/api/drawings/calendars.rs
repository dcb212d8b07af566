//! An event as a calendar file.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName};
use axum::response::{IntoResponse, Response};
use domain::EventId;

use crate::api::refusals::{Refuses, no};
use crate::drawing::calendar;
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::Path;
use crate::web::policy::{self, CachePolicy};

pub(super) const CALENDAR: [(HeaderName, HeaderValue); 1] =
    [(CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"))];

/// Shows an event as a calendar file; whoever reads it again sees what was changed.
#[utoipa::path(
    get, path = "/v1/events/{id}/calendar.ics", operation_id = "get_event_calendar", tag = "drawings",
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = String, content_type = "text/calendar"), Refuses<(no::NotFound,)>),
)]
pub async fn get_event_calendar(app: App, event: Path<EventId>) -> ApiResult<Response> {
    let event = app.reads.event(*event).await?;
    let file = calendar::of_event(&event, &app.config.public_url);
    let mut tags = vec![format!("event-{}", event.row.id)];
    tags.extend(event.venue.as_ref().map(|venue| format!("venue-{}", venue.id)));
    let mut response = (CachePolicy::Detail.tagged(tags), CALENDAR, ()).into_response();
    response.headers_mut().insert(ETAG, policy::etag(file.as_bytes()));
    *response.body_mut() = file.into();
    Ok(response)
}
