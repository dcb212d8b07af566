//! Holds at an event that has a queue: with a pass, and without a good one.

use acceptance::{App, Buyer, Reply};
use domain::{EventId, Pass, PassId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// An event on sale whose sale begins in a queue.
async fn queued(app: &App) -> String {
    let event = app.event("owls-1").await;
    let organiser = app.organiser().await;
    let body = json!({ "queue_required": true });
    organiser.ask(reqwest::Method::PATCH, &format!("/v1/events/{event}")).json(&body).send().await.is(200);
    event
}

fn pass(event: &str, holder: &Buyer, seconds: f64) -> Pass {
    let now = domain::Clock::System.now();
    let expires_at = now + SignedDuration::from_millis((seconds * 1_000.0) as i64);
    let expires_at = Timestamp::from_millisecond(expires_at.as_millisecond()).expect("an instant");
    let event: EventId = event.parse().expect("an id");
    Pass { event, holder: holder.id.parse().expect("an id"), id: PassId::at(now), expires_at }
}

async fn hold(buyer: &Buyer, event: &str, pass: &str, wanted: &Value) -> Reply {
    let asked = buyer.ask(reqwest::Method::POST, &format!("/v1/events/{event}/holds"));
    asked.key(&acceptance::new_key()).header("boxoffice-pass", pass).json(wanted).send().await
}

#[tokio::test]
async fn without_a_good_pass_the_way_leads_into_the_queue() {
    let app = App::start().await;
    let (event, other) = (queued(&app).await, app.event("owls-2").await);
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let passes = app.gateway.keys.passes();
    let seal = |pass: &Pass| passes.seal(pass);
    let mut forged = seal(&pass(&event, &ada, 600.0));
    forged.replace_range(20..21, if &forged[20..21] == "A" { "B" } else { "A" });
    let wanted = json!({ "seats": ["stalls-A-1"] });
    let told = ada.hold_with(&event, &wanted).await.is_problem(403, "queue_first");
    assert_eq!((told.str("/queue_url"), told.str("/pass")), (format!("/v1/events/{event}/queue"), "missing".to_owned()));
    let table = [
        (forged, "forged"),
        (String::new(), "forged"),
        ("A".repeat(96), "forged"),
        (seal(&pass(&other, &ada, 600.0)), "other_event"),
        (seal(&pass(&event, &bob, 600.0)), "other_buyer"),
        (seal(&pass(&event, &ada, -5.1)), "expired"),
    ];
    for (shown, why) in &table {
        for wanted in [wanted.clone(), json!({ "best": { "quantity": 1 } }), json!({ "area": "floor", "quantity": 1 })] {
            let told = hold(&ada, &event, shown, &wanted).await.is_problem(403, "queue_first");
            assert_eq!((told.str("/pass").as_str(), told.str("/queue_url")), (*why, format!("/v1/events/{event}/queue")));
        }
    }
    hold(&ada, &other, &table[0].0, &wanted).await.is(201);
    assert_eq!(app.seat(&event, "stalls-A-1").await, "available");
    hold(&ada, &event, &seal(&pass(&event, &ada, -3.0)), &wanted).await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn one_pass_has_one_live_hold_and_ends_with_its_order() {
    let app = App::start().await;
    let event = queued(&app).await;
    let ada = app.buyer("ada").await;
    let shown = app.gateway.keys.passes().seal(&pass(&event, &ada, 600.0));
    let (floor, seat) = (json!({ "area": "floor", "quantity": 1 }), json!({ "seats": ["stalls-A-1"] }));
    let first = hold(&ada, &event, &shown, &seat).await.is(201).str("/id");
    let told = hold(&ada, &event, &shown, &floor).await.is_problem(409, "pass_used");
    assert_eq!(told.str("/hold_id"), first);
    ada.delete(&format!("/v1/holds/{first}")).await.is(200);
    let second = hold(&ada, &event, &shown, &seat).await.is(201).str("/id");
    let paying = ada.checkout(&second, "sandbox").await.is(201).str("/payment/url");
    ada.press(&paying, "pay").await.is(200);
    let told = hold(&ada, &event, &shown, &floor).await.is_problem(409, "pass_used");
    assert!(told.json()["hold_id"].is_null(), "{}", told.text());
    app.audited().await;
    app.stop().await;
}
