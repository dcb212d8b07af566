//! Typing: suggestions by keyboard, what Escape and Enter do, a typo that is corrected.

use acceptance::App;
use fantoccini::key::Key;
use serde_json::Value;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn suggestions_are_walked_by_keyboard_from_the_first_letter() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "suggest", Screen::Desktop).await else { return app.stop().await };
    browser.go("/").await;
    browser.type_in("/").await;
    browser.holds("document.activeElement.id === 'q'").await;
    browser.type_in("n").await;
    browser.see(".suggest [role=option]").await;
    browser.type_in("igh").await;
    browser
        .holds("[...document.querySelectorAll('.suggest [role=group]')].some((group) => group.ariaLabel === 'Performers')")
        .await;
    browser.shot("open").await;
    assert_eq!(browser.run("return document.querySelector('#q').getAttribute('aria-expanded')").await, Value::from("true"));
    for _ in 0..20 {
        browser.press(&[Key::Down]).await;
        let performer = "document.querySelector('.suggest [aria-selected=true]')?.dataset.href?.startsWith('/performers/')";
        if browser.run(&format!("return Boolean({performer})")).await == Value::Bool(true) {
            break;
        }
    }
    let active = "document.getElementById(document.querySelector('#q').getAttribute('aria-activedescendant'))?.getAttribute('aria-selected')";
    assert_eq!(browser.run(&format!("return {active}")).await, Value::from("true"), "the field names the option");
    browser.shot("chosen").await;
    browser.press(&[Key::Enter]).await;
    browser.holds("location.pathname.startsWith('/performers/')").await;
    assert!(browser.text("h1").await.contains("The Night Owls"));
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn escape_closes_the_suggestions_and_enter_searches_for_what_was_typed() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "suggest-escape", Screen::Desktop).await else { return app.stop().await };
    browser.go("/search").await;
    browser.fill("#q", "owls").await;
    browser.see(".suggest [role=option]").await;
    browser.press(&[Key::Escape]).await;
    browser.holds("document.querySelector('.suggest').hidden").await;
    assert_eq!(browser.run("return document.querySelector('#q').value").await, Value::from("owls"));
    browser.press(&[Key::Enter]).await;
    browser.holds("location.search.includes('q=owls')").await;
    browser.press(&[Key::Down]).await;
    browser.holds("document.activeElement.classList.contains('card__link')").await;
    browser.press(&[Key::Up]).await;
    browser.holds("document.activeElement.id === 'q'").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_typo_is_corrected_and_said() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "typo", Screen::Desktop).await else { return app.stop().await };
    browser.go("/search?q=rehaersal").await;
    browser.see(".said").await;
    let said = browser.text(".said").await;
    assert!(said.contains("rehearsal"), "{said}");
    browser.see("#found .card").await;
    browser.shot("corrected").await;
    browser.close().await;
    app.stop().await;
}
