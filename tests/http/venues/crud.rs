use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_venue_is_created_read_changed_and_deleted() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let created = organiser.post("/v1/venues", &json!({ "name": "Zenith", "external_id": "z-1" })).await.is(201);
    assert_snapshot!(created.shown());
    let path = created.header("location").expect("a place").to_owned();
    let shown = app.get(&path).await.is(200);
    assert_eq!((shown.etag(), &shown.body), (created.etag(), &created.body));
    app.ask(Method::GET, &path).header("if-none-match", &shown.etag()).send().await.is(304);
    let patch = organiser.ask(Method::PATCH, &path).header("if-match", &shown.etag()).json(&json!({ "description": "High up." }));
    let patched = patch.send().await.is(200);
    assert_eq!(patched.str("/description"), "High up.");
    let stale = organiser.ask(Method::PUT, &path).header("if-match", &shown.etag()).json(&json!({ "name": "Nadir" }));
    stale.send().await.is_problem(412, "version_mismatch");
    let replaced = organiser.put(&path, &json!({ "name": "Nadir" })).await.is(200);
    assert_eq!((replaced.str("/name"), replaced.str("/description")), ("Nadir".to_owned(), String::new()));
    organiser.delete(&path).await.is(204);
    app.get(&path).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_venue_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": ["x"] }), "name"),
        (json!({ "name": "x", "colour": "red" }), "colour"),
    ] {
        organiser.post("/v1/venues", &body).await.is_problem(422, "invalid").names(field);
    }
    organiser.ask(Method::POST, "/v1/venues").raw("{").send().await.is_problem(400, "json_malformed");
    let ada = app.buyer("ada").await;
    ada.ask(Method::POST, "/v1/venues").json(&json!({ "name": "x" })).send().await.is_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn a_venue_in_use_stays() {
    let app = App::start().await;
    let id = app.id("venues", "riverside").await;
    app.organiser().await.delete(&format!("/v1/venues/{id}")).await.is_problem(409, "in_use");
    app.stop().await;
}

#[tokio::test]
async fn venues_are_listed_by_name() {
    let app = App::start().await;
    let list = app.get("/v1/venues?sort=-name&limit=1").await.is(200);
    assert_eq!(list.json()["items"].as_array().expect("items").len(), 1);
    app.get("/v1/venues?limit=0").await.is_problem(422, "invalid").names("limit");
    app.get("/v1/venues?colour=red").await.is_problem(422, "invalid").names("colour");
    app.get("/v1/venues?cursor=nonsense").await.is_problem(400, "cursor_invalid");
    app.stop().await;
}
