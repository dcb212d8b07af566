use acceptance::App;
use acceptance::accounts::{PASSWORD, email};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_account_is_shown_to_its_owner_alone() {
    let app = App::start().await;
    let ada = app.member("ada").await;
    let me = ada.get("/v1/me").await.is(200);
    assert_eq!((me.str("/email"), me.str("/name"), me.str("/buyer_id")), (email("ada"), "ada".into(), ada.id.clone()));
    assert_eq!(me.header("cache-control"), Some("private, no-store"));
    assert!(!me.text().contains("password") && !me.text().contains("argon2"));
    app.get("/v1/me").await.is_problem(401, "unauthorized");
    app.buyer("bob").await.get("/v1/me").await.is_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn a_new_password_needs_the_one_until_now_and_ends_all_other_sessions() {
    let app = App::start().await;
    let (here, there) = (app.member("ada").await, app.log_in("ada", None).await);
    let new = "marzipan velvet tractor ibex";
    let change = |body: serde_json::Value| here.ask(Method::PATCH, "/v1/me").json(&body).send();
    assert_eq!(change(json!({ "name": "Ada King" })).await.is(200).str("/name"), "Ada King");
    there.get("/v1/me").await.is(200);
    change(json!({ "password": new })).await.is_problem(422, "invalid").names("current_password");
    change(json!({ "password": new, "current_password": "not the one of anybody" })).await.is_problem(403, "step_up");
    change(json!({ "password": "short", "current_password": PASSWORD })).await.is_problem(422, "invalid").names("password");
    change(json!({ "email": "other@example.org" })).await.is_problem(422, "invalid").names("email");
    change(json!({ "password": new, "current_password": PASSWORD })).await.is(200);
    here.get("/v1/me").await.is(200);
    there.get("/v1/me").await.is_problem(401, "unauthorized");
    app.try_log_in(&email("ada"), PASSWORD, None).await.is_problem(401, "login_failed");
    app.try_log_in(&email("ada"), new, None).await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_closed_account_is_forgotten_and_its_orders_stay() {
    let app = App::start().await;
    let (here, there) = (app.member("ada").await, app.log_in("ada", None).await);
    here.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let close = |password: &str| here.ask(Method::DELETE, "/v1/me").json(&json!({ "password": password })).send();
    close("not the one of anybody").await.is_problem(403, "step_up");
    here.ask(Method::DELETE, "/v1/me").json(&json!({})).send().await.is_problem(422, "invalid").names("password");
    close(PASSWORD).await.is(204);
    for buyer in [&here, &there] {
        buyer.get("/v1/me").await.is_problem(401, "unauthorized");
    }
    app.try_log_in(&email("ada"), PASSWORD, None).await.is_problem(401, "login_failed");
    assert_eq!(app.seat(&app.event("owls-1").await, "stalls-A-1").await, "sold");
    app.audited().await;
    let again = app.member("ada").await;
    assert_ne!(again.id, here.id, "the e-mail is free, the things are not");
    assert_eq!(again.get("/v1/me/orders").await.is(200).json()["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_password_is_not_guessed_by_who_holds_a_token() {
    let app = App::start().await;
    let ada = app.member("ada").await;
    let close = |password: &str| ada.ask(Method::DELETE, "/v1/me").json(&json!({ "password": password })).send();
    for _ in 0..5 {
        close("not the one of anybody").await.is_problem(403, "step_up");
    }
    close(PASSWORD).await.is_problem(429, "rate_limited");
    ada.get("/v1/me").await.is(200);
    app.stop().await;
}
