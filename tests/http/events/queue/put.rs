//! `PUT /v1/events/{id}/queue`: what an organiser says of a queue.

use acceptance::{App, Buyer, Reply};
use serde_json::{Value, json};

/// An event on sale with a queue of these settings.
pub async fn queued(app: &App, settings: &Value) -> String {
    let event = app.event("owls-1").await;
    put(app, &event, settings).await.is(200);
    event
}

pub async fn put(app: &App, event: &str, settings: &Value) -> Reply {
    app.organiser().await.put(&format!("/v1/events/{event}/queue"), settings).await
}

/// Joins, whatever becomes of it.
pub async fn join(buyer: &Buyer, event: &str) -> Reply {
    buyer.ask(reqwest::Method::POST, &format!("/v1/events/{event}/queue")).send().await
}

#[tokio::test]
async fn a_queue_is_as_it_was_put_and_holds_need_a_pass_from_then_on() {
    let app = App::start().await;
    let event = queued(&app, &json!({ "mode": "on", "slots": 7, "order": "shuffle" })).await;
    let told = app.get(&format!("/v1/events/{event}/queue")).await.is(200).json();
    let wanted = json!({ "mode": "on", "slots": 7, "minutes": 10, "auto_above": null, "buffer_seconds": 10, "rate_per_minute": null,
        "grace_seconds": 120, "pre_queue_from": null, "join": "anyone", "order": "shuffle" });
    assert_eq!((&told["settings"], &told["waiting"], &told["inside"]), (&wanted, &json!(0), &json!(0)));
    assert_eq!(told["seed_hash"].as_str().map(str::len), Some(64));
    let required = async || app.get(&format!("/v1/events/{event}")).await.is(200).json()["queue_required"].clone();
    assert_eq!(required().await, true);
    let ada = app.buyer("ada").await;
    ada.hold(&event, &["stalls-A-1"]).await.is_problem(403, "queue_first");
    put(&app, &event, &json!({ "mode": "off" })).await.is(200);
    assert_eq!(required().await, false);
    ada.hold(&event, &["stalls-A-1"]).await.is(201);
    let again = app.get(&format!("/v1/events/{event}/queue")).await.is(200).json();
    assert_eq!(again["seed_hash"], told["seed_hash"], "a seed stays");
    app.stop().await;
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_name() {
    let app = App::start().await;
    let event = app.event("later").await;
    let table = [
        ("slots", json!({ "mode": "on", "slots": 0 })),
        ("slots", json!({ "mode": "on", "slots": 1_000_001 })),
        ("minutes", json!({ "mode": "on", "minutes": 121 })),
        ("auto_above", json!({ "mode": "auto" })),
        ("auto_above", json!({ "mode": "on", "auto_above": 5 })),
        ("buffer_seconds", json!({ "mode": "on", "buffer_seconds": 601 })),
        ("rate_per_minute", json!({ "mode": "on", "rate_per_minute": 0 })),
        ("grace_seconds", json!({ "mode": "on", "grace_seconds": 3_601 })),
        ("pre_queue_from", json!({ "mode": "on", "pre_queue_from": "2030-12-01T00:00:00Z" })),
        ("mode", json!({ "mode": "sometimes" })),
        ("join", json!({ "mode": "on", "join": "friends" })),
        ("order", json!({ "mode": "on", "order": "by_height" })),
    ];
    for (field, settings) in table {
        put(&app, &event, &settings).await.is_problem(422, "invalid").names(field);
    }
    put(&app, &event, &json!({ "mode": "on", "speed": 9 })).await.is_problem(422, "invalid");
    put(&app, &event, &json!({ "mode": "on", "pre_queue_from": "2030-11-30T23:00:00Z" })).await.is(200);
    app.stop().await;
}
