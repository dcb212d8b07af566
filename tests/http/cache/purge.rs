//! `POST /v1/cache/purge`

use acceptance::{App, eventually, picture};
use people::{Role, WantedKey};
use serde_json::json;

#[tokio::test]
async fn who_runs_the_installation_makes_every_node_forget() {
    let app = App::start().await;
    let other = app.beside().await;
    let admin = app.with_key(WantedKey::new(Role::Admin, "")).await;
    let image = app.organiser().await.upload(&picture(40, 30), "Two fields").await.is(201);
    let path = format!("{}?width=160", image.str("/links/self"));
    let kept = async |node: &App| {
        let said = node.ask(reqwest::Method::GET, &path).header("accept", "image/png").send().await.is(200);
        said.header("cache-status").expect("a cache").to_owned()
    };
    for node in [&app, &other] {
        assert!(kept(node).await.contains("stored"));
        // fresh for a minute
        assert!(kept(node).await.contains("hit"));
    }
    admin.post("/v1/cache/purge", &json!({ "tags": [format!("image-{}", image.str("/id"))] })).await.is(202);
    assert!(kept(&app).await.contains("stored"), "here at once");
    eventually("the other node forgets too", || async { kept(&other).await.contains("stored") }).await;
    let told = admin.get("/v1/audit?action=cache.purge").await.is(200).json();
    assert_eq!(told["items"][0]["after"]["tags"][0], format!("image-{}", image.str("/id")));
    for (tags, field) in [
        (json!([]), "tags"),
        (json!(["a b"]), "tags[0]"),
        (json!(["x".repeat(201)]), "tags[0]"),
        (json!(["events", "/a/../b"]), "tags[1]"),
    ] {
        admin.post("/v1/cache/purge", &json!({ "tags": tags })).await.is_problem(422, "invalid").names(field);
    }
    // our own cache knows neither paths nor the word for everything: either empties it
    for tag in ["boxoffice-all", "/v1/cities"] {
        eventually("it is kept again", || async { kept(&app).await.contains("hit") }).await;
        admin.post("/v1/cache/purge", &json!({ "tags": [tag] })).await.is(202);
        assert!(kept(&app).await.contains("stored"), "{tag}");
    }
    let body = json!({ "tags": ["events"] });
    app.organiser().await.post("/v1/cache/purge", &body).await.is_problem(403, "forbidden");
    app.buyer("ada").await.post("/v1/cache/purge", &body).await.is_problem(403, "forbidden");
    app.stop().await;
    other.stop().await;
}
