use acceptance::App;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn blocked_seats_are_not_sold_until_they_are_freed() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/blocks");
    let (organiser, ada) = (app.organiser().await, app.buyer("ada").await);
    let seats = json!({ "seats": ["stalls-A-1", "stalls-A-2"] });
    let blocked = organiser.put(&path, &seats).await.is(200);
    assert_eq!(blocked.int("/counts/blocked"), 2);
    ada.hold(&owls, &["stalls-A-1"]).await.is_problem(409, "seats_unavailable");
    let freed = organiser.ask(Method::DELETE, &path).json(&seats).send().await.is(200);
    assert_eq!(freed.int("/counts/blocked"), 0);
    ada.hold(&owls, &["stalls-A-1"]).await.is(201);
    organiser.put(&path, &seats).await.is_problem(409, "seats_unavailable");
    organiser.put(&path, &json!({})).await.is_problem(422, "invalid").names("seats");
    ada.ask(Method::PUT, &path).json(&seats).send().await.is_problem(403, "forbidden");
    app.audited().await;
    app.stop().await;
}
