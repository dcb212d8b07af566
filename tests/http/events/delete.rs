use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn an_event_is_deleted_unless_it_sold_or_changed() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let (plain, owls) = (app.event("plain").await, app.event("owls-1").await);
    let stale = organiser.ask(Method::DELETE, &format!("/v1/events/{plain}")).header("if-match", "\"99\"");
    stale.send().await.is_problem(412, "version_mismatch");
    let deleted = organiser.delete(&format!("/v1/events/{plain}")).await.is(204);
    assert!(deleted.body.is_empty());
    app.get(&format!("/v1/events/{plain}")).await.is_problem(404, "not_found");
    organiser.delete(&format!("/v1/events/{plain}")).await.is_problem(404, "not_found");
    app.buyer("ada").await.buy(&owls, &["stalls-A-1"]).await;
    organiser.delete(&format!("/v1/events/{owls}")).await.is_problem(409, "in_use");
    app.stop().await;
}
