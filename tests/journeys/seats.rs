//! Choices that the house minds: a seat left alone is explained with a way out, and a wheelchair space comes with its companion's seat.

use acceptance::App;
use serde_json::json;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_seat_that_would_be_left_alone_is_explained_with_another_choice() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    app.organiser().await.patch(&format!("/v1/events/{event}"), &json!({ "orphan_rule": "refuse" })).await.is(200);
    let Some(browser) = Browser::open(&app, "orphan", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-C-2").await;
    browser.click("#choice [data-go]").await;
    browser.see("#choice [data-other] button").await;
    let said = browser.text("#choice [data-said]").await;
    assert!(said.contains("Stalls · Row C · Seat 1") && said.contains("would leave"), "{said}");
    browser.shot("explained").await;
    // What was chosen is still chosen, and nothing is held.
    assert_eq!(browser.text("#choice [data-count]").await, "1 seat");
    assert_eq!(app.seat(&event, "stalls-C-2").await, "available");
    browser.click("#choice [data-other] button").await;
    browser.holds("document.querySelector('#choice [data-said]').hidden").await;
    browser.click("#choice [data-go]").await;
    browser.see("#contact").await;
    assert_eq!(app.seat(&event, "stalls-C-2").await, "available");
    browser.close().await;
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_wheelchair_space_is_chosen_with_its_companion_and_both_are_marked() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let venue = app.id("venues", "riverside").await;
    let seat = |n: u32| json!({ "number": n.to_string(), "x": f64::from(n) * 10.0, "y": 40.0, "accessible": n == 1 });
    let rows = json!([{ "label": "A", "seats": (1..=8).map(seat).collect::<Vec<_>>() }]);
    let map = json!({ "name": "Row", "sections": [{ "id": "stalls", "label": "Stalls", "tier": "1", "rows": rows }] });
    let map = organiser.put(&format!("/v1/venues/{venue}/seat-maps"), &map).await.is(200).str("/id");
    let event = json!({
        "external_id": "wheels", "title": "For everybody", "category": "concerts", "starts_at": "2031-06-10T10:00:00Z", "venue_id": venue,
        "seat_map_id": map, "sale_opens_at": "2021-01-01T00:00:00Z",
    });
    let event = organiser.post("/v1/events", &event).await.is(201).str("/id");
    let tiers = json!({ "tiers": [{ "id": "1", "name": "Stalls", "price": { "amount": 2_000, "currency": "AUD" } }] });
    organiser.put(&format!("/v1/events/{event}/tiers"), &tiers).await.is(200);

    let Some(browser) = Browser::open(&app, "wheels", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-A-1").await;
    browser.holds("document.querySelector('#choice [data-list]').children.length === 2").await;
    let list = browser.run("return document.querySelector('#choice [data-list]').textContent").await.to_string();
    assert!(list.contains("wheelchair space") && list.contains("companion’s seat"), "{list}");
    browser.shot("pair").await;
    browser.click("#choice [data-go]").await;
    browser.see("#contact").await;
    let bill = browser.text(".bill").await;
    assert!(bill.contains("wheelchair space") && bill.contains("companion’s seat"), "{bill}");
    browser.shot("bill").await;
    super::fill_and_pay(&browser, "Ada Lovelace").await;
    assert!(browser.text(".tickets").await.contains("wheelchair space"));
    browser.close().await;
    app.audited().await;
    app.stop().await;
}
