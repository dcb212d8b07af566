//! The cache as its neighbours see it: requests go in, the service behind counts.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use edge::{EdgeConfig, EdgeLayer};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tokio::sync::Notify;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

/// A body of known length, or one that comes as it comes.
#[derive(Default)]
struct Sent {
    bytes: Option<Bytes>,
    known: bool,
    /// Never ends.
    open: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.open => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
    fn size_hint(&self) -> http_body::SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if self.known { http_body::SizeHint::with_exact(length) } else { http_body::SizeHint::default() }
    }
}

type Answered = Response<Vec<u8>>;
type Cached = BoxCloneSyncService<Request<()>, Response<edge::EdgeBody<Sent>>, Infallible>;

/// A cache before a service that answers with `head` headers and the number of its calls.
struct House {
    edge: EdgeLayer,
    service: Cached,
    calls: Arc<AtomicUsize>,
    gate: Arc<Notify>,
}

/// What the service does besides.
#[derive(Clone, Copy, Default)]
struct Way {
    /// Fails from its second call on.
    fails_later: bool,
    status: u16,
    waits: bool,
    open: bool,
    echo: Option<&'static str>,
    large: bool,
    unknown_length: bool,
}

fn house(head: &'static [(&'static str, &'static str)], way: Way) -> House {
    let (calls, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, opened) = (Arc::clone(&calls), Arc::clone(&gate));
    let inner = service_fn(move |request: Request<()>| {
        let (calls, gate) = (Arc::clone(&counted), Arc::clone(&opened));
        async move {
            let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
            if way.waits {
                gate.notified().await;
            }
            let echo = way.echo.map_or_else(String::new, |name| format!("{:?}", request.headers().get(name)));
            let text = if way.large { "x".repeat(5_000) } else { format!("call {call} {echo}") };
            let failed = way.fails_later && call > 1;
            let mut response = Response::builder().status(if failed {
                503
            } else if way.status == 0 {
                200
            } else {
                way.status
            });
            for (name, value) in head.iter().filter(|_| !failed) {
                response = response.header(*name, *value);
            }
            let body = Sent { bytes: Some(text.into()), known: !way.open && !way.unknown_length, open: way.open };
            Ok::<_, Infallible>(response.body(body).expect("a response"))
        }
    });
    let edge = EdgeLayer::new(EdgeConfig { max_bytes: 1 << 20, max_body: 1_000 });
    House { service: BoxCloneSyncService::new(edge.layer(inner)), edge, calls, gate }
}

impl House {
    async fn send(&self, request: Request<()>) -> Answered {
        let response = self.service.clone().oneshot(request).await.expect("no error");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Response::from_parts(head, body)
    }

    async fn get(&self, uri: &str) -> Answered {
        self.send(Request::get(uri).body(()).expect("a request")).await
    }

