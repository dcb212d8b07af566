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
