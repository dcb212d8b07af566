//! Two buyers at once: what one does, the other sees without reloading.

use acceptance::{App, Setup};
use serde_json::json;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_seat_that_someone_holds_turns_held_on_every_open_map() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "live", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-D-4").await;
    let state = |seat: &str| format!("document.querySelector('#picker').where({seat:?}).state");
    browser.holds(&format!("{} === 'A'", state("stalls-E-1"))).await;

    let hold = app.buyer("bob").await.hold(&event, &["stalls-D-4", "stalls-E-1"]).await.is(201).str("/id");
    browser.holds(&format!("{} === 'H' && {} === 'H'", state("stalls-D-4"), state("stalls-E-1"))).await;
    // What I had chosen is gone from my choice, and I am told.
    browser.holds("document.querySelector('#choice [data-list]').children.length === 0").await;
    assert!(browser.text("#choice [data-said]").await.contains("taken by someone else"));
    browser.shot("taken").await;

    app.buyer("bob").await.delete(&format!("/v1/holds/{hold}")).await.is(200);
    browser.holds(&format!("{} === 'A'", state("stalls-E-1"))).await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_countdown_becomes_the_picker_by_itself() {
    let app = App::with(Setup::default()).await;
    let event = app.event("later").await;
    let organiser = app.organiser().await;
    let soon = app.gateway.clock.now().checked_add(std::time::Duration::from_secs(8)).expect("a time");
    let patch = json!({ "sale_opens_at": soon.to_string() });
    organiser.patch(&format!("/v1/events/{event}"), &patch).await.is(200);
    let Some(browser) = Browser::open(&app, "countdown", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.pick("stalls-A-1").await;
    browser.shot("open").await;
    browser.close().await;
    app.stop().await;
}
