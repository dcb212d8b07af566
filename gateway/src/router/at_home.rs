//! What is asked of an event's queue, and of a place in its waitlist, is asked of the node that has the event, which knows it without
//! asking the database: other nodes pass the whole request on, and the answer back.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use booking::Unreached;
use domain::EventId;
use futures::StreamExt as _;
use http_body_util::LengthLimitError;
use lease::Neighbour;
use queue::Since;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use crate::live::{Handover, TextFraming};
use crate::router::through;
use crate::settings::node_secret::NODE_SECRET;
use crate::settings::values::Role;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::neighbours::{Onward, Wires};
use crate::web::requests::{REQUEST_ID, RequestId};
use crate::web::socket::Handshake;

/// The longest body that is passed on: no call of a queue has more to say.
const LONGEST: usize = 64 << 10;
/// For how long a node that does not answer is tried: until its lease is over and another one, such as this one, has the event.
const PATIENCE: Duration = Duration::from_secs(4);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest wait that a long poll asks for, in seconds.
const LONGEST_WAIT: u64 = 30;
/// While an answer is waited for, so often is looked whether the node that was asked still has the event: one that is stopped takes
/// connections and says nothing.
const LOOK: Duration = Duration::from_millis(500);
/// While a stream goes through this node, so often: who hears nothing of a node that is frozen or cut off misses his turn, or an offer.
const STREAM_LOOK: Duration = Duration::from_secs(2);
/// At so many looks, one after the other, an event must be nobody's: its node takes it again at once when it was only the database that was
/// away.
const FREE: u32 = 3;
/// What streams shows each 20 s that it lives; one that says nothing for so long is over.
const SILENCE: Duration = Duration::from_secs(60);
/// Of one connection alone: they mean nothing on the next.
const OF_A_HOP: [HeaderName; 5] = [
    CONNECTION,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("upgrade"),
    HeaderName::from_static("te"),
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Answers a queue's request here where the event is this node's or nobody's; else as its node does. What another node passed on is
/// answered here, whosever it is by now: nothing goes round in a circle.
pub async fn at_home(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(wires) = app.wires.as_ref() else { return next.run(request).await };
    let passed_on = app.is_passed_on(request.headers());
    let is_page = !request.uri().path().starts_with("/v1/");
    match event_of(&app, request.method(), request.uri().path()) {
        Some(_) if is_page && !passed_on && !app.config.roles.has(Role::Storefront) => {
            ApiError::not_found().detail("there is no such path").into_response()
        }
        Some(event) if !passed_on && is_straight(request.uri().path()) => match pass_on(&app, wires, event, request).await {
            Ok(Passed::Answered(response)) => response,
            Ok(Passed::Ours(request)) => next.run(request).await,
            Err(error) => error.into_response(),
        },
        _ => next.run(request).await,
    }
}

/// Whether a path is the same to a client as to this server. Clients take a backslash for a slash, and go back where a part is two dots,
/// however these are written: a stranger's request would be another one there, with what nodes share.
fn is_straight(path: &str) -> bool {
    reqwest::Url::parse(&format!("http://node{path}")).is_ok_and(|url| url.path() == path)
}

enum Passed {
    Answered(Response),
    /// The event is this node's, or nobody's.
    Ours(Request),
}

/// The event of a request that its queue's room answers, or its waitlist. The published order is read from rows, which any node can, and
/// what changes a waitlist is a command, which is sent by itself.
fn event_of(app: &App, method: &Method, path: &str) -> Option<EventId> {
    let mut parts = path.trim_start_matches('/').split('/');
    let first = parts.next()?;
    let (kind, id) = if first == "v1" { (parts.next()?, parts.next()?) } else { (first, parts.next()?) };
    match (kind, parts.next(), parts.next(), parts.next()) {
        ("events", Some("queue"), rest, _) if rest != Some("order") => id.parse().ok(),
        ("events", Some("waitlist"), Some(_), None | Some("stream")) if first == "v1" && method == Method::GET => id.parse().ok(),
        ("queue", ..) if first == "v1" => app.queue.event_of(id).ok(),
        _ => None,
    }
}

async fn pass_on(app: &App, wires: &Wires, event: EventId, request: Request) -> ApiResult<Passed> {
    let Some(mut other) = app.queue.elsewhere(event).await? else { return Ok(Passed::Ours(request)) };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LONGEST).await.map_err(unread)?;
    let room = room(app, &parts)?;
    let onward = Onward {
        method: &parts.method,
        path: parts.uri.path_and_query().map_or("/", |path| path.as_str()),
        headers: headers_of(&parts),
        body: body.clone(),
        wait: wait_of(&parts.uri),
    };
    let until = Instant::now() + PATIENCE;
    loop {
        match asked(app, wires, (event, &other), &onward).await {
            Ok(answer) => {
                if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    app.queue.doubt(event, &other);
                }
                let moved = moved(app.clone(), event, other);
                let response = match answer.status() {
                    StatusCode::SWITCHING_PROTOCOLS => switched(app, answer, room, moved).await?,
                    _ => match stream_of(&parts, &answer) {
                        Some(text) => streamed(app, (answer, text), room, moved),
                        None => answered(app, answer, room),
                    },
                };
                return Ok(Passed::Answered(response));
            }
            Err(lost) => {
                tracing::debug!(%lost, url = other.url, "another node does not answer for its queue");
                app.queue.doubt(event, &other);
                // else it may have been asked and done it
                if !matches!(&lost, Lost::Unreached(Unreached::NotSent(_))) || Instant::now() >= until {
                    return Err(ApiError::new(Code::Busy).retry_after(1));
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
        match app.queue.elsewhere(event).await? {
            Some(next) => other = next,
            None => return Ok(Passed::Ours(Request::from_parts(parts, Body::from(body)))),
        }
    }
}

/// Why another node gave no answer.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("the event is not its own any more")]
    NotTheirs,
}

/// The head of another node's answer, for as long as the event is that node's.
async fn asked(
    app: &App,
    wires: &Wires,
    (event, other): (EventId, &Neighbour),
    onward: &Onward<'_>,
) -> Result<reqwest::Response, Lost> {
    let url = other.url.as_deref().unwrap_or_default();
    tokio::select! {
        answer = wires.relay(url, onward.clone()) => Ok(answer?),
        () = gone(app, event, other) => Err(Lost::NotTheirs),
    }
}

/// Waits until an event is not this node's any more. While nobody can say whose it is, it stays as it was.
async fn gone(app: &App, event: EventId, other: &Neighbour) {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Ok(now) = app.queue.elsewhere(event).await
            && now.as_ref().is_none_or(|now| has_gone(other, now))
        {
            return;
        }
    }
}

