use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_checkout_gives_a_payment_with_its_page() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let begun = ada.checkout(&hold, "sandbox").await.is(201);
    assert_snapshot!(begun.shown());
    let url = begun.str("/payment/url");
    assert!(url.starts_with(&app.url("/")), "{url} is absolute");
    assert_eq!(ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state"), "paying");
    app.stop().await;
}

#[tokio::test]
async fn nothing_due_gives_the_order_at_once() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let free = app.event("free").await;
    let hold = ada.hold_with(&free, &json!({ "area": "general", "quantity": 2 })).await.is(201).str("/id");
    let mut body = ada.checkout_body("free");
    body["attendees"] = json!([{ "name": "Grace Hopper" }]);
    let ordered = ada.post(&format!("/v1/holds/{hold}/checkout"), &body).await.is(201);
    assert_snapshot!(ordered.shown());
    assert_eq!(ordered.str("/order/tickets/0/holder"), "Grace Hopper");
    assert_eq!(ordered.str("/order/tickets/1/holder"), "ada");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn free_is_for_nothing_due_only() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let told = ada.checkout(&hold, "free").await.is_problem(409, "payment_required");
    assert_eq!(told.int("/total/amount"), 9_500);
    app.stop().await;
}

#[tokio::test]
async fn a_checkout_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let contact = json!({ "name": "Ada", "email": "ada@example.com" });
    let table = [
        (json!({ "contact": contact }), "method"),
        (json!({ "method": "gold", "contact": contact }), "method"),
        (json!({ "method": "sandbox" }), "contact"),
        (json!({ "method": "sandbox", "contact": { "name": "", "email": "ada@example.com" } }), "contact.name"),
        (json!({ "method": "sandbox", "contact": { "name": "Ada", "email": "nonsense" } }), "contact.email"),
        (json!({ "method": "sandbox", "contact": { "name": "Ada", "email": "a@b", "phone": "1" } }), "contact.phone"),
        (json!({ "method": "sandbox", "contact": contact, "attendees": [{ "name": "\u{0}" }] }), "attendees[0].name"),
        (json!({ "method": "sandbox", "contact": contact, "tip": 5 }), "tip"),
    ];
    for (body, field) in table {
        ada.post(&format!("/v1/holds/{hold}/checkout"), &body).await.is_problem(422, "invalid").names(field);
    }
    let keyless = ada.ask(Method::POST, &format!("/v1/holds/{hold}/checkout")).json(&ada.checkout_body("sandbox"));
    keyless.send().await.is_problem(400, "idempotency_key_missing");
    app.stop().await;
}

#[tokio::test]
async fn a_declined_payment_can_be_tried_again() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let first = ada.checkout(&hold, "sandbox").await.is(201);
    let declined = ada.press(&first.str("/payment/url"), "decline").await.is(200);
    assert_eq!(declined.str("/payment/state"), "declined");
    let second = ada.checkout(&hold, "sandbox").await.is(201);
    assert_ne!(first.str("/payment/id"), second.str("/payment/id"));
    let paid = ada.press(&second.str("/payment/url"), "pay").await.is(200);
    assert_eq!(paid.str("/payment/state"), "captured");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_replayed_checkout_is_the_same_payment() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let path = format!("/v1/holds/{hold}/checkout");
    let first = ada.ask(Method::POST, &path).key("c").json(&ada.checkout_body("sandbox")).send().await.is(201);
    let again = ada.ask(Method::POST, &path).key("c").json(&ada.checkout_body("sandbox")).send().await.is(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    app.stop().await;
}
