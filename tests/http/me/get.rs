use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn orders_and_tickets_are_paged_newest_first() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let owls = app.event("owls-1").await;
    for seat in ["stalls-A-1", "stalls-B-1", "stalls-C-1"] {
        ada.buy(&owls, &[seat]).await;
    }
    let first = ada.get("/v1/me/orders?limit=2").await.is(200);
    assert_eq!(first.str("/items/0/tickets/0/seat/id"), "stalls-C-1");
    assert_eq!(first.header("cache-control"), Some("private, no-store"));
    let cursor = first.str("/next_cursor");
    let second = ada.get(&format!("/v1/me/orders?limit=2&cursor={cursor}")).await.is(200);
    assert_eq!(second.str("/items/0/tickets/0/seat/id"), "stalls-A-1");
    assert!(second.json()["next_cursor"].is_null());
    bob.get(&format!("/v1/me/orders?limit=2&cursor={cursor}")).await.is_problem(400, "cursor_mismatch");
    let tickets = ada.get("/v1/me/tickets?limit=2").await.is(200);
    let rest = ada.get(&format!("/v1/me/tickets?limit=2&cursor={}", tickets.str("/next_cursor"))).await.is(200);
    assert_eq!(rest.json()["items"].as_array().expect("tickets").len(), 1);
    ada.get("/v1/me/tickets?limit=0").await.is_problem(422, "invalid").names("limit");
    ada.get("/v1/me/tickets?limit=101").await.is_problem(422, "invalid").names("limit");
    app.organiser().await.ask(Method::GET, "/v1/me/tickets").send().await.is_problem(403, "forbidden");
    assert!(bob.get("/v1/me/tickets").await.is(200).json()["items"].as_array().expect("tickets").is_empty());
    app.stop().await;
}