/// Waits until an event that another node had is another's, or stays nobody's: streams from there are over, and who asks again has it
/// taken. While nobody can say whose it is, they go on.
async fn moved(app: App, event: EventId, other: Neighbour) {
    let mut free = 0;
    while free < FREE {
        tokio::time::sleep(STREAM_LOOK).await;
        free = match app.queue.since(event, &other).await {
            Since::Stays => 0,
            Since::Free => free + 1,
            Since::Moved => FREE,
        };
    }
}

/// How long a long poll asks to wait; what is no wait is refused there.
fn wait_of(uri: &Uri) -> Duration {
    let mut words = uri.query().unwrap_or_default().split('&').filter_map(|word| word.strip_prefix("wait_seconds="));
    Duration::from_secs(words.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0).min(LONGEST_WAIT))
}

/// Whether an event went from one node to another. One that was asked for an event of nobody's has it now, by an epoch of its own.
fn has_gone(from: &Neighbour, to: &Neighbour) -> bool {
    from.epoch != to.epoch && from.node != to.node
}

/// What a request takes up here while another node answers it, as it would if it were answered here: a stream, a long poll, or nothing.
fn room(app: &App, parts: &Parts) -> ApiResult<Option<OwnedSemaphorePermit>> {
    let streams = Handshake::is_asked(&parts.headers) || parts.uri.path().ends_with("/stream");
    let waits = parts.uri.query().is_some_and(|query| query.contains("wait_seconds"));
    match (streams, waits) {
        (true, _) => app.streams.enter().map(Some),
        (false, true) => app.waiting.enter().map(Some),
        (false, false) => Ok(None),
    }
}

