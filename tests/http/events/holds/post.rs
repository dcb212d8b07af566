use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn seats_are_held() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let held = app.buyer("ada").await.hold(&owls, &["stalls-A-1", "stalls-A-2", "circle-B-6"]).await.is(201);
    assert_snapshot!(held.shown());
    assert_eq!(held.int("/total/amount"), 9_500 * 2 + 6_000);
    assert_eq!(held.header("location"), Some(held.str("/links/self").as_str()));
    assert_eq!(app.seat(&owls, "stalls-A-2").await, "held");
    assert_eq!(app.seat(&owls, "stalls-A-3").await, "available");
    app.stop().await;
}

#[tokio::test]
async fn the_best_seats_are_neighbours_of_the_wanted_tier() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let held = ada.hold_with(&owls, &json!({ "best": { "quantity": 3, "tier": "2" } })).await.is(201);
    let body = held.json();
    let seats = body["seats"].as_array().expect("seats");
    assert_eq!(seats.len(), 3);
    assert!(seats.iter().all(|seat| seat["section"] == "circle" && seat["row"] == seats[0]["row"]));
    let mut numbers: Vec<i64> =
        seats.iter().map(|seat| seat["number"].as_str().expect("a number").parse().expect("digits")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers[2] - numbers[0], 2, "side by side: {numbers:?}");
    let section = ada.hold_with(&owls, &json!({ "best": { "quantity": 2, "section": "stalls" } })).await.is(201);
    assert_eq!(section.str("/seats/0/section"), "stalls");
    app.stop().await;
}

#[tokio::test]
async fn places_of_an_area_are_held_by_number() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let held = app.buyer("ada").await.hold_with(&owls, &json!({ "area": "floor", "quantity": 4 })).await.is(201);
    assert_snapshot!(held.shown());
    let areas = app.get(&format!("/v1/events/{owls}/seats")).await.is(200);
    assert_eq!(areas.int("/areas/0/available"), 16);
    app.stop().await;
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let table = [
        (json!({}), "seats"),
        (json!({ "seats": [] }), "seats"),
        (json!({ "seats": "stalls-A-1" }), "seats"),
        (json!({ "seats": ["stalls-A-1", 7] }), "seats[1]"),
        (json!({ "seats": ["stalls-A-1"], "colour": "red" }), "colour"),
        (json!({ "seats": ["stalls-A-1"], "best": { "quantity": 1 } }), "best"),
        (json!({ "seats": ["stalls-A-1"], "quantity": 1 }), "quantity"),
        (json!({ "seats": ["stalls-A-1", "stalls-A-1"] }), "seats[1]"),
        (json!({ "seats": ["stalls-A-1", "x".repeat(201)] }), "seats[1]"),
        (json!({ "area": "x".repeat(201), "quantity": 1 }), "area"),
        (json!({ "best": { "quantity": 1, "section": "x".repeat(201) } }), "best.section"),
        (json!({ "best": { "quantity": 0 } }), "best.quantity"),
        (json!({ "best": { "quantity": -1 } }), "best.quantity"),
        (json!({ "best": {} }), "best.quantity"),
        (json!({ "best": { "quantity": 1, "tier": "gold" } }), "best.tier"),
        (json!({ "best": { "quantity": 1, "together": "perhaps" } }), "best.together"),
        (json!({ "best": { "quantity": 1, "accessible": false, "accessible_seats": 1 } }), "best.accessible"),
        (json!({ "area": "floor" }), "quantity"),
        (json!({ "area": "floor", "quantity": 0 }), "quantity"),
    ];
    for (wanted, field) in table {
        ada.hold_with(&owls, &wanted).await.is_problem(422, "invalid").names(field);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_no_json_is_400_and_one_too_long_413() {
    let app = App::with(acceptance::Setup { body_limit_bytes: 2_000, ..acceptance::Setup::default() }).await;
    let path = format!("/v1/events/{}/holds", app.event("owls-1").await);
    let ada = app.buyer("ada").await;
    for body in ["", "{", "{\"seats\":[]", "nonsense", "{} {}"] {
        ada.ask(Method::POST, &path).key("k").raw(body).send().await.is_problem(400, "json_malformed");
    }
    let long = format!(r#"{{"seats":["{}"]}}"#, "x".repeat(3_000));
    ada.ask(Method::POST, &path).key("k").raw(long).send().await.is_problem(413, "body_too_large");
    let form = ada.ask(Method::POST, &path).key("k").form("seats=stalls-A-1");
    form.send().await.is_problem(415, "media_type_unsupported");
    app.stop().await;
}

#[tokio::test]
async fn a_hold_needs_a_buyer() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/holds", app.event("owls-1").await);
    let wanted = json!({ "seats": ["stalls-A-1"] });
    app.ask(Method::POST, &path).key("k").json(&wanted).send().await.is_problem(401, "unauthorized");
    app.ask(Method::POST, &path).key("k").json(&wanted).token("forged").send().await.is_problem(401, "unauthorized");
    app.stop().await;
}
