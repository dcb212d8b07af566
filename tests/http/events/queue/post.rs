//! `POST /v1/events/{id}/queue`: joining.

use acceptance::{App, eventually};
use futures::future::join_all;
use serde_json::json;

use super::put::{join, put, queued};

#[tokio::test]
async fn whoever_joins_has_a_place_and_the_same_one_when_he_asks_again() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    join(&ada, &event).await.is(201);
    let first = join(&bob, &event).await.is(201);
    let again = join(&bob, &event).await.is(201);
    assert_eq!((first.str("/token"), first.str("/joined_at")), (again.str("/token"), again.str("/joined_at")));
    assert_eq!(first.header("location"), Some(&*format!("/v1/queue/{}", first.str("/token"))));
    assert_eq!(first.header("cache-control"), Some("private, no-store"));
    let place = app.get(&first.str("/links/self")).await.is(200).json();
    assert_eq!((&place["state"], &place["event_id"]), (&json!("waiting"), &json!(event)));
    app.ask(reqwest::Method::POST, &format!("/v1/events/{event}/queue")).send().await.is_problem(401, "unauthorized");
    app.stop().await;
}

#[tokio::test]
async fn many_joins_of_one_device_are_one_place() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let ada = app.buyer("ada").await;
    let mut tokens = Vec::new();
    for _ in 0..20 {
        let joined = join_all((0..50).map(|_| join(&ada, &event))).await;
        tokens.extend(joined.into_iter().map(|reply| reply.is(201).str("/token")));
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "a thousand joins");
    let next = join(&app.buyer("bob").await, &event).await.is(201);
    assert_eq!(app.get(&next.str("/links/self")).await.is(200).int("/ahead"), 0);
    app.stop().await;
}

#[tokio::test]
async fn whoever_may_not_join_is_told_why() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (event, later) = (app.event("owls-1").await, app.event("later").await);
    join(&ada, &event).await.is_problem(409, "no_queue");
    join(&ada, "018f3b7e-0000-7000-8000-000000000000").await.is_problem(404, "not_found");
    put(&app, &event, &json!({ "mode": "on", "join": "signed_in" })).await.is(200);
    join(&ada, &event).await.is_problem(403, "sign_in_first");
    put(&app, &event, &json!({ "mode": "off" })).await.is(200);
    join(&ada, &event).await.is_problem(409, "no_queue");
    put(&app, &later, &json!({ "mode": "on" })).await.is(200);
    let told = join(&ada, &later).await.is_problem(409, "queue_not_open");
    assert_eq!(told.str("/opens_at"), "2030-12-01T00:00:00Z");
    app.stop().await;
}

#[tokio::test]
async fn whoever_is_let_in_buys_with_his_pass_and_makes_room_for_the_next() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 1 })).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let [first, second] =
        [join(&ada, &event).await.is(201), join(&bob, &event).await.is(201)].map(|reply| reply.str("/links/self"));
    let state = async |place: &str| app.get(place).await.is(200).str("/state");
    eventually("the first one is let in", async || state(&first).await == "admitted").await;
    assert_eq!(state(&second).await, "waiting");
    let pass = app.get(&first).await.is(200).str("/pass");
    let hold = |buyer: &acceptance::Buyer, seat: &str| {
        let asked = buyer.ask(reqwest::Method::POST, &format!("/v1/events/{event}/holds")).key(&acceptance::new_key());
        asked.header("boxoffice-pass", &pass).json(&json!({ "seats": [seat] }))
    };
    hold(&bob, "stalls-A-1").send().await.is_problem(403, "queue_first");
    let held = hold(&ada, "stalls-A-1").send().await.is(201).str("/id");
    hold(&ada, "stalls-A-2").send().await.is_problem(409, "pass_used");
    let paying = ada.checkout(&held, "sandbox").await.is(201).str("/payment/url");
    ada.press(&paying, "pay").await.is(200);
    eventually("the order lets the next one in", async || state(&second).await == "admitted").await;
    assert_eq!(state(&first).await, "over");
    app.audited().await;
    app.stop().await;
}