fn unread(error: axum::Error) -> ApiError {
    if error.into_inner().is::<LengthLimitError>() {
        ApiError::new(Code::BodyTooLarge).detail(format!("the body may have {LONGEST} bytes"))
    } else {
        ApiError::new(Code::BadRequest).detail("the body broke off")
    }
}

/// The headers of a request as the next node gets them, with the id by which it is known here.
fn headers_of(parts: &Parts) -> HeaderMap {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let mut headers = onward(&parts.headers, peer);
    if let Some(id) = parts.extensions.get::<RequestId>().and_then(|RequestId(id)| HeaderValue::try_from(&**id).ok()) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    if Handshake::is_asked(&parts.headers) {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    headers
}

/// A request's headers as the next node gets them: the host that was asked stays, so that addresses in answers do.
fn onward(headers: &HeaderMap, peer: Option<String>) -> HeaderMap {
    let mut onward = headers.clone();
    OF_A_HOP.iter().chain([&CONTENT_LENGTH, &NODE_SECRET]).for_each(|name| drop(onward.remove(name)));
    if let Some(peer) = peer.and_then(|peer| HeaderValue::try_from(peer).ok()) {
        onward.append(FORWARDED_FOR, peer);
    }
    onward
}

/// The other node takes a WebSocket: its bytes go through as they are, both ways.
///
/// Takes     `moved`: ends it; its client comes back, and is led to whoever has the event then.
async fn switched<R: Send + 'static>(
    app: &App,
    answer: reqwest::Response,
    room: R,
    moved: impl Future<Output = ()> + Send + 'static,
) -> ApiResult<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = answer.headers().clone();
    let owner = answer.upgrade().await.map_err(ApiError::fault)?;
    let (lot, stopped) = (app.lot.clone(), app.shutdown.clone());
    response.extensions_mut().insert(Handover::to(move |client, read, guest| {
        lot.look_after(async move {
            let _kept = (room, guest);
            tokio::select! {
                carried = through::carry(client, &read, owner, &stopped) => {
                    tracing::debug!(?carried, "a socket through this node has ended");
                }
                () = moved => tracing::debug!("the event of a socket through this node is another node's"),
            }
        });
    }));
    Ok(response)
}

/// How a client is told what another node answers as a stream of Server-Sent Events; none where it answers anything else.
fn stream_of(request: &Parts, answer: &reqwest::Response) -> Option<TextFraming> {
    let headers = answer.headers();
    let events = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let lasts = request.method == Method::GET && !headers.contains_key(CONTENT_LENGTH);
    let packed = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    (events && lasts).then_some(TextFraming { chunked: request.version >= Version::HTTP_11, packed })
}

/// The other node's stream. When its head is written the socket is looked after beside the connections, where it takes no place of theirs.
///
/// Takes     `text`: how the client is told.  `moved`: ends it; its client comes back, and is led to whoever has the event then.
fn streamed<R: Send + 'static>(
    app: &App,
    (answer, text): (reqwest::Response, TextFraming),
    room: R,
    moved: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>()));
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    OF_A_HOP.iter().for_each(|name| drop(response.headers_mut().remove(name)));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    let pieces = futures::stream::unfold(answer, |mut answer| async { Some((answer.chunk().await.ok()??, answer)) });
    let (pieces, lot, stopped) = (pieces.take_until(moved).boxed(), app.lot.clone(), app.shutdown.clone());
    response.extensions_mut().insert(Handover::to(move |client, _, guest| {
        lot.look_after(async move {
            let _kept = (room, guest);
            let told = through::tell(client, pieces, text, &stopped).await;
            tracing::debug!(?told, "a stream through this node has ended");
        });
    }));
    response
}

