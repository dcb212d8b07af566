//! A festival on a phone: the plan can be read and its areas tapped. And the list of seats: it follows the price, and finds by name.

use acceptance::App;
use serde_json::{Value, json};

use super::browser::{Browser, Screen};

/// An event of standing areas alone.
async fn festival(app: &App) -> String {
    let organiser = app.organiser().await;
    let venue = app.id("venues", "riverside").await;
    let area = |id: &str, label: &str, tier: &str, y: u32| json!({ "id": id, "label": label, "tier": tier, "capacity": 500, "outline": [[0, y], [300, y], [300, y + 80], [0, y + 80]] });
    let map = json!({ "name": "Field", "areas": [area("golden", "Golden circle", "1", 0), area("field", "Field", "2", 90), area("lawn", "Lawn", "3", 180)] });
    let map = organiser.put(&format!("/v1/venues/{venue}/seat-maps"), &map).await.is(200).str("/id");
    let event = json!({
        "external_id": "field", "title": "Field day", "category": "festival", "starts_at": "2031-05-10T10:00:00Z", "venue_id": venue,
        "seat_map_id": map, "sale_opens_at": "2021-01-01T00:00:00Z",
    });
    let id = organiser.post("/v1/events", &event).await.is(201).str("/id");
    let tier = |id: &str, name: &str| json!({ "id": id, "name": name, "price": { "amount": 5_000, "currency": "AUD" } });
    organiser
        .put(&format!("/v1/events/{id}/tiers"), &json!({ "tiers": [tier("1", "Golden"), tier("2", "Field"), tier("3", "Lawn")] }))
        .await
        .is(200);
    id
}

/// Whether the page has stood still for some looks in a row.
const RESTED: &str = "(() => { const last = window.rested ?? { at: NaN, looks: 0 }; \
    window.rested = { at: scrollY, looks: last.at === scrollY ? last.looks + 1 : 0 }; return window.rested.looks >= 6; })()";

#[tokio::test]
async fn the_areas_of_a_festival_can_be_tapped_on_a_phone() {
    let app = App::start().await;
    let event = festival(&app).await;
    let Some(browser) = Browser::open(&app, "festival", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.run("document.querySelector('#map').scrollIntoView({ block: 'center' })").await;
    browser.shot("plan").await;
    for area in ["lawn", "field", "golden"] {
        browser
            .run("document.querySelector('#map').scrollIntoView({ block: 'center', behavior: 'instant' }); delete window.rested")
            .await;
        browser.holds(RESTED).await;
        let at = browser.run(&format!("return document.querySelector('#picker').whereArea({area:?})")).await;
        let number = |name: &str| at[name].as_f64().expect("a place");
        browser.touch(number("x"), number("y")).await;
        browser.holds(&format!("document.activeElement.closest('[data-area]')?.dataset.area === {area:?}")).await;
        // The page glides to the form; what is touched meanwhile would stand elsewhere.
        browser.run("delete window.rested").await;
        browser.holds(RESTED).await;
    }
    browser.click("[data-area=golden] button[type=submit]").await;
    browser.see("#contact").await;
    assert!(browser.text(".bill").await.contains("2 × Golden circle"));
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn the_list_of_seats_follows_the_price_and_finds_a_seat_by_name() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "list", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.click("[data-view=list]").await;
    let sections = async || -> Value {
        browser.run("return [...document.querySelectorAll('#seatlist > details > summary b')].map((it) => it.textContent)").await
    };
    assert_eq!(sections().await, json!(["Stalls", "Circle"]));
    browser.click("button[data-tier='2']").await;
    assert_eq!(sections().await, json!(["Circle"]));
    browser.click("button[data-tier='2']").await;
    assert_eq!(sections().await, json!(["Stalls", "Circle"]));
    browser.fill("#seat-q", "stalls row c 7").await;
    browser.holds("document.querySelectorAll('#seatlist .seat').length === 1").await;
    browser.shot("found").await;
    browser.click("#seatlist .seat").await;
    browser.holds("document.querySelector('#choice [data-list]').textContent.includes('Row C · Seat 7')").await;
    browser.fill("#seat-q", "nonsense").await;
    browser.holds("document.querySelector('[data-found]').textContent.startsWith('No seat')").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn nothing_lies_on_the_map_and_names_stay_when_one_comes_near() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "near", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.run("document.querySelector('#map').scrollIntoView({ block: 'center', behavior: 'instant' })").await;
    // Whichever point of the map one touches, it is the map.
    let free = "(() => { const box = document.querySelector('#map').getBoundingClientRect(); for (let x = 1; x < 10; x++) for (let y = 1; y < 10; y++) { \
        if (document.elementFromPoint(box.left + box.width * x / 10, box.top + box.height * y / 10)?.tagName !== 'CANVAS') return false; } return true; })()";
    browser.holds(free).await;
    browser.run("document.querySelector('#picker').showSeat('stalls-C-5')").await;
    let names = "document.querySelector('#picker').pinned()";
    // Nearer, until the row's own ends are out of sight.
    browser.click("[data-zoom=in]").await;
    browser.click("[data-zoom=in]").await;
    browser.holds(&format!("{names}.includes('Stalls') && {names}.includes('C')")).await;
    browser.holds(free).await;
    browser.shot("zoomed").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_button_leads_to_each_floor_of_a_house() {
    let app = App::start().await;
    let mut map = acceptance::house::map("Two floors", &[".........."; 20]);
    map["sections"][0]["floor"] = json!("Ground floor");
    let mut circle = map["sections"][0].clone();
    (circle["id"], circle["label"], circle["floor"]) = (json!("circle"), json!("Circle"), json!("First floor"));
    map["sections"].as_array_mut().expect("sections").push(circle);
    let event = app.house_of(&map, json!({})).await;
    let Some(browser) = Browser::open(&app, "floors", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.shot("floors").await;
    let seen = |seat: &str| {
        format!(
            "(() => {{ const at = document.querySelector('#picker').where('{seat}'), box = document.querySelector('#map').getBoundingClientRect(); \
             return at.y > box.top && at.y < box.bottom; }})()"
        )
    };
    browser.holds(&format!("{} && {}", seen("stalls-A-5"), seen("circle-A-5"))).await;
    browser.click("[data-floor='1']").await;
    browser.holds(&format!("{} && !{}", seen("circle-A-5"), seen("stalls-A-5"))).await;
    browser.click("[data-floor='0']").await;
    browser.holds(&format!("{} && !{}", seen("stalls-A-5"), seen("circle-A-5"))).await;
    browser.close().await;
    app.stop().await;
}
