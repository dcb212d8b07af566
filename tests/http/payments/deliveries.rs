use acceptance::{App, eventually};
use domain::{Clock, Money};
use gateway::payments::sandbox::UNHEARD;
use gateway::payments::sandbox::notice::WebhookType;
use gateway::payments::sandbox::store::deliveries::{self, Delivery};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

fn capture(payment: Uuid, due_at: Timestamp) -> Delivery {
    let amount = Money::new(9_500, "AUD".parse().expect("a currency"));
    Delivery { id: Uuid::new_v4(), payment, kind: WebhookType::Captured, amount, due_at, attempts: 0 }
}

async fn laws(app: &App) -> Vec<&'static str> {
    let report = gateway::payments::audit(&app.gateway.pool, &app.gateway.booking).await.expect("an audit");
    report.violations.into_iter().map(|violation| violation.law).collect()
}

#[tokio::test]
async fn a_capture_that_the_shop_refuses_is_told_again_and_the_audit_names_it() {
    let app = App::start().await;
    let pool = &app.gateway.pool;
    let since = Clock::System.now() - SignedDuration::try_from(UNHEARD).expect("in range");
    // of a payment that is not known: the shop answers 404
    let lost = capture(Uuid::new_v4(), since);
    deliveries::insert(pool, std::slice::from_ref(&lost)).await.expect("written");
    let tried = async || {
        let found = deliveries::undelivered(pool, since, 10).await.expect("rows");
        found.iter().any(|one| one.payment == lost.payment && one.attempts > 0)
    };
    eventually("it was tried", tried).await;
    app.drain().await;
    assert_eq!(laws(&app).await, ["capture_undelivered"]);
    let before = since - SignedDuration::from_micros(1);
    assert_eq!(deliveries::undelivered(pool, before, 10).await.expect("rows"), [], "the boundary instant counts");
    // a capture that may still come is no violation
    deliveries::settle(pool, lost.id).await.expect("settled");
    deliveries::insert(pool, &[capture(Uuid::new_v4(), Clock::System.now())]).await.expect("written");
    assert_eq!(laws(&app).await, Vec::<&str>::new());
    app.stop().await;
}

#[tokio::test]
async fn a_capture_is_told_however_often_it_was_refused_before() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let payment: Uuid = ada.checkout(&hold, "sandbox").await.is(201).str("/payment/id").parse().expect("an id");
    let due = Clock::System.now() + SignedDuration::from_secs(3_600);
    let told = capture(payment, due);
    deliveries::insert(&app.gateway.pool, std::slice::from_ref(&told)).await.expect("written");
    sqlx::query("UPDATE sandbox_deliveries SET attempts = 2000, due_at = now() WHERE id = $1")
        .bind(told.id)
        .execute(&app.gateway.pool)
        .await
        .expect("moved");
    eventually("it is paid", async || ada.get(&format!("/v1/holds/{hold}")).await.str("/state") == "ordered").await;
    app.audited().await;
    app.stop().await;
}