/// The other node's answer, as it comes.
fn answered<R: Send + 'static>(app: &App, answer: reqwest::Response, room: R) -> Response {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    OF_A_HOP.iter().for_each(|name| drop(headers.remove(name)));
    let pieces = futures::stream::unfold((answer, room), |(mut answer, room)| async move {
        // an answer that breaks off ends here, too: what is shorter than it said is no whole answer
        let piece: Bytes = timeout(SILENCE, answer.chunk()).await.ok()?.ok()??;
        Some((Ok::<_, Infallible>(piece), (answer, room)))
    });
    let pieces = pieces.take_until(app.shutdown.clone().cancelled_owned());
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::router;
    use crate::settings::config::{Config, NodeWords};
    use crate::settings::node_secret::NodeSecret;
    use sqlx::PgPool;
    use tower::ServiceExt as _;

    const SECRET: &str = "0123456789abcdef";

    /// The control: a stranger is shown no page by a node that has none.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_without_a_storefront_draws_the_waiting_room_for_nodes_that_have_one(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let secret = NodeSecret::parse(SECRET).expect("a secret");
        let nodes = Some(NodeWords { url: "http://node-1".into(), secret, broker: None });
        let config = Config { nodes, roles: "booking".parse().expect("a role"), ..Config::for_testing(home.path().to_owned()) };
        let router = router(App::testing(pool, config).await.expect("an app")).0;
        for (shown, kind) in [(SECRET, "text/html"), ("nobody's secret at all", "application/problem+json")] {
            let asked = Request::get("/events/018f3b7e-0000-7000-8000-000000000000/queue").header(NODE_SECRET, shown);
            let answer = router.clone().oneshot(asked.body(Body::empty()).expect("a request")).await;
            let answer = answer.unwrap_or_else(|never| match never {});
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "there is no such event");
            assert!(answer.headers()["content-type"].to_str().expect("text").starts_with(kind), "{shown}: {answer:?}");
        }
    }

    #[test]
    fn a_path_that_is_another_one_to_a_client_is_not_straight() {
        let id = "018f3b7e-0000-7000-8000-000000000000";
        for (entry, straight) in [
            (id, true),
            ("a-letter_of.many~", true),
            ("..", false),
            ("%2e%2E", false),
            (r"..\..\..\..\metrics", false),
            (r"x\y", false),
            ("{x}", false),
            (".", false),
        ] {
            let path = format!("/v1/events/{id}/waitlist/{entry}");
            assert_eq!(is_straight(&path), straight, "{path}");
            assert!(path.parse::<Uri>().is_ok(), "{path}: a request may have it");
        }
    }

    #[test]
    fn a_long_poll_is_waited_for_as_long_as_it_asks_and_no_longer_than_any_may() {
        let wait = |uri: &'static str| wait_of(&Uri::from_static(uri)).as_secs();
        for (uri, seconds) in [
            ("/v1/queue/x", 0),
            ("/v1/queue/x?wait_seconds=20", 20),
            ("/v1/queue/x?after=7&wait_seconds=5", 5),
            ("/v1/queue/x?wait_seconds=1000000000", 30),
            ("/v1/queue/x?wait_seconds=-1", 0),
            ("/v1/queue/x?await_seconds=9", 0),
        ] {
            assert_eq!(wait(uri), seconds, "{uri}");
        }
    }

    #[test]
    fn the_next_node_is_told_who_asks_and_what_host() {
        let pairs = [
            ("host", "tickets.example.com"),
            ("connection", "keep-alive"),
            ("x-forwarded-for", "203.0.113.9"),
            ("cookie", "a=b"),
        ];
        let headers: HeaderMap =
            pairs.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        let onward = onward(&headers, Some("10.0.0.7".to_owned()));
        let all =
            |name: &str| onward.get_all(name).iter().map(|value| value.to_str().expect("text").to_owned()).collect::<Vec<_>>();
        assert_eq!(all("x-forwarded-for"), ["203.0.113.9", "10.0.0.7"]);
        assert_eq!(
            (all("host"), all("cookie"), all("connection")),
            (vec!["tickets.example.com".to_owned()], vec!["a=b".to_owned()], vec![])
        );
    }
}
