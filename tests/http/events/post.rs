use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

fn new() -> Value {
    json!({ "title": "A new night", "starts_at": "2031-06-01T10:00:00Z", "category": "concerts" })
}

#[tokio::test]
async fn an_organiser_creates_an_event() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let mut event = new();
    event["venue_id"] = json!(app.id("venues", "opera").await);
    event["performers"] = json!([{ "id": app.id("performers", "the-owls").await, "role": "band" }]);
    event["works"] = json!([{ "composer": "Antonín Dvořák", "title": "Rusalka" }]);
    let created = organiser.post("/v1/events", &event).await.is(201);
    assert_snapshot!(created.shown());
    let shown = app.get(created.header("location").expect("a place")).await.is(200);
    assert_eq!(shown.str("/timezone"), "Australia/Sydney", "the venue's");
    assert_eq!(shown.etag(), created.etag());
    app.stop().await;
}

#[tokio::test]
async fn an_event_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let absent = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";
    let table: Vec<(&str, Value)> = vec![
        ("colour", json!("red")),
        ("title", json!("")),
        ("title", json!("\u{200b}\u{feff}")),
        ("starts_at", json!("2031-06-01T10:00:00Z[Europe/Berlin]")),
        ("ends_at", json!("2031-06-01T12:00:00+02:00[Europe/Berlin]")),
        ("sale_opens_at", json!("2031-05-01T12:00:00Z[UTC]")),
        ("title", json!(7)),
        ("title", json!("x".repeat(301))),
        ("starts_at", json!("soon")),
        ("ends_at", json!("2030-01-01T00:00:00Z")),
        ("doors_at", json!("early")),
        ("doors_at", json!("2031-06-01T09:00:00Z[UTC]")),
        ("doors_at", json!("2031-06-01T10:00:01Z")),
        ("doors_at", json!("2031-05-30T10:00:00Z")),
        ("venue_id", json!("nonsense")),
        ("venue_id", json!(absent)),
        ("series_id", json!(absent)),
        ("seat_map_id", json!(absent)),
        ("timezone", json!("Nowhere/Land")),
        ("status", json!("maybe")),
        ("capacity", json!(0)),
        ("capacity", json!(-1)),
        ("buyer_limit", json!(0)),
        ("orphan_rule", json!("perhaps")),
        ("orphan_rule", json!(null)),
        ("sale_opens_at", json!("soon")),
        ("external_id", json!("owls-1")),
    ];
    for (field, value) in table {
        let mut event = new();
        event[field] = value.clone();
        let told = organiser.post("/v1/events", &event).await;
        assert_eq!(told.status, 422, "{field} = {value}: {}", told.text());
        told.is_problem(422, "invalid").names(field);
    }
    organiser.post("/v1/events", &json!({ "title": "x" })).await.is_problem(422, "invalid").names("starts_at");
    app.stop().await;
}

#[tokio::test]
async fn only_an_organisers_key_writes() {
    let app = App::start().await;
    let event = new();
    app.ask(Method::POST, "/v1/events").json(&event).send().await.is_problem(401, "unauthorized");
    app.ask(Method::POST, "/v1/events").token("bxo_forged").json(&event).send().await.is_problem(401, "unauthorized");
    let ada = app.buyer("ada").await;
    ada.ask(Method::POST, "/v1/events").json(&event).send().await.is_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn a_key_makes_one_event() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let post = |body: Value| organiser.ask(Method::POST, "/v1/events").key("night").json(&body).send();
    let first = post(new()).await.is(201);
    let again = post(new()).await.is(201);
    assert_eq!((again.str("/id"), again.header("idempotent-replayed")), (first.str("/id"), Some("true")));
    post(json!({ "title": "Another", "starts_at": "2031-06-01T10:00:00Z" })).await.is_problem(422, "idempotency_key_reused");
    organiser.ask(Method::POST, "/v1/events").key("a b").json(&new()).send().await.is_problem(400, "idempotency_key_invalid");
    app.stop().await;
}

#[tokio::test]
async fn marks_that_turn_their_neighbours_are_not_kept() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let turned =
        json!({ "title": "Nig\u{202e}ht\u{2066} of owls", "starts_at": "2031-06-01T10:00:00Z", "genre": "jaz\u{202d}z" });
    let created = organiser.post("/v1/events", &turned).await.is(201);
    assert_eq!((created.str("/title").as_str(), created.str("/genre").as_str()), ("Night of owls", "jazz"));
    let renamed = json!({ "title": "\u{202e}Owls" });
    let renamed = organiser.patch(&format!("/v1/events/{}", created.str("/id")), &renamed).await.is(200);
    assert_eq!(renamed.str("/title"), "Owls");
    app.stop().await;
}
