//! Many who ask the same at once: one asks for all, and nobody waits in vain.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::cached_service::{PUBLIC, Way, all_wait, ask, cache};

#[tokio::test(start_paused = true)]
async fn a_stampede_of_a_thousand_costs_one() {
    let stampede = |head| async move {
        let cache = Arc::new(cache(head, Way { waits: true, ..Way::default() }));
        let requests: Vec<_> = (0..1_000).map(|_| ask(&cache, "/x", &[])).collect();
        all_wait().await;
        let waiting = cache.calls();
        while requests.iter().any(|request| !request.is_finished()) {
            cache.gate.notify_waiters();
            all_wait().await;
        }
        let mut bodies = Vec::new();
        for request in requests {
            bodies.push(request.await.expect("an answer").into_body());
        }
        bodies.dedup();
        (waiting, cache.calls(), bodies.len())
    };
    assert_eq!(stampede(PUBLIC).await, (1, 1, 1));
    // control: what may not be shared is asked for by each
    assert_eq!(stampede(&[]).await, (1, 1_000, 1_000));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_leader_hands_over() {
    let cache = Arc::new(cache(PUBLIC, Way { waits: true, ..Way::default() }));
    let leader = ask(&cache, "/x", &[]);
    all_wait().await;
    let follower = ask(&cache, "/x", &[]);
    all_wait().await;
    assert_eq!(cache.calls(), 1);
    leader.abort();
    all_wait().await;
    cache.gate.notify_waiters();
    assert_eq!(follower.await.expect("an answer").body(), b"call 2 ");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_leader_for_ever() {
    let cache = Arc::new(cache(PUBLIC, Way { waits: true, ..Way::default() }));
    let slow = ask(&cache, "/x", &[]);
    all_wait().await;
    let patient = ask(&cache, "/x", &[]);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(cache.calls(), 2);
    cache.gate.notify_waiters();
    slow.await.expect("an answer");
    patient.await.expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn a_purge_by_tag_reaches_also_what_is_under_way() {
    let cache = Arc::new(cache(PUBLIC, Way { waits: true, ..Way::default() }));
    let before = ask(&cache, "/x", &[]);
    all_wait().await;
    assert_eq!(cache.edge.purger().purge("venue:2"), 0);
    let after = ask(&cache, "/x", &[]);
    all_wait().await;
    cache.gate.notify_waiters();
    assert_eq!(before.await.expect("an answer").body(), b"call 1 ");
    all_wait().await;
    cache.gate.notify_waiters();
    assert_eq!(after.await.expect("an answer").body(), b"call 2 ", "who came after the purge does not get what left before it");
    assert_eq!(cache.get("/x").await.body(), b"call 2 ");
    assert_eq!(cache.edge.purger().purge("event:1"), 1);
    let fresh = ask(&cache, "/x", &[]);
    all_wait().await;
    cache.gate.notify_waiters();
    assert_eq!(fresh.await.expect("an answer").body(), b"call 3 ");
}

/// What a service says that lets nobody keep its answers.
const OWN: &[(&str, &str)] = &[("cache-control", "private, no-store")];

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_what_is_known_not_to_be_kept() {
    let cache = Arc::new(cache(OWN, Way { waits: true, ..Way::default() }));
    let two = [ask(&cache, "/x", &[]), ask(&cache, "/x", &[])];
    all_wait().await;
    assert_eq!(cache.calls(), 1, "as long as nobody knows, the second waits");
    for _ in 0..2 {
        cache.gate.notify_waiters();
        all_wait().await;
    }
    for answer in two {
        answer.await.expect("an answer");
    }
    let known = [ask(&cache, "/x", &[]), ask(&cache, "/x", &[]), ask(&cache, "/x", &[])];
    all_wait().await;
    assert_eq!(cache.calls(), 5, "all three ask at once");
    cache.gate.notify_waiters();
    for answer in known {
        answer.await.expect("an answer");
    }
}

#[tokio::test(start_paused = true)]
async fn neither_an_error_nor_ones_own_answer_says_that_the_next_cannot_be_kept() {
    let errors = (StatusCode::NOT_FOUND, &[][..]);
    let of_one: (StatusCode, &'static [(&str, &str)]) = (StatusCode::OK, &[("authorization", "Bearer a")]);
    for (status, credentials) in [errors, of_one] {
        let cache = Arc::new(cache(OWN, Way { waits: true, status: status.as_u16(), ..Way::default() }));
        let first = ask(&cache, "/x", credentials);
        all_wait().await;
        cache.gate.notify_waiters();
        assert_eq!(first.await.expect("an answer").status(), status);
        let _next = [ask(&cache, "/x", &[]), ask(&cache, "/x", &[])];
        all_wait().await;
        assert_eq!(cache.calls(), 2, "one of the next two asks for both: {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_shows_credentials_waits_for_nobody() {
    let cache = Arc::new(cache(PUBLIC, Way { waits: true, ..Way::default() }));
    let _asked = [ask(&cache, "/x", &[]), ask(&cache, "/x", &[("authorization", "Bearer a")]), ask(&cache, "/x", &[])];
    all_wait().await;
    assert_eq!(cache.calls(), 2, "of the two without credentials one asks");
}
