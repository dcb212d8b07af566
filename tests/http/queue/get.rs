//! `GET /v1/queue/{token}`: a place, at once or when it changes.

use acceptance::{App, eventually};
use serde_json::json;

use crate::http::events::queue::put::{join, queued};

#[tokio::test]
async fn a_token_that_nobody_signed_opens_nothing() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let token = join(&app.buyer("ada").await, &event).await.is(201).str("/token");
    let mut forged = token.clone();
    forged.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });
    for wrong in [forged, token[1..].to_owned(), format!("{token}A"), "x".into(), "A".repeat(86), "A".repeat(2_000)] {
        app.get(&format!("/v1/queue/{wrong}")).await.is_problem(404, "not_found");
        app.get(&format!("/v1/queue/{wrong}/stream")).await.is_problem(404, "not_found");
        app.ask(reqwest::Method::DELETE, &format!("/v1/queue/{wrong}")).send().await.is_problem(404, "not_found");
    }
    app.get(&format!("/v1/queue/{token}")).await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_wait_that_makes_no_sense_is_refused_and_one_that_does_ends_with_the_change() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let [first, second] =
        [join(&ada, &event).await.is(201), join(&bob, &event).await.is(201)].map(|reply| reply.str("/links/self"));
    for wrong in ["-1", "31", "1000000000", "x", "1.5"] {
        app.get(&format!("{first}?wait_seconds={wrong}")).await.is_problem(422, "invalid").names("wait_seconds");
    }
    app.get(&format!("{first}?after=x")).await.is_problem(422, "invalid").names("after");
    eventually("the first one is let in", async || app.get(&first).await.is(200).str("/state") == "admitted").await;
    let at_once = app.get(&format!("{first}?wait_seconds=30")).await.is(200);
    assert_eq!(at_once.str("/state"), "admitted", "whoever does not wait is told at once");
    let waiting = async {
        loop {
            let told = app.get(&format!("{second}?wait_seconds=30")).await.is(200);
            if told.str("/state") != "waiting" {
                return told;
            }
        }
    };
    let leaving = app.ask(reqwest::Method::DELETE, &first).send();
    let (told, left) = tokio::join!(waiting, leaving);
    assert_eq!((told.str("/state"), left.is(200).str("/state")), ("admitted".to_owned(), "left".to_owned()));
    app.stop().await;
}
