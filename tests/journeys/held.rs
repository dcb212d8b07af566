//! What a buyer holds follows him: a bar on every page, his seats on the map, one hold an event, and nothing is typed twice.

use std::time::Duration;

use acceptance::{App, Setup};
use serde_json::json;

use super::browser::{Browser, Screen};
use super::rounds;

#[tokio::test]
async fn the_bar_of_what_is_held_is_on_every_other_page_and_leads_back() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "bar", Screen::Desktop).await else { return app.stop().await };
    browser.go("/search").await;
    rounds::settled(&browser).await;
    assert_eq!(
        browser.run("return performance.getEntriesByName(location.origin + '/me/holds').length").await,
        0,
        "nobody asks in vain"
    );
    rounds::best(&browser, &event).await;
    let hold = browser.path().await;
    // The checkout has a clock of its own.
    browser.see("#timer").await;
    for page in ["/", "/search?q=owls", "/me", "/account/login"] {
        browser.go(page).await;
        browser.see(".held").await;
        let told = browser.text(".held__text").await;
        assert!(told.contains("Night Owls Live") && told.contains("2 seats"), "{told}");
        browser.holds("/^[0-9]:[0-9]{2}$/.test(document.querySelector('.held__left').textContent)").await;
    }
    browser.go("/").await;
    browser.see(".held").await;
    browser.shot("home").await;
    // His seats are his on the map, and no longer for sale to him.
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.holds("document.querySelector('#picker').ownSeats().length === 2").await;
    let own = browser.run("return document.querySelector('#picker').ownSeats()[0]").await;
    assert_eq!(app.seat(&event, own.as_str().expect("a seat")).await, "held");
    browser.shot("map").await;
    browser.click(".held .button").await;
    assert_eq!(browser.path().await, hold);
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_second_hold_of_an_event_replaces_the_first_after_a_question() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "replace", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-A-4").await;
    browser.pick("stalls-A-5").await;
    browser.click("#choice [data-go]").await;
    browser.see("#contact").await;
    let first = browser.path().await;

    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-C-1").await;
    browser.pick("stalls-C-2").await;
    browser.click("#choice [data-go]").await;
    browser.see("#replace[open]").await;
    browser.shot("question").await;
    assert!(browser.text("#replace").await.contains("You hold 2 seats here already"));
    // Going back changes nothing.
    browser.click("#replace button.link").await;
    browser.holds("!document.querySelector('#replace').open").await;
    assert_eq!(
        (app.seat(&event, "stalls-A-4").await.as_str(), app.seat(&event, "stalls-C-1").await.as_str()),
        ("held", "available")
    );

    browser.click("#choice [data-go]").await;
    browser.see("#replace[open]").await;
    browser.click("#replace button[value=replace]").await;
    browser.see("#contact").await;
    assert_ne!(browser.path().await, first);
    assert_eq!(
        (app.seat(&event, "stalls-A-4").await.as_str(), app.seat(&event, "stalls-C-1").await.as_str()),
        ("available", "held")
    );
    browser.go("/me").await;
    browser.see("#held .eventline").await;
    assert_eq!(browser.run("return document.querySelectorAll('#held .eventline').length").await, json!(1), "one hold is left");
    browser.shot("my-tickets").await;
    browser.close().await;
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn what_was_typed_before_a_declined_payment_is_still_there() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "typed", Screen::Phone).await else { return app.stop().await };
    rounds::best(&browser, &event).await;
    // The control: a first visit has nothing typed.
    browser.holds("document.querySelector('input[name=name]').value === ''").await;
    // A form that is not complete says so in one place, and the focus is there.
    browser.fill("input[name=name]", "Ada Lovelace").await;
    browser.click("#contact button[type=submit]").await;
    browser.see("#errors").await;
    browser.holds("document.activeElement.id === 'errors'").await;
    browser.shot("errors").await;
    browser.fill("input[name=email]", "ada@example.org").await;
    browser.click("#contact button[type=submit]").await;
    browser.click("button[value=decline]").await;
    browser.see(".notice--bad").await;
    browser.holds("document.querySelector('input[name=name]').value === 'Ada Lovelace' && document.querySelector('input[name=email]').value === 'ada@example.org'").await;
    browser.shot("again").await;
    browser.click("#contact button[type=submit]").await;
    browser.click("button[value=pay]").await;
    browser.see(".ticket").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn the_end_of_a_hold_is_told_on_the_bar_on_the_map_and_in_my_tickets() {
    let app = App::with(Setup { hold_ttl: Duration::from_secs(30), ..Setup::default() }).await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "lapse", Screen::Desktop).await else { return app.stop().await };
    rounds::best(&browser, &event).await;
    browser.go(&format!("/events/{event}")).await;
    browser.see(".held").await;
    browser.holds("document.querySelector('#picker').ownSeats?.().length === 2").await;
    browser.see(".held.is-over").await;
    assert!(browser.text(".held").await.contains("ran out; nothing was charged"));
    browser.holds("document.querySelector('#picker').ownSeats().length === 0").await;
    browser.shot("over").await;
    browser.go("/me").await;
    assert!(browser.text("#held").await.contains("Time is over"));
    // Once it is read, it can be put away; it does not come back.
    browser.click(".held__close").await;
    browser.holds("document.querySelector('.held').hidden").await;
    browser.go("/").await;
    rounds::settled(&browser).await;
    assert_eq!(browser.run("return document.cookie.includes('boxoffice_held=0')").await, json!(false));
    browser.close().await;
    app.stop().await;
}
