use acceptance::App;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_put_replaces_and_an_old_etag_is_412() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let plain = app.event("plain").await;
    let path = format!("/v1/events/{plain}");
    let etag = app.get(&path).await.is(200).etag();
    let new = json!({ "title": "Replaced", "starts_at": "2031-03-21T10:00:00Z" });
    let put = |etag: &str| organiser.ask(Method::PUT, &path).header("if-match", etag).json(&new).send();
    let replaced = put(&etag).await.is(200);
    assert_eq!(replaced.str("/title"), "Replaced");
    assert!(replaced.json()["venue"].is_null(), "what is left out becomes empty");
    assert_eq!(app.get(&path).await.is(200).etag(), replaced.etag());
    put(&etag).await.is_problem(412, "version_mismatch");
    put("\"nonsense\"").await.is_problem(412, "version_mismatch");
    put(&format!("W/{}", replaced.etag())).await.is_problem(412, "version_mismatch");
    put("*").await.is(200);
    let absent = "/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";
    organiser.put(absent, &new).await.is_problem(404, "not_found");
    app.stop().await;
}
