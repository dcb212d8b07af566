//! What the router itself refuses is a problem document like any other.

use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn an_unknown_path_is_404() {
    let app = App::start().await;
    app.get("/v1/nothing").await.is_problem(404, "not_found");
    let posted = app.ask(Method::POST, "/v1/nothing").raw("{}").send().await;
    assert_snapshot!(posted.is_problem(404, "not_found").shown());
    app.stop().await;
}

#[tokio::test]
async fn a_known_path_with_another_method_is_405() {
    let app = App::start().await;
    let told = app.ask(Method::DELETE, "/v1/search").send().await.is_problem(405, "method_not_allowed");
    assert!(told.header("allow").is_some_and(|allow| allow.contains("GET")), "{:?}", told.headers);
    app.ask(Method::PUT, "/v1/sessions").send().await.is_problem(405, "method_not_allowed");
    app.stop().await;
}

#[tokio::test]
async fn a_request_id_comes_back() {
    let app = App::start().await;
    let told = app.get("/v1/nothing").await;
    assert_eq!(told.header("x-request-id").map(str::to_owned), Some(told.str("/request_id")));
    app.stop().await;
}
