use acceptance::{App, Buyer, new_key};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

/// An event of two seats, and ada who holds them.
async fn full(app: &App) -> (String, Buyer, String) {
    let (owls, ada) = (app.event("owls-1").await, app.buyer("ada").await);
    app.leave_free(&owls, &["stalls-A-1", "stalls-A-2"]).await;
    let hold = ada.hold(&owls, &["stalls-A-1", "stalls-A-2"]).await.is(201).str("/id");
    (owls, ada, hold)
}

#[tokio::test]
async fn who_finds_seats_held_is_told_where_to_wait_and_has_one_place_there() {
    let app = App::start().await;
    let (owls, ada, hold) = full(&app).await;
    let bob = app.buyer("bob").await;
    let path = format!("/v1/events/{owls}/waitlist");
    let best = json!({ "best": { "quantity": 1 } });
    let held = bob.hold_with(&owls, &best).await.is_problem(409, "seats_held");
    assert_eq!(held.str("/waitlist_url"), path);
    app.get(&format!("/v1/events/{owls}/best")).await.is_problem(409, "seats_held").str("/waitlist_url");
    let joined = bob.post(&path, &json!({ "quantity": 1, "tiers": ["1"] })).await.is(201);
    assert_snapshot!(joined.shown());
    let again = bob.post(&path, &json!({ "quantity": 2 })).await.is(201);
    assert_eq!((again.str("/id"), again.int("/quantity")), (joined.str("/id"), 1));
    ada.checkout(&hold, "sandbox").await.is(201);
    let url = ada.checkout(&hold, "sandbox").await.is(201).str("/payment/url");
    ada.press(&url, "pay").await;
    let sold = bob.hold_with(&owls, &best).await.is_problem(409, "sold_out");
    assert_eq!(sold.str("/waitlist_url"), path);
    assert_eq!(bob.get(&joined.str("/links/self")).await.is(200).str("/state"), "impossible");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_names_its_field_and_where_seats_are_free_nobody_waits() {
    let app = App::start().await;
    let (owls, ..) = full(&app).await;
    let bob = app.buyer("bob").await;
    let path = format!("/v1/events/{owls}/waitlist");
    for (body, field) in [
        (json!({ "quantity": 0 }), "quantity"),
        (json!({ "quantity": 11 }), "quantity"),
        (json!({ "quantity": -1 }), "quantity"),
        (json!({}), "quantity"),
        (json!({ "quantity": 1, "tiers": ["9"] }), "tiers[0]"),
        (json!({ "quantity": 1, "tiers": ["1", "gold"] }), "tiers[1]"),
        (json!({ "quantity": 1, "colour": "red" }), "colour"),
    ] {
        bob.post(&path, &body).await.is_problem(422, "invalid").names(field);
    }
    let one = json!({ "quantity": 1 });
    app.ask(Method::POST, &path).json(&one).send().await.is_problem(401, "unauthorized");
    let free = bob.post(&format!("/v1/events/{}/waitlist", app.event("owls-2").await), &one).await.is_problem(409, "not_waiting");
    assert_eq!(free.str("/why"), "seats_free");
    let over = bob.post(&format!("/v1/events/{}/waitlist", app.event("closed").await), &one).await.is_problem(409, "not_waiting");
    assert_eq!(over.str("/why"), "sale_over");
    bob.post(&format!("/v1/events/{}/waitlist", app.event("later").await), &one).await.is_problem(409, "sale_not_open");
    bob.post("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/waitlist", &one).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_place_and_another_request_is_told() {
    let app = App::start().await;
    let (owls, ..) = full(&app).await;
    let (bob, key) = (app.buyer("bob").await, new_key());
    let path = format!("/v1/events/{owls}/waitlist");
    let ask = |quantity: u32| bob.ask(Method::POST, &path).key(&key).json(&json!({ "quantity": quantity }));
    let first = ask(1).send().await.is(201);
    let again = ask(1).send().await.is(201);
    assert_eq!((again.str("/id"), again.header("idempotent-replayed")), (first.str("/id"), Some("true")));
    ask(2).send().await.is_problem(422, "idempotency_key_reused");
    bob.ask(Method::POST, &path).json(&json!({ "quantity": 1 })).send().await.is(201);
    app.stop().await;
}
