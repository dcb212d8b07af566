//! A buyer with a phone: one column, a sheet at the bottom, fingers.

use acceptance::App;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_buyer_with_a_phone_taps_two_seats_and_has_tickets() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "phone", Screen::Phone).await else { return app.stop().await };
    browser.go("/search?q=owls").await;
    browser.see("#found .card").await;
    browser.shot("search").await;
    browser.click(&format!("#found a[href^='/events/{event}/']")).await;
    browser.map().await;
    browser.shot("event").await;
    browser.pick("stalls-B-2").await;
    browser.pick("stalls-B-3").await;
    browser.shot("seats").await;
    // The sheet stands at the lower edge, whole, and nothing is wider than the screen.
    browser.holds("Math.abs(document.querySelector('#choice').getBoundingClientRect().bottom - innerHeight) < 1").await;
    browser.holds("document.documentElement.scrollWidth <= innerWidth").await;
    browser.click("#choice [data-go]").await;
    super::pay(&browser, "Grace Hopper").await;
    browser.holds("document.documentElement.scrollWidth <= innerWidth").await;
    assert_eq!(super::sold(&app, &event).await, 2);
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn no_page_is_wider_than_a_small_phone() {
    let app = App::start().await;
    let (event, later) = (app.event("owls-1").await, app.event("later").await);
    let tour = app.id("series", "tour").await;
    let venue = app.id("venues", "riverside").await;
    let Some(browser) = Browser::open(&app, "narrow", Screen::Phone).await else { return app.stop().await };
    let pages = [
        "/".to_owned(),
        "/search".to_owned(),
        "/search?q=zzzz".to_owned(),
        format!("/events/{event}"),
        format!("/events/{later}"),
        format!("/series/{tour}"),
        format!("/venues/{venue}"),
        "/me".to_owned(),
        "/nowhere".to_owned(),
    ];
    for (n, page) in pages.iter().enumerate() {
        browser.go(page).await;
        browser.holds("document.readyState === 'complete'").await;
        // 360 CSS pixels: the narrowest screen that counts.
        let over = browser.run("document.body.style.maxWidth = '360px'; return [...document.querySelectorAll('main *, header *')].filter((it) => \
            it.getClientRects().length && !it.closest('canvas, svg, .tiers, .choice__list, .hide, .skip') && it.getBoundingClientRect().right > 361).map((it) => it.outerHTML.slice(0, 120))").await;
        assert_eq!(over, serde_json::json!([]), "{page}");
        browser.shot(&format!("{n}")).await;
    }
    browser.close().await;
    app.stop().await;
}
