//! The waiting room: from the event's page into the line, from the line to the seats, and out of it again.

use acceptance::{App, Buyer, eventually};
use serde_json::json;

use super::browser::{Browser, Screen};
use super::rounds;

/// Puts a queue of so many slots before an event's sale.
pub async fn queue(app: &App, event: &str, slots: u32) {
    let settings = json!({ "mode": "on", "slots": slots, "minutes": 10 });
    app.organiser().await.put(&format!("/v1/events/{event}/queue"), &settings).await.is(200);
}

/// Somebody else who joins first and is let in; gives the address of the place.
async fn goes_in(app: &App, event: &str) -> (Buyer, String) {
    let bob = app.buyer("bob").await;
    let place = bob.ask(reqwest::Method::POST, &format!("/v1/events/{event}/queue")).send().await.is(201).str("/links/self");
    eventually("bob is let in", async || app.get(&place).await.is(200).str("/state") == "admitted").await;
    (bob, place)
}

#[tokio::test]
async fn a_buyer_waits_is_led_to_the_seats_and_pays() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    queue(&app, &event, 1).await;
    let (bob, place) = goes_in(&app, &event).await;
    let Some(browser) = Browser::open(&app, "queue", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.see("[data-queue]").await;
    browser.click("[data-queue] a").await;
    browser.see(".room form").await;
    browser.shot("door").await;
    browser.click(".room form button").await;
    browser.holds("document.querySelector('#room')?.dataset.ready === 'true'").await;
    assert_eq!((browser.text("[data-place]").await, browser.text("[data-ahead]").await), ("1".to_owned(), "0".to_owned()));
    browser.holds("/^[0-9]+:[0-9]{2}$/.test(document.querySelector('[data-wait]').textContent)").await;
    browser.holds("document.querySelector('[data-said]').textContent.startsWith('Place 1, 0 ahead')").await;
    browser.shot("line").await;
    // Who comes again has the same place.
    browser.go(&format!("/events/{event}/queue")).await;
    browser.holds("document.querySelector('#room')?.dataset.ready === 'true'").await;
    assert_eq!(browser.text("[data-place]").await, "1");
    // The one inside leaves, and the page goes on by itself.
    bob.delete(&place).await.is(200);
    browser.see("[data-inside]").await;
    browser.holds("/^9:[0-9]{2}$/.test(document.querySelector('[data-left]').textContent)").await;
    browser.map().await;
    browser.shot("inside").await;
    browser.click("#best button[type=submit]").await;
    super::pay(&browser, "Ada Lovelace").await;
    assert_eq!(super::sold(&app, &event).await, 2);
    browser.close().await;
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_hold_without_a_pass_leads_into_the_waiting_room_and_who_leaves_is_out() {
    let app = App::start().await;
    let event = app.event("owls-2").await;
    queue(&app, &event, 1).await;
    goes_in(&app, &event).await;
    let Some(browser) = Browser::open(&app, "turned", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.click("#best button[type=submit]").await;
    browser.see(".room form").await;
    assert_eq!(browser.path().await, format!("/events/{event}/queue"));
    browser.click(".room form button").await;
    browser.see("#room").await;
    browser.click(".room__leave button").await;
    browser.see("[data-queue]").await;
    browser.go(&format!("/events/{event}/queue")).await;
    browser.see(".room form .button--main").await;
    browser.close().await;
    app.stop().await;
}

/// A room in which ada waits behind others; gives the places before hers.
async fn waits(app: &App, browser: &Browser, event: &str, before: usize) -> Vec<String> {
    queue(app, event, 1).await;
    let (_, first) = goes_in(app, event).await;
    let mut places = vec![first];
    for n in 1..=before {
        let other = app.buyer(&format!("other-{n}")).await;
        let joined = other.ask(reqwest::Method::POST, &format!("/v1/events/{event}/queue")).send().await;
        places.push(joined.is(201).str("/links/self"));
    }
    browser.go(&format!("/events/{event}/queue")).await;
    browser.click(".room form button").await;
    browser.holds("document.querySelector('#room')?.dataset.ready === 'true'").await;
    places
}

const ASKED: &str =
    "performance.getEntriesByType('resource').filter((entry) => /\\/v1\\/queue\\/[^/]+$/.test(entry.name)).length";

/// Timers and streams of a page that is not seen sleep: it asks anew when it is seen again.
#[tokio::test]
async fn a_phone_that_was_locked_asks_anew_when_it_wakes() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "woken", Screen::Phone).await else { return app.stop().await };
    let places = waits(&app, &browser, &event, 2).await;
    assert_eq!(browser.text("[data-place]").await, "3");
    browser
        .run("window.hidden = 0; document.addEventListener('visibilitychange', () => { window.hidden += document.hidden; })")
        .await;
    let asked = browser.run(&format!("return {ASKED}")).await.as_u64().expect("a count");
    let away = browser.looks_away().await;
    app.ask(reqwest::Method::DELETE, &places[1]).send().await.is(200);
    browser.comes_back(away).await;
    browser.holds("window.hidden === 1 && !document.hidden").await;
    browser.holds(&format!("{ASKED} > {asked}")).await;
    browser.holds("document.querySelector('[data-place]').textContent === '2'").await;
    browser.close().await;
    app.stop().await;
}

