//! `GET /v1/queue/{token}/stream`: a place as it changes.

use acceptance::App;
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::events::queue::put::{join, queued};

#[tokio::test]
async fn a_stream_tells_the_place_until_it_ends() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let [first, second] =
        [join(&ada, &event).await.is(201), join(&bob, &event).await.is(201)].map(|reply| reply.str("/links/self"));
    let response = app.ask(Method::GET, &format!("{second}/stream")).response().await;
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().ok()), (200, Some("text/event-stream")));
    let mut told = response.bytes_stream();
    let mut text = String::new();
    let mut acted = 0;
    while let Some(piece) = told.next().await {
        text.push_str(std::str::from_utf8(&piece.expect("a piece")).expect("text"));
        let states = states(&text);
        // each step once the one before was told
        let step = match states.last().map(String::as_str) {
            Some("waiting") if acted == 0 => Some(&first),
            Some("admitted") if acted == 1 => Some(&second),
            _ => None,
        };
        if let Some(place) = step {
            acted += 1;
            app.ask(Method::DELETE, place).send().await.is(200);
        }
    }
    let mut seen = states(&text);
    seen.dedup();
    assert_eq!(seen, ["waiting", "admitted", "left"], "and then the stream ends");
    app.stop().await;
}

fn states(text: &str) -> Vec<String> {
    let data = text
        .split("\n\n")
        .filter_map(|message| message.split_once("data: "))
        .filter_map(|(_, data)| serde_json::from_str::<Value>(data).ok());
    data.filter_map(|place| place["state"].as_str().map(str::to_owned)).collect()
}
