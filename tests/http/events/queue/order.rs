//! `GET /v1/events/{id}/queue/order`: who came before the start, in an order that anybody can check.

use acceptance::{App, eventually};
use domain::BuyerId;
use gateway::api::queue::order::QueueOrderBody;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::put::{join, put};

#[tokio::test]
async fn the_order_is_secret_before_the_start_and_checked_by_anybody_after_it() {
    let app = App::start().await;
    let (event, organiser) = (app.event("later").await, app.organiser().await);
    let opens = async |at: Timestamp| {
        organiser.patch(&format!("/v1/events/{event}"), &json!({ "sale_opens_at": at.to_string() })).await.is(200);
    };
    let now = domain::Clock::System.now();
    opens(now + SignedDuration::from_hours(1)).await;
    let settings = json!({ "mode": "on", "slots": 1, "order": "shuffle", "pre_queue_from": (now - SignedDuration::from_hours(1)).to_string() });
    put(&app, &event, &settings).await.is(200);
    let mut places = Vec::new();
    for name in ["ada", "bob", "cyd", "dan", "eve"] {
        let buyer = app.buyer(name).await;
        let joined = join(&buyer, &event).await.is(201);
        assert_eq!((joined.str("/state"), joined.json()["place"].is_null()), ("before".to_owned(), true));
        places.push((buyer, joined.str("/links/self")));
    }
    let order = format!("/v1/events/{event}/queue/order");
    app.get(&order).await.is_problem(409, "not_drawn");
    let before = app.get(&format!("/v1/events/{event}/queue")).await.is(200).json();
    assert!(before["seed"].is_null() && before["waiting"] == 5, "{before:#}");
    opens(now - SignedDuration::from_mins(1)).await;
    eventually("it starts", async || app.get(&order).await.status == 200).await;
    let body: QueueOrderBody = serde_json::from_value(app.get(&order).await.is(200).json()).expect("an order");
    assert_eq!(Some(body.seed_hash.as_str()), before["seed_hash"].as_str(), "the seed that was promised");
    assert_eq!(queue::verify(&body.published().expect("hexadecimal")), Ok(5));
    eventually("the first one is let in", async || {
        let first = places.iter().find(|(buyer, _)| place_of(&body, buyer) == 1).expect("drawn");
        app.get(&first.1).await.is(200).str("/state") == "admitted"
    })
    .await;
    for (buyer, place) in places.iter().filter(|(buyer, _)| place_of(&body, buyer) > 1) {
        assert_eq!(app.get(place).await.is(200).int("/place"), place_of(&body, buyer) - 1);
    }
    app.stop().await;
}

fn place_of(body: &QueueOrderBody, buyer: &acceptance::Buyer) -> i64 {
    let id: BuyerId = buyer.id.parse().expect("an id");
    body.place_of(queue::holder(id)).map_or(0, |place| place as i64)
}