    async fn get_with(&self, name: &str, value: &str) -> Answered {
        self.send(Request::get("/x").header(name, value).body(()).expect("a request")).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

const PUBLIC: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("surrogate-key", "event:1 venue:2")];

fn etag(answer: &Answered) -> String {
    answer.headers()["etag"].to_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_public_response_is_asked_for_once() {
    let house = house(PUBLIC, Way::default());
    let (first, second) = (house.get("/x?a=1&b=2").await, house.get("/x?b=2&a=1").await);
    assert_eq!((first.body(), house.calls()), (second.body(), 1));
    assert_eq!(second.headers()["age"], "0");
    assert_eq!(second.headers()["content-length"], first.body().len().to_string());
    house.get("/y").await;
    assert_eq!(house.calls(), 2);
}

#[tokio::test]
async fn what_does_not_say_so_is_not_kept() {
    let private: &[(&str, &str)] = &[("cache-control", "private, no-store")];
    for (head, status) in [(&[][..], 200), (private, 200), (PUBLIC, 404), (PUBLIC, 500), (PUBLIC, 206)] {
        let house = house(head, Way { status, ..Way::default() });
        let (first, second) = (house.get("/x").await, house.get("/x").await);
        assert_ne!(first.body(), second.body());
        assert_eq!((house.calls(), second.headers().get("age")), (2, None), "{head:?} {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_ages_and_goes() {
    let house = house(PUBLIC, Way::default());
    house.get("/x").await;
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(house.get("/x").await.headers()["age"], "59");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(house.get("/x").await.body(), b"call 2 ");
}

#[tokio::test]
async fn who_has_the_etag_gets_304_kept_or_not() {
    for head in [PUBLIC, &[("cache-control", "private, no-store"), ("etag", "\"own\"")]] {
        let house = house(head, Way { echo: Some("if-none-match"), ..Way::default() });
        let first = house.get("/x").await;
        let again = house.get_with("if-none-match", &etag(&first)).await;
        assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0), "{head:?}");
        assert_eq!((etag(&again), again.headers().get("content-length")), (etag(&first), None));
        let other = house.get_with("if-none-match", "\"other\"").await;
        assert_eq!(other.status(), StatusCode::OK);
        assert!(String::from_utf8_lossy(other.body()).contains("None"), "the service does not see the condition");
    }
}

#[tokio::test]
async fn an_uncached_body_of_known_length_gets_an_etag_and_a_stream_does_not() {
    let plain = house(&[], Way::default()).get("/x").await;
    assert!(etag(&plain).len() == 34 && !etag(&plain).starts_with("W/"));
    let stream = house(&[], Way { unknown_length: true, ..Way::default() }).get("/x").await;
    assert!(stream.headers().get("etag").is_none());
}

#[tokio::test]
async fn head_is_answered_from_get() {
    let house = house(PUBLIC, Way::default());
    let head = house.send(Request::head("/x").body(()).expect("a request")).await;
    let get = house.get("/x").await;
    assert_eq!((head.body().len(), house.calls()), (0, 1));
    assert_eq!((etag(&head), &head.headers()["content-length"]), (etag(&get), &get.headers()["content-length"]));
}

#[tokio::test]
async fn other_methods_go_through() {
    let house = house(PUBLIC, Way::default());
    for _ in 0..2 {
        house.send(Request::post("/x").body(()).expect("a request")).await;
    }
    assert_eq!(house.calls(), 2);
}

#[tokio::test]
async fn a_stampede_of_a_thousand_costs_one() {
    let stampede = |head| async move {
        let house = Arc::new(house(head, Way { waits: true, ..Way::default() }));
        let requests: Vec<_> = (0..1_000)
            .map(|_| {
                let house = Arc::clone(&house);
                tokio::spawn(async move { house.get("/x").await.into_body() })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let waiting = house.calls();
        while requests.iter().any(|request| !request.is_finished()) {
            house.gate.notify_waiters();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut bodies = Vec::new();
        for request in requests {
            bodies.push(request.await.expect("an answer"));
        }
        bodies.dedup();
        (waiting, house.calls(), bodies.len())
    };
    assert_eq!(stampede(PUBLIC).await, (1, 1, 1));
    // control: what may not be shared is asked for by each
    assert_eq!(stampede(&[]).await, (1, 1_000, 1_000));
}

#[tokio::test]
async fn a_cancelled_leader_hands_over() {
    let house = Arc::new(house(PUBLIC, Way { waits: true, ..Way::default() }));
    let ask = |house: &Arc<House>| {
        let house = Arc::clone(house);
        tokio::spawn(async move { house.get("/x").await.into_body() })
    };
    let leader = ask(&house);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let follower = ask(&house);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(house.calls(), 1);
    leader.abort();
    tokio::time::sleep(Duration::from_millis(5)).await;
    house.gate.notify_waiters();
    assert_eq!(follower.await.expect("an answer"), b"call 2 ");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_leader_for_ever() {
    let house = Arc::new(house(PUBLIC, Way { waits: true, ..Way::default() }));
    let slow = tokio::spawn({
        let house = Arc::clone(&house);
        async move { house.get("/x").await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    let patient = tokio::spawn({
        let house = Arc::clone(&house);
        async move { house.get("/x").await }
    });
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(house.calls(), 2);
    house.gate.notify_waiters();
    slow.await.expect("an answer");
    patient.await.expect("an answer");
}

#[tokio::test]
async fn a_purge_by_tag_reaches_also_what_is_under_way() {
    let house = Arc::new(house(PUBLIC, Way { waits: true, ..Way::default() }));
    let ask = |house: &Arc<House>| {
        let house = Arc::clone(house);
        tokio::spawn(async move { house.get("/x").await.into_body() })
    };
    let before = ask(&house);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(house.edge.purger().purge("venue:2"), 0);
    let after = ask(&house);
    tokio::time::sleep(Duration::from_millis(5)).await;
    house.gate.notify_waiters();
    assert_eq!(before.await.expect("an answer"), b"call 1 ");
    tokio::time::sleep(Duration::from_millis(5)).await;
    house.gate.notify_waiters();
    assert_eq!(after.await.expect("an answer"), b"call 2 ", "who came after the purge does not get what left before it");
    assert_eq!(house.get("/x").await.body(), b"call 2 ");
    assert_eq!(house.edge.purger().purge("event:1"), 1);
    let fresh = ask(&house);
    tokio::time::sleep(Duration::from_millis(5)).await;
    house.gate.notify_waiters();
    assert_eq!(fresh.await.expect("an answer"), b"call 3 ");
}

#[tokio::test]
async fn credentials_get_only_what_is_public() {
    let shared: &[(&str, &str)] = &[("cache-control", "s-maxage=60")];
    let house = house(shared, Way::default());
    house.get("/x").await;
    assert_eq!(house.get_with("authorization", "Bearer a").await.body(), b"call 2 ");
    assert_eq!(house.get("/x").await.body(), b"call 1 ", "and leave what others have");
    let open = self::house(PUBLIC, Way::default());
    open.get("/x").await;
    assert_eq!(open.get_with("authorization", "Bearer a").await.body(), b"call 1 ");
    assert_eq!(open.get_with("cookie", "session=a").await.body(), b"call 1 ", "cookies make no difference");
}

#[tokio::test]
async fn an_entry_a_value_of_what_it_varies_by() {
    let head: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("vary", "accept-language")];
    let house = house(head, Way { echo: Some("accept-language"), ..Way::default() });
    let (de, fr) = (house.get_with("accept-language", "de").await, house.get_with("accept-language", "fr").await);
    assert_ne!(de.body(), fr.body());
    assert_eq!(house.get_with("accept-language", "de").await.body(), de.body());
    assert_eq!(house.calls(), 2);
}

#[tokio::test]
async fn ranges_and_no_store_requests_bypass() {
    let house = house(PUBLIC, Way::default());
    house.get("/x").await;
    house.get_with("range", "bytes=0-1").await;
    house.get_with("cache-control", "no-store").await;
    assert_eq!(house.calls(), 3);
}

#[tokio::test]
async fn a_long_body_streams_through_whole() {
    for unknown_length in [true, false] {
        let house = house(PUBLIC, Way { large: true, unknown_length, ..Way::default() });
        assert_eq!(house.get("/x").await.body().len(), 5_000);
        assert_eq!(house.get("/x").await.body().len(), 5_000);
        assert_eq!(house.calls(), 2);
    }
}

#[tokio::test]
async fn an_event_stream_is_not_read_ahead() {
    let head: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("content-type", "text/event-stream")];
    let mut house = house(head, Way { open: true, ..Way::default() });
    let response = house.service.ready().await.expect("ready").call(Request::get("/x").body(()).expect("a request"));
    let response = tokio::time::timeout(Duration::from_secs(5), response).await.expect("at once").expect("no error");
    let mut body = response.into_body();
    let first = body.frame().await.expect("a frame").expect("no error").into_data().expect("data");
    assert_eq!(first, "call 1 ");
}

/// Fresh for no time at all, and to be given for a minute while the service fails.
const STALE: &[(&str, &str)] = &[("cache-control", "public, s-maxage=1, stale-if-error=60"), ("surrogate-key", "event:1")];

fn said(answer: &Answered) -> &str {
    answer.headers()["cache-status"].to_str().expect("text")
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_is_stood_in_for_by_what_was_kept() {
    let house = house(STALE, Way { fails_later: true, ..Way::default() });
    let first = house.get("/x").await;
    assert_eq!((first.status(), said(&first)), (StatusCode::OK, "boxoffice; fwd=miss; stored"));
    assert_eq!(said(&house.get("/x").await), "boxoffice; hit; ttl=1");
    tokio::time::advance(Duration::from_secs(2)).await;
    let old = house.get("/x").await;
    assert_eq!((old.status(), old.body()), (StatusCode::OK, first.body()));
    assert_eq!(said(&old), "boxoffice; fwd=stale; fwd-status=503");
    assert_eq!(old.headers()["age"], "2");
    let head = house.send(Request::head("/x").body(()).expect("a request")).await;
    assert_eq!((head.status(), head.body().len(), said(&head)), (StatusCode::OK, 0, "boxoffice; fwd=stale; fwd-status=503"));
    assert_eq!(house.get_with("if-none-match", &etag(&first)).await.status(), StatusCode::NOT_MODIFIED);
    // what was never kept has nothing that could stand in for it
    assert_eq!(house.get("/y").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    house.edge.purger().purge("event:1");
    let gone = house.get("/x").await;
    assert_eq!(
        (gone.status(), said(&gone)),
        (StatusCode::SERVICE_UNAVAILABLE, "boxoffice; fwd=miss"),
        "what was purged is not given"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_outlives_the_time_that_it_said_itself() {
    for (head, seconds, status) in [(STALE, 60, 200), (STALE, 62, 503), (PUBLIC, 61, 503)] {
        let house = house(head, Way { fails_later: true, ..Way::default() });
        house.get("/x").await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(house.get("/x").await.status().as_u16(), status, "after {seconds} s");
    }
}

#[tokio::test]
async fn the_cache_says_what_it_did() {
    let own = house(&[("cache-control", "private, no-store")], Way::default());
    assert_eq!(said(&own.get("/x").await), "boxoffice; fwd=miss");
    let public = house(PUBLIC, Way::default());
    assert_eq!(said(&public.get_with("cache-control", "no-store").await), "boxoffice; fwd=bypass");
    assert_eq!(said(&public.send(Request::post("/x").body(()).expect("a request")).await), "boxoffice; fwd=method");
    let head = public.send(Request::head("/x").body(()).expect("a request")).await;
    assert_eq!((said(&head), head.body().len()), ("boxoffice; fwd=miss; stored", 0));
    assert!(said(&public.get("/x").await).starts_with("boxoffice; hit; ttl="), "a HEAD brings what a GET is given");
}
