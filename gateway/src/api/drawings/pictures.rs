//! An event's picture for those who link to it (Open Graph).

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use domain::EventId;

use crate::api::refusals::{Refuses, no};
use crate::drawing::picture::picture_drawing;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::Path;
use crate::web::policy::{self, CachePolicy};
use crate::web::studio::Drawn;

/// Draws an event's picture for those who link to it: 1200 × 630 pixels, with its poster, its title, when and where.
#[utoipa::path(
    get, path = "/v1/events/{id}/picture.png", operation_id = "get_event_picture", tag = "drawings",
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), Refuses<(no::NotFound, no::Busy)>),
)]
pub async fn get_event_picture(app: App, event: Path<EventId>) -> ApiResult<Response> {
    let event = app.reads.event(*event).await?;
    let drawing = picture_drawing(&event);
    let shared = app.clone();
    let drawn = app.studio.draw(Drawn::SeatMap, move || shared.renderer.picture_png(&drawing)).await?.map_err(ApiError::fault)?;
    let venue = event.venue.as_ref().map(|venue| format!("venue-{}", venue.id));
    let tags = [format!("event-{}", event.row.id)].into_iter().chain(venue);
    // a venue may be renamed without a new version of the event
    let tag = format!("\"e{}.{}.{}\"", event.edition, event.version, policy::digest(&drawn));
    let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| unreachable!("digits and letters make a header value"));
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("image/png")), (ETAG, tag)];
    Ok((CachePolicy::Detail.tagged(tags), headers, drawn).into_response())
}
