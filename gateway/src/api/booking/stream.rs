//! Live seats: an event's journal as Server-Sent Events.
//!
//! The id of a message is the version; a client that comes back with `Last-Event-ID` gets every version after it, from the table
//! if need be. A client too slow for the journal's backlog is not buffered for: its subscription reads the table at its own pace.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use booking::{AreaChange, BookingError, JournalEntry, SeatChange};
use domain::EventId;
use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::booking::seats::CountsBody;
use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What one version changed: the `data:` of a message whose `id:` is the version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesBody {
    pub version: u64,
    pub as_of: Timestamp,
    pub seats: Vec<SeatChangeBody>,
    pub areas: Vec<AreaChangeBody>,
    pub counts: CountsBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeatChangeBody {
    #[schema(example = "stalls-C-12")]
    pub id: String,
    /// The seat's position in the map, in the order sections → rows → seats.
    pub index: u32,
    /// available, held, sold or blocked.
    #[schema(example = "held")]
    pub state: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AreaChangeBody {
    pub id: String,
    pub available: u32,
}

impl From<&JournalEntry> for ChangesBody {
    fn from(entry: &JournalEntry) -> Self {
        let seat = |seat: &SeatChange| SeatChangeBody { id: seat.id.clone(), index: seat.index, state: seat.state.as_str() };
        let area = |area: &AreaChange| AreaChangeBody { id: area.id.clone(), available: area.available };
        Self {
            version: entry.version,
            as_of: entry.at,
            seats: entry.seats.iter().map(seat).collect(),
            areas: entry.areas.iter().map(area).collect(),
            counts: entry.counts.into(),
        }
    }
}

/// Streams the changes of an event's seats.
///
/// Without `Last-Event-ID` (or `after`) the stream begins now: its first lines say the present version as an `id:` without data.
#[utoipa::path(
    get, path = "/v1/events/{id}/seats/stream", operation_id = "stream_seats", tag = "booking",
    params(
        ("id" = uuid::Uuid, Path, description = "The event."),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last version seen; the stream goes on after it."),
        ("after" = Option<u64>, Query, description = "The same for clients that cannot send the header."),
    ),
    responses(
        (status = 200, description = "`id:` is the version, `data:` a ChangesBody; a comment every 15 s.",
            body = ChangesBody, content_type = "text/event-stream"),
        Refuses<(no::NotFound, no::Invalid)>,
    ),
)]
pub async fn stream_seats(app: App, event: Path<EventId>, params: Params, headers: HeaderMap) -> ApiResult<Response> {
    params.only(&["after"])?;
    let after = match last_event_id(&headers)? {
        Some(version) => Some(version),
        None => params.parsed("after")?,
    };
    let now = app.booking.seats(*event).await?.version;
    let after = after.unwrap_or(now).min(now);
    let changes = app.booking.subscribe(*event, Some(after)).await?.into_stream();
    let drained = app.shutdown.clone().cancelled_owned();
    let messages = stream::once(async move { Ok(position(after)) }).chain(messages(changes)).take_until(drained);
    let sse = Sse::new(messages).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok((CachePolicy::Never, [unbuffered], sse).into_response())
}

fn last_event_id(headers: &HeaderMap) -> ApiResult<Option<u64>> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ApiError::invalid("Last-Event-ID", "must be a version of this event"))
}

/// Sets the client's position without a message: an event without data is not dispatched (WHATWG HTML, section 9.2.6).
fn position(version: u64) -> Event {
    Event::default().id(version.to_string())
}

/// Ends at the first failure: the client comes back with its position, which loses nothing.
fn messages(
    changes: impl Stream<Item = Result<Arc<JournalEntry>, BookingError>> + Send,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let committed =
        changes.take_while(|entry| std::future::ready(entry.is_ok())).filter_map(|entry| std::future::ready(entry.ok()));
    committed.map(|entry| {
        let message = Event::default().id(entry.version.to_string()).json_data(ChangesBody::from(entry.as_ref()));
        Ok(message.unwrap_or_else(|fault| unreachable!("changes are plain data: {fault}")))
    })
}
