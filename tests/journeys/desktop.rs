//! A buyer at a desk: types, filters, picks two seats on the map, pays, has tickets.

use acceptance::App;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_buyer_searches_picks_two_seats_on_the_map_pays_and_has_tickets() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "desktop", Screen::Desktop).await else { return app.stop().await };

    browser.go("/").await;
    browser.see(".hero h1").await;
    browser.shot("home").await;
    // Typing alone finds: nobody presses Search.
    browser.fill("#q", "night ow").await;
    browser.see("#found .card").await;
    browser.holds("location.pathname === '/search' && new URLSearchParams(location.search).get('q') === 'night ow'").await;
    browser.shot("search").await;
    browser.click("#found input[name=availability][value=available]").await;
    browser.holds("location.search.includes('availability=available') && document.querySelectorAll('#found .card .badge--ok').length === document.querySelectorAll('#found .card').length").await;
    browser.click(&format!("#found a[href^='/events/{event}/']")).await;

    browser.pick("stalls-C-5").await;
    browser.pick("stalls-C-6").await;
    browser.shot("seats").await;
    assert_eq!(browser.text("#choice [data-count]").await, "2 seats");
    assert_eq!(browser.text("#choice [data-total]").await, "A$190");
    browser.click("#choice [data-go]").await;
    browser.holds("location.pathname.startsWith('/holds/')").await;
    assert_eq!(app.seat(&event, "stalls-C-5").await, "held");

    super::pay(&browser, "Ada Lovelace").await;
    browser.holds("location.pathname.startsWith('/orders/') && document.querySelectorAll('.ticket__qr svg').length === 2").await;
    assert_eq!(super::sold(&app, &event).await, 2);
    browser.go("/me").await;
    browser.see(".orders .eventline").await;
    browser.shot("my-tickets").await;
    browser.close().await;
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_declined_payment_leads_back_to_the_seats_that_are_still_held() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "declined", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.click("#best button[type=submit]").await;
    browser.see("#contact").await;
    browser.fill("input[name=name]", "Ada").await;
    browser.fill("input[name=email]", "ada@example.com").await;
    browser.click("#contact button[type=submit]").await;
    browser.click("button[value=decline]").await;
    browser.see(".notice--bad").await;
    assert!(browser.path().await.starts_with("/holds/"));
    assert!(browser.text(".notice").await.contains("declined"));
    browser.shot("again").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_title_full_of_markup_stays_text() {
    let app = App::start().await;
    let event = app.event("markup").await;
    let Some(browser) = Browser::open(&app, "markup", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    assert!(browser.text("h1").await.starts_with("<script>alert(1)</script>"));
    browser.holds("document.querySelector('h1 bdi') && !document.querySelector('h1 script')").await;
    browser.shot("event").await;
    browser.close().await;
    app.stop().await;
}
