//! `DELETE /v1/queue/{token}`: leaving.

use acceptance::{App, eventually};
use reqwest::Method;
use serde_json::json;

use crate::http::events::queue::put::{join, queued};

#[tokio::test]
async fn whoever_leaves_stays_away_and_his_pass_with_him() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let [first, second] =
        [join(&ada, &event).await.is(201), join(&bob, &event).await.is(201)].map(|reply| reply.str("/links/self"));
    eventually("the first one is let in", async || app.get(&first).await.is(200).str("/state") == "admitted").await;
    let pass = app.get(&first).await.is(200).str("/pass");
    for _ in 0..2 {
        let left = app.ask(Method::DELETE, &first).send().await.is(200);
        assert_eq!((left.str("/state"), left.json()["pass"].is_null()), ("left".to_owned(), true));
    }
    assert_eq!(app.get(&first).await.is(200).str("/state"), "left", "a token that is replayed is the place that was left");
    let asked = ada.ask(Method::POST, &format!("/v1/events/{event}/holds")).key(&acceptance::new_key());
    asked.header("boxoffice-pass", &pass).json(&json!({ "seats": ["stalls-A-1"] })).send().await.is_problem(409, "pass_used");
    eventually("the next one is let in", async || app.get(&second).await.is(200).str("/state") == "admitted").await;
    let anew = join(&ada, &event).await.is(201);
    assert_ne!(anew.str("/links/self"), first);
    assert_eq!((anew.str("/state"), anew.int("/place")), ("waiting".to_owned(), 1));
    app.stop().await;
}
