use std::time::Duration;

use acceptance::{App, Buyer};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

/// An event of one seat that ada holds, for which bob waits: the hold, and where bob looks.
async fn waiting(app: &App) -> (Buyer, String, Buyer, String) {
    let (owls, ada, bob) = (app.event("owls-1").await, app.buyer("ada").await, app.buyer("bob").await);
    app.leave_free(&owls, &["stalls-A-1"]).await;
    let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    let joined = bob.post(&format!("/v1/events/{owls}/waitlist"), &json!({ "quantity": 1 })).await.is(201);
    (ada, format!("/v1/holds/{hold}"), bob, joined.str("/links/self"))
}

#[tokio::test]
async fn an_offer_answers_who_waits_at_once_and_is_paid_like_any_hold() {
    let app = App::start().await;
    let (ada, hold, bob, entry) = waiting(&app).await;
    let began = domain::Stopwatch::start();
    let look = format!("{entry}?wait_seconds=30");
    let (seen, _) = tokio::join!(bob.get(&look), async {
        app.buyer("cyd").await;
        ada.delete(&hold).await.is(200)
    });
    let seen = seen.is(200);
    assert!(began.elapsed() < Duration::from_secs(25), "not after the whole time");
    assert_eq!(
        (seen.str("/state"), seen.str("/hold/state"), seen.str("/until")),
        ("offered".into(), "held".into(), seen.str("/hold/until"))
    );
    assert!(seen.json()["position"].is_null());
    let offer = seen.str("/hold/id");
    app.buyer("cyd").await.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is_problem(409, "seats_unavailable");
    let url = bob.checkout(&offer, "sandbox").await.is(201).str("/payment/url");
    bob.press(&url, "pay").await;
    let taken = bob.get(&look).await.is(200);
    assert_eq!((taken.str("/state"), taken.str("/hold/state")), ("taken".into(), "ordered".into()));
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_wait_that_makes_no_sense_is_refused_and_another_s_entry_is_as_absent() {
    let app = App::start().await;
    let (_, _, bob, entry) = waiting(&app).await;
    for wait in ["-1", "1000000000", "31", "a", ""] {
        bob.get(&format!("{entry}?wait_seconds={wait}")).await.is_problem(422, "invalid").names("wait_seconds");
    }
    bob.get(&format!("{entry}?wait=1")).await.is_problem(422, "invalid").names("wait");
    let still = bob.get(&format!("{entry}?wait_seconds=0")).await.is(200);
    assert_eq!((still.str("/state"), still.int("/position")), ("waiting".into(), 1));
    let cyd = app.buyer("cyd").await;
    for path in [entry.clone(), format!("{entry}/stream")] {
        cyd.get(&path).await.is_problem(404, "not_found");
    }
    cyd.delete(&entry).await.is_problem(404, "not_found");
    let elsewhere = entry.replace(&app.event("owls-1").await, &app.event("owls-2").await);
    bob.get(&elsewhere).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_stream_tells_each_state_and_ends_with_the_entry() {
    let app = App::start().await;
    let (ada, hold, bob, entry) = waiting(&app).await;
    let mut response = bob.ask(Method::GET, &format!("{entry}/stream")).response().await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &HeaderValue::from_static("text/event-stream"))
    );
    let (mut text, mut states) = (String::new(), Vec::new());
    while let Some(chunk) = response.chunk().await.expect("a chunk") {
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
        while let Some((block, rest)) = text.split_once("\n\n") {
            if let Some(data) = block.strip_prefix("data: ") {
                let entry_now: Value = serde_json::from_str(data).expect("JSON");
                states.push(entry_now["state"].as_str().expect("a state").to_owned());
                match states.len() {
                    1 => _ = ada.delete(&hold).await.is(200),
                    2 => _ = bob.delete(&entry).await.is(200),
                    _ => {}
                }
            }
            text = rest.to_owned();
        }
    }
    assert_eq!(states, ["waiting", "offered", "left"]);
    app.stop().await;
}
