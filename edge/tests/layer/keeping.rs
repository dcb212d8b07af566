//! What is kept, for whom, and under which key.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Duration;

use edge::{EdgeConfig, EdgeLayer};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::{Layer as _, Service, ServiceExt as _};

use crate::cached_service::{PUBLIC, Way, cache, etag, said};

#[tokio::test]
async fn a_public_response_is_asked_for_once() {
    let cache = cache(PUBLIC, Way::default());
    let (first, second) = (cache.get("/x?a=1&b=2").await, cache.get("/x?b=2&a=1").await);
    assert_eq!((first.body(), cache.calls()), (second.body(), 1));
    assert_eq!(second.headers()["age"], "0");
    assert_eq!(second.headers()["content-length"], first.body().len().to_string());
    cache.get("/y").await;
    assert_eq!(cache.calls(), 2);
}

#[tokio::test]
async fn what_does_not_say_so_is_not_kept() {
    let private: &[(&str, &str)] = &[("cache-control", "private, no-store")];
    for (head, status) in [(&[][..], 200), (private, 200), (PUBLIC, 404), (PUBLIC, 500), (PUBLIC, 206)] {
        let cache = cache(head, Way { status, ..Way::default() });
        let (first, second) = (cache.get("/x").await, cache.get("/x").await);
        assert_ne!(first.body(), second.body());
        assert_eq!((cache.calls(), second.headers().get("age")), (2, None), "{head:?} {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_ages_and_goes() {
    let cache = cache(PUBLIC, Way::default());
    cache.get("/x").await;
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(cache.get("/x").await.headers()["age"], "59");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(cache.get("/x").await.body(), b"call 2 ");
}

#[tokio::test]
async fn who_has_the_etag_gets_304_kept_or_not() {
    for head in [PUBLIC, &[("cache-control", "private, no-store"), ("etag", "\"own\"")]] {
        let cache = cache(head, Way { echo: Some("if-none-match"), ..Way::default() });
        let first = cache.get("/x").await;
        let again = cache.get_with("if-none-match", &etag(&first)).await;
        assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0), "{head:?}");
        assert_eq!((etag(&again), again.headers().get("content-length")), (etag(&first), None));
        let other = cache.get_with("if-none-match", "\"other\"").await;
        assert_eq!(other.status(), StatusCode::OK);
        assert!(String::from_utf8_lossy(other.body()).contains("None"), "the service does not see the condition");
    }
}

#[tokio::test]
async fn an_uncached_body_of_known_length_gets_an_etag_and_a_stream_does_not() {
    let plain = cache(&[], Way::default()).get("/x").await;
    assert!(etag(&plain).len() == 34 && !etag(&plain).starts_with("W/"));
    let stream = cache(&[], Way { unknown_length: true, ..Way::default() }).get("/x").await;
    assert!(stream.headers().get("etag").is_none());
    let missing = cache(&[], Way { status: 404, ..Way::default() }).get("/x").await;
    assert!(missing.headers().get("etag").is_none(), "what is not there has no state to compare");
}

#[tokio::test]
async fn head_is_answered_from_get() {
    let cache = cache(PUBLIC, Way::default());
    let head = cache.send(Request::head("/x").body(()).expect("a request")).await;
    let get = cache.get("/x").await;
    assert_eq!((head.body().len(), cache.calls()), (0, 1));
    assert_eq!((etag(&head), &head.headers()["content-length"]), (etag(&get), &get.headers()["content-length"]));
}

#[tokio::test]
async fn other_methods_go_through() {
    let cache = cache(PUBLIC, Way::default());
    for _ in 0..2 {
        cache.send(Request::post("/x").body(()).expect("a request")).await;
    }
    assert_eq!(cache.calls(), 2);
}

#[tokio::test]
async fn credentials_get_only_what_is_public() {
    let shared: &[(&str, &str)] = &[("cache-control", "s-maxage=60")];
    let cache = cache(shared, Way::default());
    cache.get("/x").await;
    assert_eq!(cache.get_with("authorization", "Bearer a").await.body(), b"call 2 ");
    assert_eq!(cache.get("/x").await.body(), b"call 1 ", "and leave what others have");
    let open = self::cache(PUBLIC, Way::default());
    open.get("/x").await;
    assert_eq!(open.get_with("authorization", "Bearer a").await.body(), b"call 1 ");
    assert_eq!(open.get_with("cookie", "session=a").await.body(), b"call 1 ", "cookies make no difference");
}

#[tokio::test]
async fn an_entry_a_value_of_what_it_varies_by() {
    let head: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("vary", "accept-language")];
    let cache = cache(head, Way { echo: Some("accept-language"), ..Way::default() });
    let (de, fr) = (cache.get_with("accept-language", "de").await, cache.get_with("accept-language", "fr").await);
    assert_ne!(de.body(), fr.body());
    assert_eq!(cache.get_with("accept-language", "de").await.body(), de.body());
    assert_eq!(cache.calls(), 2);
}

#[tokio::test]
async fn ranges_and_no_store_requests_bypass() {
    let cache = cache(PUBLIC, Way::default());
    cache.get("/x").await;
    cache.get_with("range", "bytes=0-1").await;
    cache.get_with("cache-control", "no-store").await;
    assert_eq!(cache.calls(), 3);
}

#[tokio::test]
async fn a_long_body_streams_through_whole() {
    for unknown_length in [true, false] {
        let cache = cache(PUBLIC, Way { large: true, unknown_length, ..Way::default() });
        assert_eq!(cache.get("/x").await.body().len(), 5_000);
        assert_eq!(cache.get("/x").await.body().len(), 5_000);
        assert_eq!(cache.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_end_is_not_read_ahead() {
    let events: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("content-type", "text/event-stream")];
    let known: &[(&str, &str)] = &[("etag", "\"own\"")];
    for head in [events, known, &[]] {
        let mut cache = cache(head, Way { open: true, ..Way::default() });
        let response = cache.service.ready().await.expect("ready").call(Request::get("/x").body(()).expect("a request"));
        // the clock stands: it comes to this time only if nothing else can happen any more
        let response = tokio::time::timeout(Duration::from_secs(5), response).await.expect("at once").expect("no error");
        let mut body = response.into_body();
        let first = body.frame().await.expect("a frame").expect("no error").into_data().expect("data");
        assert_eq!(first, "call 1 ", "{head:?}");
    }
}

/// A service that is never ready.
#[derive(Clone)]
struct Busy;

impl Service<Request<()>> for Busy {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }
    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::default()))
    }
}

#[tokio::test(start_paused = true)]
async fn the_cache_is_ready_no_sooner_than_what_is_behind_it() {
    let mut cache = EdgeLayer::new(EdgeConfig::default()).layer(Busy);
    assert!(tokio::time::timeout(Duration::from_secs(1), cache.ready()).await.is_err());
}

#[tokio::test]
async fn the_cache_says_what_it_did() {
    let own = cache(&[("cache-control", "private, no-store")], Way::default());
    assert_eq!(said(&own.get("/x").await), "boxoffice; fwd=miss");
    let public = cache(PUBLIC, Way::default());
    assert_eq!(said(&public.get_with("cache-control", "no-store").await), "boxoffice; fwd=bypass");
    assert_eq!(said(&public.send(Request::post("/x").body(()).expect("a request")).await), "boxoffice; fwd=method");
    let head = public.send(Request::head("/x").body(()).expect("a request")).await;
    assert_eq!((said(&head), head.body().len()), ("boxoffice; fwd=miss; stored", 0));
    assert!(said(&public.get("/x").await).starts_with("boxoffice; hit; ttl="), "a HEAD brings what a GET is given");
}
