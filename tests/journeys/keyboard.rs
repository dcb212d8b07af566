//! A buyer without a mouse: everything by Tab, arrows, Space and Enter, through the list of seats instead of the map.

use acceptance::App;
use fantoccini::key::Key;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_buyer_without_a_mouse_finds_seats_in_the_list_and_pays() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "keyboard", Screen::Desktop).await else { return app.stop().await };
    browser.go("/").await;
    browser.tab_to("it.classList.contains('skip')").await;
    browser.press(&[Key::Enter]).await;
    browser.tab_to("it.id === 'q'").await;
    browser.type_in("night owls live").await;
    browser.see("#found .card").await;
    browser.tab_to(&format!("it.matches('#found a[href^=\"/events/{event}/\"]')")).await;
    browser.press(&[Key::Enter]).await;
    browser.map().await;

    browser.tab_to("it.dataset.view === 'list'").await;
    browser.press(&[Key::Enter]).await;
    browser.tab_to("it.matches('#seatlist > details:first-of-type > summary')").await;
    browser.press(&[Key::Enter]).await;
    browser.see("#seatlist details details summary").await;
    browser.tab_to("it.matches('#seatlist details details summary')").await;
    browser.press(&[Key::Enter]).await;
    browser.see("#seatlist .seat").await;
    browser.tab_to("it.classList.contains('seat')").await;
    browser.press(&[Key::Right, Key::Right]).await;
    // Space presses a button when it comes up again.
    browser.type_in(" ").await;
    browser.holds("document.querySelector('#choice [data-list]').children.length === 1").await;
    browser.press(&[Key::Right]).await;
    browser.type_in(" ").await;
    browser.holds("document.querySelector('#choice [data-list]').children.length === 2").await;
    browser.shot("list").await;
    browser.tab_to("it.hasAttribute('data-go')").await;
    browser.press(&[Key::Enter]).await;

    browser.see("#contact").await;
    browser.tab_to("it.name === 'name'").await;
    browser.type_in("Ada").await;
    browser.press(&[Key::Tab]).await;
    browser.type_in("ada@example.com").await;
    browser.press(&[Key::Enter]).await;
    browser.see(".paybox").await;
    browser.tab_to("it.value === 'pay'").await;
    browser.press(&[Key::Enter]).await;
    browser.see(".ticket").await;
    assert_eq!(app.seat(&event, "stalls-A-3").await, "sold");
    assert_eq!(app.seat(&event, "stalls-A-4").await, "sold");
    browser.close().await;
    app.stop().await;
}
