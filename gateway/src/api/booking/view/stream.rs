//! Live seats: an event's changes as Server-Sent Events, and through a WebSocket.
//!
//! Both tell the same frames at the same pace. Who comes back with the version he has seen is told what he missed as one; who is too
//! far behind is told to read all seats again (`reset`). The sockets are parked (`gateway/src/live`).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::EventId;

use crate::api::booking::changes::{ChangesBody, SeatsFeed, position};
use crate::api::refusals::{Refuses, no};
use crate::live::{Encoding, Feed, Name, Parking};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Params, Path};
use crate::web::socket::{self, Handshake};

/// Streams the changes of an event's seats.
///
/// Without `Last-Event-ID` (or `after`) the stream begins now: its first lines say the present version as an `id:` without data.
/// Messages come at most every 100 ms, where more than 2,000 listen every 250 ms, beyond 20,000 up to every second; a message says the
/// last state of whatever changed since the one before.
#[utoipa::path(
    get, path = "/v1/events/{id}/seats/stream", operation_id = "stream_seats", tag = "booking",
    params(
        ("id" = uuid::Uuid, Path, description = "The event."),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last version seen; the stream goes on after it."),
        ("after" = Option<u64>, Query, description = "The same for clients that cannot send the header."),
    ),
    responses(
        (status = 200, description = "`id:` is the version, `data:` a ChangesBody; a comment every 20 s. An event `reset` says that all seats are to be read again.",
            body = ChangesBody, content_type = "text/event-stream"),
        Refuses<(no::NotFound, no::Invalid, no::Busy)>,
    ),
)]
pub async fn stream_seats(app: App, event: Path<EventId>, params: Params, request: Parts) -> ApiResult<Response> {
    params.only(&["after"])?;
    let after = match last_event_id(&request.headers)? {
        Some(version) => Some(version),
        None => params.parsed("after")?,
    };
    let text = socket::text(&request);
    let parking = parking(&app, *event, after, (Encoding::Text(text), &request)).await?;
    let first = position(parking.seen, parking.encoding);
    // who asks for the head alone has it
    let parking = (request.method == Method::GET).then_some(parking);
    Ok(socket::stream(text, &first, parking))
}

/// Watches an event's seats through a WebSocket.
///
/// Binary messages, as `boxoffice.binary` or without a subprotocol: numbers are varints (LEB128). Changes are the version, the count of
/// seats, then a seat each `gap << 2 | state` (gap: the difference to the index before; state: 0 available, 1 held, 2 sold, 3 blocked);
/// where areas changed, their count, then gap and free places of each; where held places moved in some of these, their count, then gap
/// and held places of each. Version, 0, 0 and a kind is a word: 0 the version after which messages go on (the first one), 1 all seats
/// are to be read again, 2 the whole: the count of areas, free places of each, the count of seats, then, deflated, two bits a seat,
/// lowest first, and the held places of each area. With the subprotocol `boxoffice.json` messages are a ChangesBody, the first one
/// `{"version": …}`, and `{"reset": true, "version": …}` says that all seats are to be read again. Clients send nothing but answers to
/// pings, which come every 20 s.
#[utoipa::path(
    get, path = "/v1/events/{id}/live", operation_id = "watch_seats", tag = "booking",
    params(
        ("id" = uuid::Uuid, Path, description = "The event."),
        ("after" = Option<u64>, Query, description = "The last version seen; messages go on after it."),
    ),
    responses(
        (status = 101, description = "A WebSocket; `Sec-WebSocket-Protocol` names the form if the request did."),
        Refuses<(no::NotFound, no::Invalid, no::UpgradeRequired, no::Busy)>,
    ),
)]
pub async fn watch_seats(app: App, event: Path<EventId>, params: Params, request: Parts) -> ApiResult<Response> {
    params.only(&["after"])?;
    let after = params.parsed("after")?;
    let handshake = Handshake::of(&request)?;
    let encoding = handshake.encoding();
    let mut parking = parking(&app, *event, after, (encoding, &request)).await?;
    parking.first = encoding.wrap(&position(parking.seen, encoding));
    Ok(handshake.accept(parking))
}

/// The kind of channel by which seats are heard.
const SEATS: &str = "seats";

/// A place among those who watch an event.
async fn parking(app: &App, event: EventId, after: Option<u64>, (encoding, request): (Encoding, &Parts)) -> ApiResult<Parking> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    // another node hears for all who watch there, of as many events as they do
    let client = app.limits.client(peer, &request.headers).filter(|_| !app.is_passed_on(&request.headers));
    let watching = app.watchers.enter(client, event)?;
    let room = Box::new((app.streams.enter()?, watching));
    let member = app.lot.enter(Name(SEATS, event.0.as_u128()), async || watch(app, event).await).await?;
    // counted first: from now on what comes is kept
    let seen = app.booking.join(event, after).await?;
    Ok(Parking { lot: app.lot.clone(), member, encoding, seen, who: 0, first: Bytes::new(), room })
}

/// A look at an event. Where as much is watched as may be, what nobody hears any more makes room.
async fn watch(app: &App, event: EventId) -> ApiResult<Arc<dyn Feed>> {
    if app.booking.watches_all_it_may() {
        app.lot.vacate(SEATS).await;
    }
    Ok(Arc::new(SeatsFeed(app.booking.watch(event).await?)))
}

fn last_event_id(headers: &HeaderMap) -> ApiResult<Option<u64>> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ApiError::invalid("Last-Event-ID", "must be a version of this event"))
}
