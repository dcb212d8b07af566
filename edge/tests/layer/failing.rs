//! What stands in for a service that fails, and for how long.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};

use crate::cached_service::{PUBLIC, Way, all_wait, ask, cache, etag, said};

/// Fresh for no time at all, and to be given for a minute while the service fails.
const STALE: &[(&str, &str)] = &[("cache-control", "public, s-maxage=1, stale-if-error=60"), ("surrogate-key", "event:1")];

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_is_stood_in_for_by_what_was_kept() {
    let cache = cache(STALE, Way { fails_later: true, ..Way::default() });
    let first = cache.get("/x").await;
    assert_eq!((first.status(), said(&first)), (StatusCode::OK, "boxoffice; fwd=miss; stored"));
    assert_eq!(said(&cache.get("/x").await), "boxoffice; hit; ttl=1");
    tokio::time::advance(Duration::from_secs(2)).await;
    let old = cache.get("/x").await;
    assert_eq!((old.status(), old.body()), (StatusCode::OK, first.body()));
    assert_eq!(said(&old), "boxoffice; fwd=stale; fwd-status=503");
    assert_eq!(old.headers()["age"], "2");
    let head = cache.send(Request::head("/x").body(()).expect("a request")).await;
    assert_eq!((head.status(), head.body().len(), said(&head)), (StatusCode::OK, 0, "boxoffice; fwd=stale; fwd-status=503"));
    assert_eq!(cache.get_with("if-none-match", &etag(&first)).await.status(), StatusCode::NOT_MODIFIED);
    // what was never kept has nothing that could stand in for it
    assert_eq!(cache.get("/y").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    cache.edge.purger().purge("event:1");
    let gone = cache.get("/x").await;
    assert_eq!(
        (gone.status(), said(&gone)),
        (StatusCode::SERVICE_UNAVAILABLE, "boxoffice; fwd=miss"),
        "what was purged is not given"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_outlives_the_time_that_it_said_itself() {
    for (head, seconds, status) in [(STALE, 60, 200), (STALE, 62, 503), (PUBLIC, 61, 503)] {
        let cache = cache(head, Way { fails_later: true, ..Way::default() });
        cache.get("/x").await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(cache.get("/x").await.status().as_u16(), status, "after {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_behind_one_that_fails_is_given_the_old_answer_and_told_so() {
    let cache = Arc::new(cache(STALE, Way { fails_later: true, waits: true, ..Way::default() }));
    let (first, second) = (ask(&cache, "/x", &[]), ask(&cache, "/x", &[]));
    all_wait().await;
    cache.gate.notify_waiters();
    assert_eq!(said(&first.await.expect("an answer")), "boxoffice; fwd=miss; stored");
    assert_eq!(said(&second.await.expect("an answer")), "boxoffice; hit; ttl=1", "what the leader brought is fresh");
    tokio::time::advance(Duration::from_secs(2)).await;
    let asked: Vec<_> = (0..10).map(|_| ask(&cache, "/x", &[])).collect();
    all_wait().await;
    cache.gate.notify_waiters();
    for answer in asked {
        let answer = answer.await.expect("an answer");
        assert_eq!((answer.status(), said(&answer)), (StatusCode::OK, "boxoffice; fwd=stale; fwd-status=503"));
    }
    assert_eq!(cache.calls(), 2, "they do not fail one after the other");
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_is_given_to_whoever_might_have_had_it_fresh() {
    let unnamed: &[(&str, &str)] = &[("cache-control", "s-maxage=1, stale-if-error=60")];
    for (head, with_credentials) in [(STALE, 200), (unnamed, 503)] {
        let cache = cache(head, Way { fails_later: true, ..Way::default() });
        cache.get("/x").await;
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(cache.get("/x").await.status(), StatusCode::OK);
        assert_eq!(cache.get_with("authorization", "Bearer a").await.status().as_u16(), with_credentials, "{head:?}");
    }
}
