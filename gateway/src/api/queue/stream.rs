//! A place as it changes: as Server-Sent Events, and through a WebSocket. The sockets are parked (`gateway/src/live`).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::body::Bytes;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use queue::{Audience, Heard, PlaceState, Status};

use crate::api::queue::body::{PlaceBody, Token};
use crate::api::refusals::{Refuses, no};
use crate::live::{Encoding, Feed, FeedMessage, Name, Parking};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Params, Path};
use crate::web::socket::{self, Handshake};

/// Streams a place: as it is, then whenever it changes. Its holder counts as here while the stream lives.
#[utoipa::path(
    get, path = "/v1/queue/{token}/stream", operation_id = "stream_place", tag = "queue",
    params(("token" = String, Path, description = "The place's token.")),
    responses(
        (status = 200, description = "`id:` is the version, `data:` a PlaceBody; a comment every 20 s. It ends with the place; a stream that ends before is to be opened again.",
            body = PlaceBody, content_type = "text/event-stream"),
        Refuses<(no::NotFound, no::Busy)>,
    ),
)]
pub async fn stream_place(app: App, Path(Token(token)): Path<Token>, params: Params, request: Parts) -> ApiResult<Response> {
    params.only(&[])?;
    let text = socket::text(&request);
    let (mut parking, audience) = parking(&app, &token, Encoding::Text(text)).await?;
    // a place is there: who listens to it is told so, unless its room has closed since
    let Some(first) = audience.next(0, parking.who, false) else { return Err(ApiError::new(Code::Busy).retry_after(1)) };
    let (first, seen, last) = message(first, Encoding::Text(text));
    parking.seen = seen;
    // who asks for the head alone has it; of a place that is over nothing comes after the first word
    let parking = (request.method == Method::GET).then_some(parking);
    if last && parking.is_some() {
        return Ok(socket::once(first));
    }
    Ok(socket::stream(text, &first, parking))
}

/// Watches a place through a WebSocket. Its holder counts as here while it is open.
///
/// With the subprotocol `boxoffice.json` each message is a PlaceBody. Else messages are binary: numbers are varints (LEB128), signed ones
/// in zigzag; the first byte says the kind. 2, one's place: the turn plus 1 (0: it has none now), then a PlaceBody as JSON; the first
/// message, and whenever state or turn change. While the state is `waiting` the others follow, which are the same for all of one block of
/// 1,024 turns and suffice to know place and time. 1, a snapshot: version, now, zero, slots, seconds inside, buffer, admitted a minute plus 1
/// (or 0), block, people ahead of it, 128 bytes with a bit a turn that still waits, then seconds at which those inside run out. 0, a
/// frame: version, the difference to the version on which it follows, now, how many were let in, changes of those seconds, people ahead of
/// the block, the turns that wait no more. Seconds and changes: a count, the first as a signed difference to `now` (which counts from
/// `zero`), then each `gap << 2 | 0`: one less, `1`: one more, `2`: so many as the signed number that follows; turns: a count, then gaps.
/// Clients send nothing but answers to pings, which come every 20 s.
#[utoipa::path(
    get, path = "/v1/queue/{token}/live", operation_id = "watch_place", tag = "queue",
    params(("token" = String, Path, description = "The place's token.")),
    responses(
        (status = 101, description = "A WebSocket; `Sec-WebSocket-Protocol` names the form if the request did. It is closed with 1012 when the place has ended, or to be opened again."),
        Refuses<(no::NotFound, no::Invalid, no::UpgradeRequired, no::Busy)>,
    ),
)]
pub async fn watch_place(app: App, Path(Token(token)): Path<Token>, params: Params, request: Parts) -> ApiResult<Response> {
    params.only(&[])?;
    let handshake = Handshake::of(&request)?;
    let (parking, _) = parking(&app, &token, handshake.encoding()).await?;
    Ok(handshake.accept(parking))
}

/// A place among those who hear of their places.
async fn parking(app: &App, token: &str, encoding: Encoding) -> ApiResult<(Parking, Audience)> {
    let room = app.streams.enter()?;
    let (audience, listener) = app.queue.listen(token).await?;
    let open = async || Ok::<_, ApiError>(Arc::new(PlacesFeed(audience.clone())) as Arc<dyn Feed>);
    let member = app.lot.enter(Name("queue", audience.name()), open).await?;
    let (who, room) = (listener.who(), Box::new((room, listener)));
    Ok((Parking { lot: app.lot.clone(), member, encoding, seen: 0, who, first: Bytes::new(), room }, audience))
}

/// The places of an event's queue as a channel: what has been seen is a version of one's block.
struct PlacesFeed(Audience);

impl Feed for PlacesFeed {
    fn next(&self, seen: u64, who: u64, encoding: Encoding) -> Option<FeedMessage> {
        let (message, seen, last) = message(self.0.next(seen, who, encoding == Encoding::Binary)?, encoding);
        Some(FeedMessage { bytes: encoding.wrap(&message), seen, last })
    }

    fn moved<'f>(&'f self, _: &'f AtomicUsize) -> Pin<Box<dyn Future<Output = bool> + Send + 'f>> {
        Box::pin(self.0.moved())
    }
}

/// Gives what is told, what has been seen then, and whether it is the last.
fn message(heard: Heard, encoding: Encoding) -> (Vec<u8>, u64, bool) {
    match heard {
        Heard::Frame { frame, seen } => (frame.to_vec(), seen, false),
        Heard::Place { token, status, seen } => {
            let (turn, version, last) =
                (status.turn, status.version, matches!(status.state, PlaceState::Left | PlaceState::Over));
            let words = words(&token, *status);
            let bytes = match encoding {
                Encoding::Binary => queue::place(turn, words.as_bytes()),
                Encoding::Json => words.into_bytes(),
                Encoding::Text(_) => format!("id: {version}\ndata: {words}\n\n").into_bytes(),
            };
            (bytes, seen, last)
        }
    }
}

fn words(token: &str, status: Status) -> String {
    let words = serde_json::to_string(&PlaceBody::of(token, status));
    words.unwrap_or_else(|fault| unreachable!("a place is plain data: {fault}"))
}