/// Screen readers are told in the words of a status, at most each half minute, and at once when somebody asks.
#[tokio::test]
async fn what_is_said_aloud_is_said_politely() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "polite", Screen::Desktop).await else { return app.stop().await };
    let places = waits(&app, &browser, &event, 3).await;
    browser.holds("document.querySelector('[data-said]').textContent.startsWith('Place 4, 3 ahead of you.')").await;
    let said = "document.querySelector('[data-said]')";
    assert_eq!(
        browser.run(&format!("return [{said}.role || {said}.getAttribute('role'), {said}.ariaLive]")).await,
        json!(["status", "polite"])
    );
    for (left, place) in [(3, 3), (2, 2)] {
        app.ask(reqwest::Method::DELETE, &places[left]).send().await.is(200);
        browser.holds(&format!("document.querySelector('[data-place]').textContent === '{place}'")).await;
    }
    browser.holds(&format!("{said}.textContent.startsWith('Place 4')")).await;
    browser.click("[data-say]").await;
    browser.holds(&format!("{said}.textContent.startsWith('Place 2, 1 ahead of you.')")).await;
    browser.close().await;
    app.stop().await;
}

/// Who chooses the colours sees a frame around each number and a bar that is one.
#[tokio::test]
async fn with_colours_of_ones_own_the_room_can_be_read() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "forced", Screen::Forced).await else { return app.stop().await };
    waits(&app, &browser, &event, 1).await;
    browser.holds("matchMedia('(forced-colors: active)').matches").await;
    browser.shot("line").await;
    let framed = "(() => { const it = getComputedStyle(document.querySelector('.room__number')), text = getComputedStyle(document.body).color; \
        return it.borderTopStyle !== 'none' && parseFloat(it.borderTopWidth) > 0 && it.borderTopColor === text; })()";
    browser.holds(framed).await;
    browser.holds("getComputedStyle(document.querySelector('#room-bar')).borderTopStyle === 'solid'").await;
    browser.close().await;
    app.stop().await;
}

/// The room while one waits in it, for the round of all pages; gives the addresses of the room and of its event.
pub async fn line(app: &App, browser: &Browser) -> [String; 2] {
    let event = app.event("limited").await;
    queue(app, &event, 1).await;
    goes_in(app, &event).await;
    let room = format!("/events/{event}/queue");
    browser.go(&room).await;
    // On a narrow screen the bar of what is held lies over the foot of the page.
    browser.run("document.querySelector('.room form button').scrollIntoView({ block: 'center' })").await;
    browser.click(".room form button").await;
    browser.see("#room").await;
    rounds::settled(browser).await;
    [room, format!("/events/{event}")]
}
