use acceptance::App;
use insta::assert_snapshot;
use serde_json::json;

fn eleven() -> Vec<String> {
    (1..=11).map(|n| format!("stalls-A-{n}")).collect()
}

#[tokio::test]
async fn eleven_seats_are_too_many_before_anything_else_is_asked() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let seats: Vec<String> = eleven();
    let seats: Vec<&str> = seats.iter().map(String::as_str).collect();
    for event in [app.event("owls-1").await, app.event("later").await, "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44".to_owned()] {
        ada.hold(&event, &seats).await.is_problem(422, "too_many_seats");
        ada.hold_with(&event, &json!({ "best": { "quantity": 11 } })).await.is_problem(422, "too_many_seats");
        ada.hold_with(&event, &json!({ "area": "floor", "quantity": 11 })).await.is_problem(422, "too_many_seats");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_unknown_event_and_a_malformed_id_are_404() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    for event in ["01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44", "nonsense", "01990b7e5d7a7c3e8f102a9d3f6b1c44"] {
        ada.hold(event, &["stalls-A-1"]).await.is_problem(404, "not_found");
        app.get(&format!("/v1/events/{event}/seats")).await.is_problem(404, "not_found");
        app.get(&format!("/v1/events/{event}")).await.is_problem(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_seat_of_another_event_is_no_seat_of_this_one() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let owls = app.event("owls-1").await;
    for seat in ["balcony-A-1", "stalls-A-11", "stalls-Z-1", "", "stalls-A-1 "] {
        let told = ada.hold(&owls, &["stalls-A-1", seat]).await;
        assert!(told.status == 404 || told.status == 422, "{seat}: {} {}", told.status, told.text());
    }
    assert_eq!(app.seat(&owls, "stalls-A-1").await, "available", "all or nothing");
    assert_snapshot!(ada.hold(&owls, &["balcony-A-1"]).await.shown());
    assert_snapshot!(ada.hold_with(&owls, &json!({ "area": "balcony", "quantity": 1 })).await.shown());
    app.stop().await;
}

#[tokio::test]
async fn a_sale_has_a_beginning_and_an_end() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let told = ada.hold(&app.event("later").await, &["stalls-A-1"]).await.is_problem(409, "sale_not_open");
    assert_eq!(told.str("/opens_at"), "2030-12-01T00:00:00Z");
    ada.hold(&app.event("closed").await, &["stalls-A-1"]).await.is_problem(409, "sale_closed");
    let told =
        ada.hold_with(&app.event("plain").await, &json!({ "best": { "quantity": 1 } })).await.is_problem(409, "sale_not_open");
    assert!(told.json()["opens_at"].is_null());
    app.stop().await;
}

#[tokio::test]
async fn one_buyer_has_at_most_the_events_limit() {
    let app = App::start().await;
    let limited = app.event("limited").await;
    let ada = app.buyer("ada").await;
    ada.hold(&limited, &["stalls-A-1", "stalls-A-2", "stalls-A-3"]).await.is(201);
    let told = ada.hold(&limited, &["stalls-A-4", "stalls-A-5"]).await.is_problem(409, "buyer_limit");
    assert_eq!((told.int("/limit"), told.int("/taken")), (4, 3));
    ada.hold(&limited, &["stalls-A-4"]).await.is(201);
    app.buyer("bob").await.hold(&limited, &["stalls-A-5"]).await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn taken_seats_are_named() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    app.buyer("ada").await.hold(&owls, &["stalls-A-1", "stalls-A-2"]).await.is(201);
    let told = app.buyer("bob").await.hold(&owls, &["stalls-A-2", "stalls-A-3"]).await.is_problem(409, "seats_unavailable");
    assert_eq!(told.json()["seats"], json!(["stalls-A-2"]));
    assert_eq!(told.json()["others_available"], true);
    assert_eq!(app.seat(&owls, "stalls-A-3").await, "available");
    app.stop().await;
}

#[tokio::test]
async fn all_held_and_all_sold_are_told_apart() {
    let app = App::start().await;
    let free = app.event("free").await;
    let mut holds = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let buyer = app.buyer(name).await;
        holds.push((
            buyer.clone(),
            buyer.hold_with(&free, &json!({ "area": "general", "quantity": 10 })).await.is(201).str("/id"),
        ));
    }
    let dan = app.buyer("dan").await;
    dan.hold_with(&free, &json!({ "best": { "quantity": 1 } })).await.is_problem(409, "seats_held");
    for (buyer, hold) in holds {
        buyer.checkout(&hold, "free").await.is(201);
    }
    dan.hold_with(&free, &json!({ "best": { "quantity": 1 } })).await.is_problem(409, "sold_out");
    dan.hold_with(&free, &json!({ "area": "general", "quantity": 1 })).await.is_problem(409, "sold_out");
    app.audited().await;
    app.stop().await;
}
