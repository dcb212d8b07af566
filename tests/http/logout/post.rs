use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn a_token_is_dead_after_it_and_brings_no_earlier_buyer_back() {
    let app = App::start().await;
    let away = app.buyer("away").await;
    app.sign_up("ada", None).await.is(202);
    let ada = app.log_in("ada", Some(&away.token)).await;
    ada.ask(Method::POST, "/v1/logout").send().await.is(204);
    for token in [&ada.token, &away.token] {
        app.ask(Method::GET, "/v1/me/orders").token(token).send().await.is_problem(401, "unauthorized");
    }
    ada.ask(Method::POST, "/v1/logout").send().await.is_problem(401, "unauthorized");
    app.ask(Method::POST, "/v1/logout").send().await.is_problem(401, "unauthorized");
    let bob = app.buyer("bob").await;
    bob.ask(Method::POST, "/v1/logout").send().await.is(204);
    bob.get("/v1/me/orders").await.is_problem(401, "unauthorized");
    app.ask(Method::POST, "/v1/logout").token(&app.organiser().await.key).send().await.is_problem(403, "forbidden");
    app.stop().await;
}
