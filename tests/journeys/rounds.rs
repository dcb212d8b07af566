//! The round of all kinds of pages, for what must be true on every one of them.

use acceptance::App;

use super::browser::Browser;

/// Every kind of page, those of one buyer included: one order is bought, one hold is left open.
pub async fn every_page(app: &App, browser: &Browser) -> Vec<String> {
    let (first, second) = (app.event("owls-1").await, app.event("owls-2").await);
    best(browser, &first).await;
    super::pay(browser, "Ada Lovelace").await;
    let order = browser.path().await;
    best(browser, &second).await;
    let hold = browser.path().await;
    let [room, queued] = super::queue::line(app, browser).await;
    let event = async |name: &str| format!("/events/{}", app.event(name).await);
    vec![
        "/".to_owned(),
        "/search?q=owls".to_owned(),
        "/search?q=zzzz".to_owned(),
        "/search?view=map".to_owned(),
        event("owls-1").await,
        event("later").await,
        event("closed").await,
        event("past").await,
        event("plain").await,
        event("free").await,
        event("markup").await,
        format!("/series/{}", app.id("series", "tour").await),
        format!("/venues/{}", app.id("venues", "riverside").await),
        format!("/performers/{}", app.id("performers", "the-owls").await),
        hold,
        order,
        room,
        queued,
        "/me".to_owned(),
        "/account/login".to_owned(),
        "/account/new".to_owned(),
        "/nowhere".to_owned(),
    ]
}

/// Holds the best seats of an event; ends on the checkout.
pub async fn best(browser: &Browser, event: &str) {
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.click("#best button[type=submit]").await;
    browser.see("#contact").await;
}

/// Waits until a page shows what it has to show.
pub async fn settled(browser: &Browser) {
    browser.holds("document.readyState === 'complete' && [...document.fonts].every((font) => font.status !== 'loading')").await;
    browser.holds("!document.querySelector('#picker') || document.querySelector('#picker').dataset.ready === 'true'").await;
    // The bar of what is held comes a moment later, where something is.
    browser.holds("!document.cookie.includes('boxoffice_held=0') || document.querySelector('.held, .pay, [data-hold]')").await;
}
