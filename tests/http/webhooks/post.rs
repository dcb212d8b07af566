use acceptance::{App, Asked, Reply};
use gateway::payments::sandbox::notice::signature;
use insta::assert_snapshot;
use serde_json::{Value, json};

struct Notice {
    id: String,
    timestamp: i64,
    body: Value,
}

impl Notice {
    fn captured(app: &App, id: &str, payment: &str, amount: i64) -> Self {
        let now = app.gateway.clock.now();
        let data = json!({ "payment_id": payment, "amount": { "amount": amount, "currency": "AUD" } });
        let body = json!({ "type": "payment.captured", "timestamp": now.to_string(), "data": data });
        Self { id: id.to_owned(), timestamp: now.as_second(), body }
    }

    async fn send(&self, app: &App) -> Reply {
        let body = self.body.to_string();
        let signed =
            signature(app.gateway.keys.webhook().as_str(), &self.id, self.timestamp, body.as_bytes()).expect("a signature");
        self.send_signed(app, &signed).await
    }

    async fn send_signed(&self, app: &App, signature: &str) -> Reply {
        let request = Asked::new(app.client.post(app.url("/v1/webhooks/sandbox"))).header("webhook-id", &self.id);
        let request = request.header("webhook-timestamp", &self.timestamp.to_string()).header("webhook-signature", signature);
        request.raw(self.body.to_string()).send().await
    }
}

async fn pending(app: &App) -> (acceptance::Buyer, String) {
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let payment = ada.checkout(&hold, "sandbox").await.is(201).str("/payment/id");
    (ada, payment)
}

async fn state(buyer: &acceptance::Buyer, payment: &str) -> String {
    buyer.get(&format!("/v1/payments/{payment}")).await.is(200).str("/state")
}

#[tokio::test]
async fn a_signed_notice_is_taken_once() {
    let app = App::start().await;
    let (ada, payment) = pending(&app).await;
    let notice = Notice::captured(&app, "evt-1", &payment, 9_500);
    notice.send(&app).await.is(204);
    notice.send(&app).await.is(204);
    assert_eq!(state(&ada, &payment).await, "captured");
    let orders = ada.get("/v1/me/orders").await.is(200).json();
    assert_eq!(orders["items"].as_array().expect("orders").len(), 1);
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_signature_changes_nothing() {
    let app = App::start().await;
    let (ada, payment) = pending(&app).await;
    let notice = Notice::captured(&app, "evt-1", &payment, 9_500);
    for signature in ["v1,AAAA", "", "v1,", "nonsense", "v2,AAAA v1,BBBB"] {
        notice.send_signed(&app, signature).await.is_problem(400, "signature_invalid");
    }
    let foreign = signature("whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUE=", "evt-1", notice.timestamp, notice.body.to_string().as_bytes());
    let told = notice.send_signed(&app, &foreign.expect("a signature")).await.is_problem(400, "signature_invalid");
    assert_snapshot!(told.shown());
    let other_body = Notice { body: json!({ "type": "payment.captured" }), ..Notice::captured(&app, "evt-1", &payment, 9_500) };
    let signed = signature(app.gateway.keys.webhook().as_str(), "evt-1", notice.timestamp, notice.body.to_string().as_bytes());
    other_body.send_signed(&app, &signed.expect("a signature")).await.is_problem(400, "signature_invalid");
    let bare = Asked::new(app.client.post(app.url("/v1/webhooks/sandbox"))).raw("{}").send().await;
    bare.is_problem(400, "signature_invalid");
    assert_eq!(state(&ada, &payment).await, "pending");
    app.stop().await;
}

#[tokio::test]
async fn an_old_timestamp_changes_nothing() {
    let app = App::start().await;
    let (ada, payment) = pending(&app).await;
    for shift in [-301, 310, -86_400] {
        let mut notice = Notice::captured(&app, "evt-1", &payment, 9_500);
        notice.timestamp += shift;
        notice.send(&app).await.is_problem(400, "signature_invalid");
    }
    assert_eq!(state(&ada, &payment).await, "pending");
    let mut notice = Notice::captured(&app, "evt-1", &payment, 9_500);
    notice.timestamp -= 290;
    notice.send(&app).await.is(204);
    assert_eq!(state(&ada, &payment).await, "captured");
    app.stop().await;
}

#[tokio::test]
async fn a_notice_of_nothing_or_of_another_shape_is_refused() {
    let app = App::start().await;
    let (_, payment) = pending(&app).await;
    Notice::captured(&app, "evt-1", "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44", 9_500).send(&app).await.is_problem(404, "not_found");
    let mut odd = Notice::captured(&app, "evt-2", &payment, 9_500);
    odd.body["type"] = json!("payment.vanished");
    odd.send(&app).await.is_problem(422, "invalid").names("type");
    app.stop().await;
}

#[tokio::test]
async fn the_wrong_amount_is_given_back() {
    let app = App::start().await;
    let (ada, payment) = pending(&app).await;
    Notice::captured(&app, "evt-1", &payment, 1).send(&app).await.is(204);
    let seen = ada.get(&format!("/v1/payments/{payment}")).await.is(200);
    assert_eq!(seen.str("/refund_reason"), "wrong_amount");
    let orders = ada.get("/v1/me/orders").await.is(200).json();
    assert!(orders["items"].as_array().expect("orders").is_empty());
    app.stop().await;
}
