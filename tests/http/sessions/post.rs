use acceptance::{App, Setup};
use insta::assert_snapshot;
use reqwest::Method;
use std::time::Duration;

#[tokio::test]
async fn an_anonymous_session_opens() {
    let app = App::start().await;
    let session = app.ask(Method::POST, "/v1/sessions").send().await.is(201);
    assert_snapshot!(session.shown());
    let again = app.ask(Method::POST, "/v1/sessions").raw("{}").send().await.is(201);
    assert_ne!(session.str("/buyer_id"), again.str("/buyer_id"));
    app.stop().await;
}

#[tokio::test]
async fn a_session_takes_no_fields() {
    let app = App::start().await;
    app.ask(Method::POST, "/v1/sessions").raw(r#"{"name":"ada"}"#).send().await.is_problem(422, "invalid").names("name");
    app.ask(Method::POST, "/v1/sessions").raw("{").send().await.is_problem(400, "json_malformed");
    app.stop().await;
}

#[tokio::test]
async fn a_forged_or_missing_token_is_unauthorized() {
    let app = App::start().await;
    let genuine = app.buyer("ada").await.token;
    let forged = format!("{}{}", &genuine[..genuine.len() - 1], if genuine.ends_with('A') { 'B' } else { 'A' });
    for token in [forged.as_str(), "bxo_nonsense", "x"] {
        let told = app.ask(Method::GET, "/v1/me/orders").token(token).send().await.is_problem(401, "unauthorized");
        assert_eq!(told.header("www-authenticate"), Some("Bearer"));
    }
    app.get("/v1/me/orders").await.is_problem(401, "unauthorized");
    app.ask(Method::GET, "/v1/me/orders").header("authorization", "Basic YTpi").send().await.is_problem(401, "unauthorized");
    app.stop().await;
}

#[tokio::test]
async fn an_expired_token_is_unauthorized() {
    let app = App::with(Setup { session_ttl: Duration::from_millis(1), ..Setup::default() }).await;
    let ada = app.buyer("ada").await;
    acceptance::eventually("the token expires", async || ada.get("/v1/me/orders").await.status == 401).await;
    ada.get("/v1/me/orders").await.is_problem(401, "unauthorized");
    app.stop().await;
}
