//! Pages that are the same for everybody: no byte of them is anybody's, and they are kept for a second at most.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::{App, Reply};
use reqwest::Method;
use serde_json::json;

/// The address of an event's page.
async fn page_of(app: &App, event: &str) -> String {
    app.get(&format!("/events/{event}")).await.is(307).header("location").expect("the page").to_owned()
}

/// Every page that can be looked at, filled in with what the catalogue holds.
async fn all_pages(app: &App) -> Vec<String> {
    let event = app.event("owls-1").await;
    let page = page_of(app, &event).await;
    let slug = page.rsplit('/').next().expect("a slug").to_owned();
    let city = app.get("/v1/cities").await.is(200).str("/items/0/id");
    let ids = BTreeMap::from([
        ("events", event),
        ("performers", app.id("performers", "the-owls").await),
        ("venues", app.id("venues", "riverside").await),
        ("series", app.id("series", "tour").await),
        ("cities", city),
    ]);
    let (_, _, table) = gateway::pages::routes(true, app.gateway.edge.clone()).split();
    let looked_at = table.all().into_iter().filter(|(_, method, _)| **method == Method::GET);
    let filled = looked_at.map(|(path, ..)| {
        let kind = path.split('/').nth(1).unwrap_or_default();
        path.replace("{id}", ids.get(kind).map_or("none", String::as_str)).replace("{slug}", &slug)
    });
    filled.chain(["/search?q=owls".to_owned(), "/search/results?q=owls&category=concerts".to_owned()]).collect()
}

fn is_public(reply: &Reply) -> bool {
    reply.status == 200 && reply.header("cache-control").is_some_and(|policy| policy.starts_with("public"))
}

/// Asked as nobody at one node and, each for the first time there, as a member who holds seats at another. What is private tells that
/// the member is known.
#[tokio::test]
async fn a_member_with_a_hold_gets_the_bytes_that_nobody_gets() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let ada = app.member("ada").await;
    let hold = ada.hold(&event, &["stalls-A-1", "stalls-A-2"]).await.is(201).str("/id");
    let cookie = format!("boxoffice_session={}; boxoffice_held={hold}", ada.token);
    let other = app.beside().await;
    let mut compared = Vec::new();
    for path in all_pages(&app).await {
        let nobody = app.get(&path).await;
        let member = other.ask(Method::GET, &path).header("cookie", &cookie).send().await;
        if path == "/me" {
            assert!(member.text().contains(&hold) && !nobody.text().contains(&hold), "{}", member.text());
        }
        if !is_public(&nobody) {
            continue;
        }
        assert!(is_public(&member) && member.header("set-cookie").is_none(), "{path}");
        assert_eq!(member.text().replace(&other.url(""), &app.url("")), nobody.text(), "{path}");
        compared.push(path);
    }
    for start in ["/", "/search", "/search/results", "/events/", "/performers/", "/venues/", "/cities/", "/series/"] {
        assert!(compared.iter().any(|path| path.starts_with(start) && (start != "/" || path == "/")), "{start}: {compared:?}");
    }
    other.drain().await;
    app.stop().await;
}

fn free(page: &str) -> &str {
    page.split("data-free>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_else(|| panic!("no picker: {page}"))
}

/// Whoever asks more than a second after a change is shown it; the page before it was given again meanwhile.
#[tokio::test]
async fn what_is_held_shows_on_everybodys_page_within_a_second() {
    let app = App::start().await;
    let (event, ada) = (app.event("owls-1").await, app.buyer("ada").await);
    let page = page_of(&app, &event).await;
    let before = app.get(&page).await.is(200).text();
    ada.hold(&event, &["stalls-A-1"]).await.is(201);
    let changed = app.gateway.clock.now();
    loop {
        let asked = app.gateway.clock.now();
        let shown = app.get(&page).await.is(200).text();
        if free(&shown) != free(&before) {
            break;
        }
        assert!(asked.duration_since(changed).unsigned_abs() <= Duration::from_secs(1), "too old: {shown}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_sale_that_opens_shows_on_everybodys_page_within_a_second() {
    let app = App::start().await;
    let event = app.event("later").await;
    let page = page_of(&app, &event).await;
    assert!(app.get(&page).await.is(200).text().contains("id=\"opening\""));
    let opens = app.gateway.clock.now() + Duration::from_secs(2);
    let organiser = app.organiser().await;
    organiser.patch(&format!("/v1/events/{event}"), &json!({ "sale_opens_at": opens.to_string() })).await.is(200);
    loop {
        let asked = app.gateway.clock.now();
        let shown = app.get(&page).await.is(200).text();
        if shown.contains("id=\"picker\"") {
            assert!(app.gateway.clock.now() >= opens, "nobody is shown it early");
            break;
        }
        assert!(asked <= opens + Duration::from_secs(1), "too old: {shown}");
    }
    app.stop().await;
}

/// However many press reload, a page is made once a second; each browser's coding is kept as it goes out.
#[tokio::test]
async fn a_crowd_that_reloads_costs_one_page_a_second_and_coding() {
    let app = App::start().await;
    let page = page_of(&app, &app.event("owls-1").await).await;
    let began = app.gateway.clock.now();
    let asked = (0..300).map(|n| {
        let coding = ["br, gzip", "gzip", ""][n % 3];
        app.ask(Method::GET, &page).header("accept-encoding", coding).send()
    });
    let replies = futures::future::join_all(asked).await;
    let seconds = app.gateway.clock.now().duration_since(began).unsigned_abs().as_secs() as usize;
    let made = replies.iter().filter(|reply| reply.header("cache-status").is_some_and(|said| said.contains("stored"))).count();
    assert!((1..=3 * (seconds + 2)).contains(&made), "{made} made in {seconds} s");
    for coding in ["br", "gzip"] {
        let coded = replies.iter().find(|reply| reply.header("content-encoding") == Some(coding)).expect("coded");
        assert!(coded.etag().ends_with(&format!("-{coding}\"")), "{}", coded.etag());
        assert_eq!(coded.headers("vary"), ["accept-encoding"]);
        let again = app.ask(Method::GET, &page).header("accept-encoding", coding).header("if-none-match", &coded.etag());
        again.send().await.is(304);
    }
    app.stop().await;
}

/// The control is a title that only begins like one.
#[tokio::test]
async fn an_event_that_is_called_like_another_page_of_it_has_a_page_of_its_own() {
    let app = App::start().await;
    let (event, organiser) = (app.event("owls-1").await, app.organiser().await);
    for (title, part) in [("Queue", "queue-"), ("Hold", "hold-"), ("Waitlist", "waitlist-"), ("Queues", "queues")] {
        let patch = json!({ "title": title });
        organiser.ask(Method::PATCH, &format!("/v1/events/{event}")).json(&patch).send().await.is(200);
        let page = format!("/events/{event}/{part}");
        assert_eq!(page_of(&app, &event).await, page);
        let shown = app.get(&page).await.is(200);
        assert!(is_public(&shown) && shown.text().contains(&format!("<title>{title} in Brisbane")), "{title}: {}", shown.text());
    }
    app.stop().await;
}
