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
