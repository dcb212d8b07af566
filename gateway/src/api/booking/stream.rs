//! Live seats: an event's journal as Server-Sent Events.
//!
//! The id of a message is the version; a client that comes back with `Last-Event-ID` gets every version after it. One that is too far
//! behind, or too slow, is told to read all seats again by one event `reset`: nothing is buffered for it. A message is encoded once,
//! and compressed once, for all who watch.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use booking::{AreaChange, Heard, JournalEntry, Packed, SeatChange, Subscription};
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
use crate::web::packed::{self, Stream as PackedStream};
use crate::web::policy::CachePolicy;

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A comment.
const ALIVE: &[u8] = b":\n\n";
static ALIVE_PACKED: LazyLock<Packed> = LazyLock::new(|| packed::pack(ALIVE));

/// What changed up to one version: the `data:` of a message whose `id:` is the version. Where thousands watch, a message tells what
/// several versions changed together.
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
    let first = Message::Word(position(listener.position()));
    let drained = app.shutdown.clone().cancelled_owned();
    let messages = stream::once(async move { first }).chain(messages(listener)).take_until(drained);
    let messages = messages.inspect(move |_| {
        // the stream has its own room for as long as it lives
        let _ = &room;
    });
    if let Some(Extension(place)) = place {
        place.give_up();
    }
    let packs = packed::wanted(headers.get(ACCEPT_ENCODING));
    let body = if packs { in_gzip(messages).boxed() } else { messages.map(|message| message.plain()).boxed() };
    let body = Body::from_stream(body.map(Ok::<_, Infallible>));
    let coding = packs.then_some([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
    let varies = (VARY, HeaderValue::from_static("accept-encoding"));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let last = (CONNECTION, HeaderValue::from_static("close"));
    let mut response = (CachePolicy::Never, [kind, varies, unbuffered, last], body).into_response();
    response.headers_mut().extend(coding.into_iter().flatten());
    Ok(response)
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

/// One message on its way: the bytes are the same for everybody who gets it.
enum Message {
    Heard(Heard),
    Word(Bytes),
    Alive,
}

impl Message {
    fn plain(&self) -> Bytes {
        match self {
            Message::Heard(Heard::Entry(told)) => told.encoded(encoded),
            Message::Heard(Heard::Reset { version }) => reset(*version),
            Message::Word(word) => word.clone(),
            Message::Alive => Bytes::from_static(ALIVE),
        }
    }

    fn packed(&self) -> Packed {
        match self {
            Message::Heard(Heard::Entry(told)) => told.packed(|entry| packed::pack(&encoded(entry))),
            Message::Heard(Heard::Reset { version }) => packed::pack(&reset(*version)),
            Message::Word(word) => packed::pack(word),
            Message::Alive => ALIVE_PACKED.clone(),
        }
    }
}

/// Ends with the client's place: the client comes back with its position, which loses nothing.
fn messages(place: Subscription) -> impl Stream<Item = Message> + Send {
    stream::unfold(place, |mut place| async move {
        let message = match tokio::time::timeout(HEARTBEAT, place.next()).await {
            Ok(heard) => Message::Heard(heard?),
            Err(_) => Message::Alive,
        };
        Some((message, place))
    })
}

/// The messages as one gzip stream, each readable as soon as it is there.
fn in_gzip(messages: impl Stream<Item = Message> + Send) -> impl Stream<Item = Bytes> + Send {
    let ended = messages.map(Some).chain(stream::once(async { None }));
    ended.scan(PackedStream::default(), |stream, message| {
        let bytes = match message {
            Some(message) => stream.piece(message.packed()),
            None => stream.end(),
        };
        std::future::ready(Some(bytes))
    })
}

fn reset(version: u64) -> Bytes {
    Bytes::from(format!("event: reset\nid: {version}\ndata: {{\"version\":{version}}}\n\n"))
}

fn encoded(entry: &JournalEntry) -> Bytes {
    let data = serde_json::to_string(&ChangesBody::from(entry));
    let data = data.unwrap_or_else(|fault| unreachable!("changes are plain data: {fault}"));
    Bytes::from(format!("id: {}\ndata: {data}\n\n", entry.version))
}
