use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn an_event_is_shown() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let event = app.get(&format!("/v1/events/{owls}")).await.is(200);
    assert_snapshot!(event.shown());
    app.ask(Method::GET, &format!("/v1/events/{owls}")).header("if-none-match", &event.etag()).send().await.is(304);
    app.get("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44").await.is_problem(404, "not_found");
    app.get("/v1/events/nonsense").await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn events_are_listed_page_by_page() {
    let app = App::start().await;
    let first = app.get("/v1/events?limit=4").await.is(200);
    assert_eq!(first.str("/items/0/external_id"), "past");
    let mut seen = 4;
    let mut next = first.json()["next_cursor"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let page = app.get(&format!("/v1/events?limit=4&cursor={cursor}")).await.is(200).json();
        seen += page["items"].as_array().expect("items").len();
        next = page["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 9);
    let link = first.header("link").expect("a link");
    assert!(link.starts_with('<') && link.ends_with(">; rel=\"next\""), "{link}");
    app.get(link.split(['<', '>']).nth(1).expect("a URL")).await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_list_refuses_what_it_does_not_know() {
    let app = App::start().await;
    let cursor = app.get("/v1/events?limit=2").await.is(200).str("/next_cursor");
    app.get(&format!("/v1/events?category=concerts&cursor={cursor}")).await.is_problem(400, "cursor_mismatch");
    app.get(&format!("/v1/venues?cursor={cursor}")).await.is_problem(400, "cursor_mismatch");
    let flipped = format!("{}{}", if cursor.starts_with('A') { 'B' } else { 'A' }, &cursor[1..]);
    app.get(&format!("/v1/events?cursor={flipped}")).await.is_problem(400, "cursor_invalid");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("city=%00", "city"),
        ("colour=red", "colour"),
        ("sort=colour", "sort"),
        ("venue_id=x", "venue_id"),
        ("from=soon", "from"),
        ("from=2031-03-12&to=2031-03-11", "to"),
    ] {
        app.get(&format!("/v1/events?{query}")).await.is_problem(422, "invalid").names(field);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_venue_and_a_performer_have_their_events() {
    let app = App::start().await;
    let count = async |path: String| app.get(&path).await.is(200).json()["items"].as_array().expect("items").len();
    assert_eq!(count(format!("/v1/venues/{}/events", app.id("venues", "opera").await)).await, 2);
    assert_eq!(count(format!("/v1/performers/{}/events", app.id("performers", "the-owls").await)).await, 8);
    assert_eq!(count("/v1/events?category=community".to_owned()).await, 1);
    assert_eq!(count("/v1/events?category=Community,OTHER".to_owned()).await, 1);
    let (opera, riverside) = (app.id("venues", "opera").await, app.id("venues", "riverside").await);
    assert_eq!(count(format!("/v1/venues/{opera}/events?venue_id={opera}")).await, 2);
    app.get(&format!("/v1/venues/{opera}/events?venue_id={riverside}")).await.is_problem(422, "invalid").names("venue_id");
    for plural in ["venues", "performers", "series"] {
        app.get(&format!("/v1/{plural}/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/events")).await.is_problem(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_badge_follows_the_sale() {
    let app = App::start().await;
    let free = app.event("free").await;
    let badge = async || app.get(&format!("/v1/events/{free}")).await.is(200).str("/availability");
    assert_eq!(badge().await, "available");
    for name in ["ada", "bob", "cyd"] {
        let wanted = serde_json::json!({ "area": "general", "quantity": 10 });
        app.buyer(name).await.hold_with(&free, &wanted).await.is(201);
    }
    acceptance::eventually("the badge says held", async || badge().await == "held").await;
    let plain = app.event("plain").await;
    assert_eq!(app.get(&format!("/v1/events/{plain}")).await.is(200).str("/availability"), "not_on_sale");
    acceptance::eventually("search says held", async || {
        let hit = app.get("/v1/search?external_id=free").await.is(200);
        hit.str("/items/0/availability") == "held"
    })
    .await;
    app.stop().await;
}
