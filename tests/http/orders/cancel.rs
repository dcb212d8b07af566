use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn a_cancelled_order_is_refunded_and_its_seats_are_free() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let owls = app.event("owls-1").await;
    let order = ada.buy(&owls, &["stalls-A-1"]).await;
    let path = format!("/v1/orders/{}/cancel", order.str("/id"));
    bob.ask(Method::POST, &path).send().await.is_problem(404, "not_found");
    let cancelled = ada.ask(Method::POST, &path).send().await.is(200);
    assert_eq!(cancelled.str("/state"), "refunded");
    assert!(cancelled.json()["tickets"][0]["code"].is_null());
    let payment = ada.get(&format!("/v1/payments/{}", order.str("/payment_id"))).await.is(200);
    assert_eq!((payment.str("/state"), payment.str("/refund_reason")), ("refunded".into(), "order_cancelled".into()));
    assert_eq!(ada.ask(Method::POST, &path).send().await.is(200).body, cancelled.body, "again: the same answer");
    let ticket = order.str("/tickets/0/links/svg");
    ada.get(&ticket).await.is_problem(409, "conflict");
    bob.hold(&owls, &["stalls-A-1"]).await.is(201);
    app.audited().await;
    app.stop().await;
}
