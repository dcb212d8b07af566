use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn a_cancelled_event_gives_everybody_the_money_back() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let order = ada.buy(&owls, &["stalls-A-1", "stalls-A-2"]).await;
    let hold = bob.hold(&owls, &["stalls-B-1"]).await.is(201).str("/id");
    let path = format!("/v1/events/{owls}/cancel");
    ada.ask(Method::POST, &path).send().await.is_problem(403, "forbidden");
    let organiser = app.organiser().await;
    let done = organiser.ask(Method::POST, &path).send().await.is(200);
    assert_eq!((done.int("/given_back"), done.int("/remaining")), (1, 0));
    assert_eq!(ada.get(&format!("/v1/orders/{}", order.str("/id"))).await.is(200).str("/state"), "refunded");
    let payment = ada.get(&format!("/v1/payments/{}", order.str("/payment_id"))).await.is(200);
    assert_eq!(payment.str("/refund_reason"), "event_cancelled");
    assert_eq!(bob.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state"), "released");
    bob.hold(&owls, &["stalls-C-1"]).await.is_problem(409, "sale_closed");
    assert_eq!(app.get(&format!("/v1/events/{owls}")).await.is(200).str("/availability"), "cancelled");
    organiser.ask(Method::POST, &path).send().await.is(200);
    app.audited().await;
    app.stop().await;
}
