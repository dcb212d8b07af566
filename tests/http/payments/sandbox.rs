use acceptance::{App, Asked, Buyer, Reply, Setup, eventually};
use insta::assert_snapshot;
use std::time::Duration;

async fn begun(app: &App, buyer: &Buyer, event: &str, seat: &str) -> (String, Reply) {
    let hold = buyer.hold(event, &[seat]).await.is(201).str("/id");
    let payment = buyer.checkout(&hold, "sandbox").await.is(201);
    let _ = app;
    (hold, payment)
}

#[tokio::test]
async fn paying_makes_the_order_before_the_page_goes_on() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (hold, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let paid = ada.press(&payment.str("/payment/url"), "pay").await.is(200);
    assert_snapshot!(paid.shown());
    let order = ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/order_id");
    assert_eq!(paid.str("/payment/order_id"), order);
    let seen = ada.get(&format!("/v1/payments/{}", payment.str("/payment/id"))).await.is(200);
    assert_eq!(seen.str("/state"), "captured");
    ada.press(&payment.str("/payment/url"), "pay").await.is_problem(409, "payment_decided");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_form_is_sent_on_to_the_orders_page() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (hold, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let form = Asked::new(app.client.post(payment.str("/payment/url"))).form("action=pay").send().await.is(303);
    let order = ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/order_id");
    assert_eq!(form.header("location"), Some(format!("/orders/{order}").as_str()));
    app.stop().await;
}

#[tokio::test]
async fn a_button_that_is_not_there_is_named() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (_, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let url = payment.str("/payment/url");
    ada.press(&url, "steal").await.is_problem(422, "invalid").names("action");
    Asked::new(app.client.post(&url)).form("action=steal").send().await.is_problem(422, "invalid").names("action");
    Asked::new(app.client.post(&url)).form("").send().await.is_problem(422, "invalid").names("action");
    Asked::new(app.client.post(&url)).raw("{").send().await.is_problem(400, "json_malformed");
    let absent = app.url("/sandbox/payments/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44");
    ada.press(&absent, "pay").await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_delayed_payment_arrives_by_itself() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (hold, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let pressed = ada.press(&payment.str("/payment/url"), "delay").await.is(200);
    assert_eq!(pressed.str("/payment/state"), "pending");
    eventually("the order is there", async || ada.get(&format!("/v1/holds/{hold}")).await.str("/state") == "ordered").await;
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn who_pays_twice_gets_one_order() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let (_, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let paid = ada.press(&payment.str("/payment/url"), "pay_twice").await.is(200);
    assert_eq!(paid.str("/payment/state"), "captured");
    assert_eq!(paid.json()["webhooks"].as_array().expect("webhooks").len(), 2);
    let orders = ada.get("/v1/me/orders").await.is(200).json();
    assert_eq!(orders["items"].as_array().expect("orders").len(), 1);
    assert_snapshot!(ada.get(&format!("/v1/payments/{}", payment.str("/payment/id"))).await.is(200).shown());
    app.audited().await;
    app.stop().await;
}

fn brief() -> Setup {
    Setup { hold_ttl: Duration::from_secs(1), ..Setup::default() }
}

async fn late(buyer: &Buyer, payment: &str, state: &str) -> Reply {
    let path = format!("/v1/payments/{payment}");
    eventually("the payment is decided", async || buyer.get(&path).await.is(200).str("/state") == state).await;
    buyer.get(&path).await.is(200)
}

#[tokio::test]
async fn a_late_payment_is_honoured_while_the_seats_are_free() {
    let app = App::with(brief()).await;
    let ada = app.buyer("ada").await;
    let (hold, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    ada.press(&payment.str("/payment/url"), "pay_late").await.is(200);
    eventually("the hold lapses", async || ada.get(&format!("/v1/holds/{hold}")).await.str("/state") == "lapsed").await;
    let seen = late(&ada, &payment.str("/payment/id"), "captured").await;
    ada.get(&format!("/v1/orders/{}", seen.str("/order_id"))).await.is(200);
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_late_payment_is_refunded_once_others_have_the_seats() {
    let app = App::with(brief()).await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let owls = app.event("owls-1").await;
    let (hold, payment) = begun(&app, &ada, &owls, "stalls-A-1").await;
    ada.press(&payment.str("/payment/url"), "pay_late").await.is(200);
    eventually("the hold lapses", async || ada.get(&format!("/v1/holds/{hold}")).await.str("/state") == "lapsed").await;
    bob.buy(&owls, &["stalls-A-1"]).await;
    let seen = late(&ada, &payment.str("/payment/id"), "refunded").await;
    assert_eq!(seen.str("/refund_reason"), "seats_taken");
    assert!(seen.json()["order_id"].is_null());
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn another_buyers_payment_looks_absent_to_the_byte() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let (_, payment) = begun(&app, &ada, &app.event("owls-1").await, "stalls-A-1").await;
    let foreign = bob.get(&format!("/v1/payments/{}", payment.str("/payment/id"))).await.is_problem(404, "not_found");
    let absent = bob.get("/v1/payments/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44").await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), absent.without_request_id());
    app.stop().await;
}
