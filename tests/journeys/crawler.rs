//! What is found without scripts: the next page by its link, the sitemap, schema.org data.

use acceptance::{App, SHOWN};
use serde_json::Value;

/// All texts between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

/// The schema.org data of a page.
async fn structured(app: &App, path: &str) -> (Value, String) {
    let html = app.get(path).await.is(200).text();
    let data = between(&html, "<script type=\"application/ld+json\">", "</script>");
    assert_eq!(data.len(), 1, "{path}: {html}");
    (serde_json::from_str(data[0]).expect("JSON"), html.clone())
}

#[tokio::test]
async fn the_next_page_is_a_link() {
    let app = App::start().await;
    let (mut path, mut seen) = ("/search?limit=3".to_owned(), Vec::new());
    loop {
        let html = app.get(&path).await.is(200).text();
        seen.extend(between(&html, "class=\"card__link\" href=\"", "\"").into_iter().map(str::to_owned));
        let next = between(&html, "<nav class=\"pages\"", "</nav>").first().and_then(|nav| {
            let (before, _) = nav.split_once("\" rel=\"next\"")?;
            before.rsplit_once("href=\"").map(|(_, href)| href.replace("&#38;", "&").replace("&amp;", "&"))
        });
        let Some(next) = next else { break };
        path = next;
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (8, 8), "{seen:?}");
    app.stop().await;
}

#[tokio::test]
async fn an_event_and_every_list_of_events_say_what_they_are() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let page = app.get(&format!("/events/{event}")).await;
    let (data, _) = structured(&app, page.header("location").expect("its slug")).await;
    assert_eq!((data["@type"].as_str(), data["name"].as_str()), (Some("Event"), Some("Night Owls Live")));
    assert_eq!(data["startDate"], "2031-03-10T20:00:00+10:00");
    assert_eq!(data["location"]["geo"]["latitude"], -27.47);
    let offers = &data["offers"];
    assert_eq!((offers["priceCurrency"].as_str(), offers["lowPrice"].as_f64()), (Some("AUD"), Some(40.0)));
    assert_eq!(offers["availability"], "https://schema.org/InStock");
    let (venue, performer, series) =
        (app.id("venues", "riverside").await, app.id("performers", "the-owls").await, app.id("series", "tour").await);
    for path in [
        "/search?q=night+owls".to_owned(),
        format!("/venues/{venue}"),
        format!("/performers/{performer}"),
        format!("/series/{series}"),
    ] {
        let (list, html) = structured(&app, &path).await;
        let items = list["itemListElement"].as_array().expect("items");
        assert!(list["@type"] == "ItemList" && items.len() > 1, "{path}");
        assert!(items.iter().all(|item| item["item"]["@type"] == "Event" && item["item"]["url"].is_string()), "{path}");
        assert!(items.iter().any(|item| item["item"]["name"] == SHOWN), "a title that tries to end the script is there, whole");
        assert!(!html.contains("<script>alert"), "and is nothing but text: {path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_sitemap_leads_to_every_page() {
    let app = App::start().await;
    let robots = app.get("/robots.txt").await.is(200).text();
    let sitemap = robots.lines().find_map(|line| line.strip_prefix("Sitemap: ")).expect("a sitemap").to_owned();
    assert!(sitemap.starts_with("http") && robots.contains("Disallow: /orders/"), "{robots}");
    let index = app.get("/sitemap.xml").await.is(200);
    assert_eq!(index.header("content-type"), Some("application/xml; charset=utf-8"));
    let mut pages = Vec::new();
    for piece in between(&index.text(), "<loc>", "</loc>") {
        let path = &piece[piece.find("/sitemaps/").expect("a piece")..];
        let listed = app.get(path).await.is(200).text();
        pages.extend(between(&listed, "<loc>", "</loc>").into_iter().map(str::to_owned));
    }
    let of = |kind: &str| pages.iter().filter(|page| page.contains(kind)).count();
    assert_eq!((of("/events/"), of("/venues/"), of("/performers/"), of("/series/"), of("/cities/")), (9, 2, 1, 1, 2));
    for page in pages {
        let path = &page[page.find("//").and_then(|at| page[at + 2..].find('/').map(|slash| at + 2 + slash)).expect("a path")..];
        app.get(path).await.is(200);
    }
    app.get("/sitemaps/events/nonsense.xml").await.is(404);
    app.get("/sitemaps/orders/00000000-0000-0000-0000-000000000000.xml").await.is(404);
    app.stop().await;
}
