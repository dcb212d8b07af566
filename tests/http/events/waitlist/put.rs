use acceptance::App;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_organiser_sees_who_waits_and_may_send_them_away() {
    let app = App::start().await;
    let (owls, ada, organiser) = (app.event("owls-1").await, app.buyer("ada").await, app.organiser().await);
    app.leave_free(&owls, &["stalls-A-1", "stalls-A-2"]).await;
    ada.hold(&owls, &["stalls-A-1", "stalls-A-2"]).await.is(201);
    let path = format!("/v1/events/{owls}/waitlist");
    let mut entries = Vec::new();
    for (name, quantity) in [("bob", 1), ("cyd", 2), ("dee", 1)] {
        entries.push(app.buyer(name).await.post(&path, &json!({ "quantity": quantity })).await.is(201));
    }
    assert_eq!([0, 1, 2].map(|n: usize| entries[n].int("/position")), [1, 1, 2]);
    let first = organiser.get(&format!("{path}?limit=2")).await.is(200);
    assert_eq!(
        (first.json()["counts"][0].clone(), first.json()["open"].clone()),
        (json!({ "state": "waiting", "entries": 3, "places": 4 }), json!(true))
    );
    assert_eq!(first.str("/items/1/id"), entries[1].str("/id"));
    let rest = organiser.get(&format!("{path}?limit=2&cursor={}", first.str("/next_cursor"))).await.is(200).json();
    assert_eq!((rest["items"].as_array().map(Vec::len), rest["next_cursor"].is_null()), (Some(1), true));
    organiser.put(&path, &json!({})).await.is_problem(422, "invalid").names("open");
    ada.ask(Method::PUT, &path).json(&json!({ "open": false })).send().await.is_problem(403, "forbidden");
    let closed = organiser.put(&path, &json!({ "open": false })).await.is(200);
    assert_eq!((closed.json()["open"].clone(), closed.int("/counts/4/entries")), (json!(false), 3), "impossible");
    let refused = app.buyer("bob").await.post(&path, &json!({ "quantity": 1 })).await.is_problem(409, "not_waiting");
    assert_eq!(refused.str("/why"), "closed");
    organiser.put(&path, &json!({ "open": true })).await.is(200);
    app.buyer("bob").await.post(&path, &json!({ "quantity": 1 })).await.is(201);
    let lines = organiser.get("/v1/audit?action=events.waitlist").await.is(200).json();
    assert_eq!(lines["items"].as_array().map(Vec::len), Some(2));
    app.audited().await;
    app.stop().await;
}
