//! Live seats: an event's journal as Server-Sent Events.
//!
//! The id of a message is the version; a client that comes back with `Last-Event-ID` gets every version after it. One that is too far
//! behind, or too slow, is told to read all seats again by one event `reset`: nothing is buffered for it. A version is encoded once,
//! for all who watch.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use booking::{AreaChange, Heard, JournalEntry, SeatChange, Subscription};
use domain::EventId;
use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::booking::seats::CountsBody;
use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::door::Place;
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
        (status = 200, description = "`id:` is the version, `data:` a ChangesBody; a comment every 15 s. An event `reset` says that all seats are to be read again.",
            body = ChangesBody, content_type = "text/event-stream"),
        Refuses<(no::NotFound, no::Invalid, no::Busy)>,
    ),
)]
pub async fn stream_seats(
    app: App,
    event: Path<EventId>,
    params: Params,
    headers: HeaderMap,
    place: Option<Extension<Place>>,
) -> ApiResult<Response> {
    params.only(&["after"])?;
    let after = match last_event_id(&headers)? {
        Some(version) => Some(version),
        None => params.parsed("after")?,
    };
    let room = app.streams.enter()?;
    let listener = app.booking.subscribe(*event, after).await?;
    let first = position(listener.position());
    let drained = app.shutdown.clone().cancelled_owned();
    let messages = stream::once(async move { first }).chain(messages(listener)).take_until(drained);
    let messages = messages.inspect(move |_| {
        // the stream has its own room for as long as it lives
        let _ = &room;
    });
    if let Some(Extension(place)) = place {
        place.give_up();
    }
    let body = Body::from_stream(messages.map(Ok::<_, Infallible>));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let last = (CONNECTION, HeaderValue::from_static("close"));
    Ok((CachePolicy::Never, [kind, unbuffered, last], body).into_response())
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
fn position(version: u64) -> Bytes {
    Bytes::from(format!("id: {version}\n\n"))
}

/// Ends with the client's place: the client comes back with its position, which loses nothing.
fn messages(place: Subscription) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(place, |mut place| async move {
        let message = match tokio::time::timeout(HEARTBEAT, place.next()).await {
            Ok(heard) => message(&heard?),
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((message, place))
    })
}

fn message(heard: &Heard) -> Bytes {
    match heard {
        Heard::Entry(told) => told.encoded(encoded),
        Heard::Reset { version } => Bytes::from(format!("event: reset\nid: {version}\ndata: {{\"version\":{version}}}\n\n")),
    }
}

fn encoded(entry: &JournalEntry) -> Bytes {
    let data = serde_json::to_string(&ChangesBody::from(entry));
    let data = data.unwrap_or_else(|fault| unreachable!("changes are plain data: {fault}"));
    Bytes::from(format!("id: {}\ndata: {data}\n\n", entry.version))
}
