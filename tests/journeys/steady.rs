//! Nothing moves under the reader's eyes: cumulative layout shift below 0.05. Source: web.dev/cls, whose "good" is 0.1.

use acceptance::App;
use serde_json::{Value, json};

use super::browser::{Browser, Screen};
use super::rounds;

/// All shifts since the page began: nobody has touched it.
const SHIFT: &str = "const seen = new PerformanceObserver(() => {}); seen.observe({ type: 'layout-shift', buffered: true }); \
    return seen.takeRecords().reduce((sum, entry) => sum + entry.value, 0)";

/// A bowl of forty blocks: the kind of house whose page moved most.
fn bowl() -> Value {
    let block = |n: u32| {
        let (x, y) = (f64::from(n % 10) * 120.0, f64::from(n / 10) * 150.0);
        let seat = |row: u32, seat: u32| json!({ "number": seat.to_string(), "x": x + f64::from(seat) * 10.0, "y": y + f64::from(row) * 12.0 });
        let row = |r: u32| json!({ "label": r.to_string(), "seats": (1..=10).map(|s| seat(r, s)).collect::<Vec<_>>() });
        json!({ "id": format!("b{n}"), "label": format!("Block {n}"), "tier": "1", "rows": (1..=10).map(row).collect::<Vec<_>>() })
    };
    json!({ "name": "Bowl", "sections": (0..40).map(block).collect::<Vec<_>>() })
}

/// An event in the bowl.
async fn stadium(app: &App) -> String {
    let organiser = app.organiser().await;
    let venue = app.id("venues", "riverside").await;
    let map = organiser.put(&format!("/v1/venues/{venue}/seat-maps"), &bowl()).await.is(200).str("/id");
    let event = json!({
        "external_id": "bowl", "title": "The final", "category": "sports", "starts_at": "2031-04-10T10:00:00Z", "venue_id": venue,
        "seat_map_id": map, "sale_opens_at": "2021-01-01T00:00:00Z",
    });
    let id = organiser.post("/v1/events", &event).await.is(201).str("/id");
    let tiers = json!({ "tiers": [{ "id": "1", "name": "Anywhere", "price": { "amount": 9_500, "currency": "AUD" } }] });
    organiser.put(&format!("/v1/events/{id}/tiers"), &tiers).await.is(200);
    id
}

async fn steady(name: &'static str, screen: Screen) {
    let app = App::start().await;
    let stadium = stadium(&app).await;
    let Some(browser) = Browser::open(&app, name, screen).await else { return app.stop().await };
    let mut pages = rounds::every_page(&app, &browser).await;
    pages.push(format!("/events/{stadium}"));
    for page in &pages {
        browser.go(page).await;
        rounds::settled(&browser).await;
        let shift = browser.run(SHIFT).await.as_f64().expect("a number");
        assert!(shift < 0.05, "{page} moves by {shift}");
    }
    // The control: a page that moves is seen to move.
    browser.run("document.body.prepend(Object.assign(document.createElement('p'), { style: 'height: 400px' }))").await;
    browser.holds(&format!("(() => {{ {SHIFT} }})() >= 0.05")).await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn nothing_moves_on_a_desk() {
    steady("steady", Screen::Desktop).await;
}

#[tokio::test]
async fn nothing_moves_on_a_phone() {
    steady("steady-phone", Screen::Phone).await;
}
