//! No page is wider than the narrowest screen that counts.

use acceptance::App;

use super::browser::{Browser, Screen};
use super::rounds;

/// What stands out to the right, and is neither meant to be scrolled sideways nor invisible.
const OVER: &str = "return [...document.querySelectorAll('body *')].filter((it) => it.getClientRects().length \
    && !it.closest('canvas, svg, .tiers, .choice__list, .hide, .skip, noscript') && it.getBoundingClientRect().right > 321) \
    .map((it) => it.outerHTML.slice(0, 120))";

#[tokio::test]
async fn no_page_is_wider_than_320_pixels() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "narrow", Screen::Narrow).await else { return app.stop().await };
    for (n, page) in rounds::every_page(&app, &browser).await.iter().enumerate() {
        browser.go(page).await;
        rounds::settled(&browser).await;
        let inside = browser.run("return innerWidth === 320 && document.documentElement.scrollWidth <= 320").await;
        browser.shot(&format!("{n}")).await;
        assert_eq!((browser.run(OVER).await, inside), (serde_json::json!([]), serde_json::json!(true)), "{page}");
    }
    // The control: what is wider is found.
    browser.run("document.querySelector('h1').style.width = '900px'").await;
    assert_ne!(browser.run(OVER).await, serde_json::json!([]), "the measure sees nothing");
    browser.close().await;
    app.stop().await;
}
