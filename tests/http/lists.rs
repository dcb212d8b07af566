use acceptance::App;
use serde_json::json;

#[tokio::test]
async fn a_list_is_kept_for_a_moment_and_forgotten_when_something_is_written() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let venue = app.id("venues", "opera").await;
    let paths = ["/v1/events?category=owl+nights".to_owned(), format!("/v1/venues/{venue}/events?category=owl+nights")];
    for path in &paths {
        assert_eq!(app.get(path).await.is(200).json()["items"], json!([]));
    }
    let new = json!({ "title": "Late owls", "starts_at": "2031-06-01T10:00:00Z", "category": "owl nights", "venue_id": venue });
    let event = organiser.post("/v1/events", &new).await.is(201);
    for path in &paths {
        let listed = app.get(path).await.is(200);
        assert_eq!(listed.str("/items/0/title"), "Late owls", "{path}: what was written is seen at once");
    }
    organiser.patch(&format!("/v1/events/{}", event.str("/id")), &json!({ "title": "Later owls" })).await.is(200);
    for path in &paths {
        assert_eq!(app.get(path).await.is(200).str("/items/0/title"), "Later owls", "{path}");
    }
    organiser.delete(&format!("/v1/events/{}", event.str("/id"))).await.is(204);
    for path in &paths {
        assert_eq!(app.get(path).await.is(200).json()["items"], json!([]), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_an_edge_may_keep_says_by_which_tag_it_is_forgotten() {
    let app = App::start().await;
    let (event, venue) = (app.event("owls-1").await, app.id("venues", "opera").await);
    let paths = [
        "/v1/events".to_owned(),
        "/v1/series".to_owned(),
        "/v1/venues".to_owned(),
        "/v1/performers".to_owned(),
        "/v1/cities".to_owned(),
        "/v1/search".to_owned(),
        "/v1/suggest?q=o".to_owned(),
        format!("/v1/events/{event}"),
        format!("/v1/events/{event}/seats"),
        format!("/v1/events/{event}/seatmap.svg"),
        format!("/v1/venues/{venue}"),
        format!("/v1/venues/{venue}/events"),
        format!("/v1/venues/{venue}/seat-maps"),
        "/.well-known/boxoffice-keys.json".to_owned(),
        "/".to_owned(),
        "/search".to_owned(),
        format!("/venues/{venue}"),
        "/sitemap.xml".to_owned(),
        "/robots.txt".to_owned(),
        "/openapi.json".to_owned(),
    ];
    for path in &paths {
        let reply = app.get(path).await.is(200);
        assert!(reply.header("surrogate-key").is_some(), "{path}: {:?}", reply.header("cache-control"));
    }
    assert_eq!(app.get(&paths[0]).await.header("surrogate-key"), Some("all-events events"));
    let own = app.buyer("ada").await.get("/v1/me/orders").await.is(200);
    assert_eq!(own.header("cache-control"), Some("private, no-store"), "nobody keeps what is one buyer's");
    app.stop().await;
}
