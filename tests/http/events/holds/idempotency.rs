use acceptance::App;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_key_is_needed_and_must_be_1_to_255_visible_characters() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/holds", app.event("owls-1").await);
    let ada = app.buyer("ada").await;
    let wanted = json!({ "seats": ["stalls-A-1"] });
    ada.ask(Method::POST, &path).json(&wanted).send().await.is_problem(400, "idempotency_key_missing");
    for key in ["", "a b", "ä", "\u{7f}", &"x".repeat(256)] {
        let Ok(value) = reqwest::header::HeaderValue::from_bytes(key.as_bytes()) else { continue };
        let told = app.client.post(app.url(&path)).bearer_auth(&ada.token).header("idempotency-key", value).json(&wanted);
        acceptance::Asked::new(told).send().await.is_problem(400, "idempotency_key_invalid");
    }
    ada.ask(Method::POST, &path).key(&"x".repeat(255)).json(&wanted).send().await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_status_and_body() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/holds", app.event("owls-1").await);
    let ada = app.buyer("ada").await;
    let wanted = json!({ "seats": ["stalls-A-1"] });
    let first = ada.ask(Method::POST, &path).key("once").json(&wanted).send().await.is(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let again = ada.ask(Method::POST, &path).key("once").json(&wanted).send().await.is(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_is_kept_as_well() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/holds");
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let held = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    let wanted = json!({ "seats": ["stalls-A-1"] });
    let first = bob.ask(Method::POST, &path).key("once").json(&wanted).send().await.is_problem(409, "seats_unavailable");
    ada.delete(&format!("/v1/holds/{held}")).await.is(200);
    let again = bob.ask(Method::POST, &path).key("once").json(&wanted).send().await.is_problem(409, "seats_unavailable");
    assert_eq!(again.without_request_id(), first.without_request_id());
    bob.ask(Method::POST, &path).key("twice").json(&wanted).send().await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_buyer() {
    let app = App::start().await;
    let (one, two) = (app.event("owls-1").await, app.event("owls-2").await);
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let path = |event: &str| format!("/v1/events/{event}/holds");
    ada.ask(Method::POST, &path(&one)).key("k").json(&json!({ "seats": ["stalls-A-1"] })).send().await.is(201);
    let other_body = ada.ask(Method::POST, &path(&one)).key("k").json(&json!({ "seats": ["stalls-A-2"] }));
    other_body.send().await.is_problem(422, "idempotency_key_reused");
    let other_path = ada.ask(Method::POST, &path(&two)).key("k").json(&json!({ "seats": ["stalls-A-1"] }));
    other_path.send().await.is_problem(422, "idempotency_key_reused");
    bob.ask(Method::POST, &path(&one)).key("k").json(&json!({ "seats": ["stalls-A-2"] })).send().await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn many_at_once_with_one_key_make_one_hold() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let path = format!("/v1/events/{owls}/holds");
    let attempt = || ada.ask(Method::POST, &path).key("same").json(&json!({ "best": { "quantity": 2 } })).send();
    let replies = futures::future::join_all((0..8).map(|_| attempt())).await;
    let ids: std::collections::HashSet<String> = replies.iter().filter(|r| r.status == 201).map(|r| r.str("/id")).collect();
    assert_eq!(ids.len(), 1);
    for reply in replies.into_iter().filter(|reply| reply.status != 201) {
        reply.is_problem(409, "in_progress");
    }
    let counts = app.get(&format!("/v1/events/{owls}/seats")).await.is(200);
    assert_eq!(counts.int("/counts/held"), 2);
    app.stop().await;
}
