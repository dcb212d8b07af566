//! Browsing: the map box, the endless list, an address that can be shared, a phone.

use acceptance::App;
use serde_json::Value;

use super::browser::{Browser, Screen};

/// How many cards stand in the list.
async fn cards(browser: &Browser) -> u64 {
    browser.run("return document.querySelectorAll('#found .cards > li').length").await.as_u64().unwrap_or_default()
}

/// What the address bar shows.
async fn address(browser: &Browser) -> String {
    browser.run("return location.pathname + location.search").await.as_str().unwrap_or_default().to_owned()
}

async fn number(browser: &Browser, expression: &str) -> f64 {
    browser.run(&format!("return {expression}")).await.as_f64().unwrap_or_default()
}

#[tokio::test]
async fn an_address_that_is_shared_restores_what_was_chosen() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "shared", Screen::Desktop).await else { return app.stop().await };
    browser.go("/search?q=night").await;
    browser.see("#found .cards").await;
    browser.run("[...document.querySelectorAll('input[name=city]')].find((box) => box.closest('label').textContent.includes('Brisbane')).click()").await;
    browser.holds("location.search.includes('city=')").await;
    for label in ["Price", "One line a show"] {
        let link = format!("[...document.querySelectorAll('#found .sort a')].find((link) => link.textContent === '{label}')");
        browser.run(&format!("{link}.click()")).await;
        browser.holds(&format!("{link}?.getAttribute('aria-current') === 'true'")).await;
    }
    browser.run("[...document.querySelectorAll('.bar')][0].click()").await;
    browser.holds("location.search.includes('month=')").await;
    let (shared, shown) = (address(&browser).await, browser.text("#count").await);
    browser.shot("chosen").await;
    browser.go("/me").await;
    browser.go(&shared).await;
    browser.see("#found .cards").await;
    assert_eq!(browser.text("#count").await, shown);
    assert_eq!(browser.run("return document.querySelector('#q').value").await, Value::from("night"));
    let chosen = browser
        .run("return [...document.querySelectorAll('input[name=city]:checked, #found .sort [aria-current], .bar--on')].length")
        .await;
    assert_eq!(chosen, Value::from(4), "city, order, grouping and month");
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn more_results_come_by_scrolling_and_the_last_page_ends_them() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "endless", Screen::Phone).await else { return app.stop().await };
    browser.go("/search?limit=2").await;
    browser.see("#found .cards").await;
    for _ in 0..6 {
        browser.run("window.scrollTo(0, document.body.scrollHeight)").await;
        if cards(&browser).await == 8 {
            break;
        }
        browser.holds("document.querySelectorAll('#found .cards > li').length > 2").await;
    }
    browser.holds("document.querySelectorAll('#found .cards > li').length === 8 && !document.querySelector('[data-more]')").await;
    let distinct = number(&browser, "new Set([...document.querySelectorAll('.card__link')].map((link) => link.href)).size").await;
    assert_eq!(distinct, 8.0, "no card twice");
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn the_map_box_asks_for_what_it_shows() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "map", Screen::Desktop).await else { return app.stop().await };
    browser.go("/search").await;
    browser
        .run("[...document.querySelectorAll('.list__tools .chip')].find((link) => link.textContent.includes('Map')).click()")
        .await;
    browser.see("#mapbox canvas").await;
    browser.holds("location.search.includes('view=map')").await;
    let before = cards(&browser).await;
    browser.shot("world").await;
    let at = browser.run("return document.querySelector('#mapbox').where(151.215, -33.857)").await;
    browser.touch(at["x"].as_f64().expect("x"), at["y"].as_f64().expect("y")).await;
    browser.holds("location.search.includes('bbox=')").await;
    browser.holds(&format!("document.querySelectorAll('#found .cards > li').length < {before}")).await;
    browser.type_in("+++").await;
    browser.holds("document.querySelectorAll('#found .cards > li').length === 1").await;
    assert!(browser.text("#found .cards").await.contains("Night Owls in Sydney"));
    browser.shot("sydney").await;
    let shared = address(&browser).await;
    browser.go("/me").await;
    browser.go(&shared).await;
    browser
        .holds("document.querySelectorAll('#found .cards > li').length === 1 && document.querySelector('#mapbox').dataset.shown")
        .await;
    browser.run("document.querySelector('#mapbox canvas').focus()").await;
    browser.type_in("0").await;
    browser.holds(&format!("document.querySelectorAll('#found .cards > li').length === {before}")).await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_phone_shows_all_of_it_without_scrolling_sideways() {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, "phone-browse", Screen::Phone).await else { return app.stop().await };
    for (path, name) in
        [("/", "home"), ("/search", "list"), ("/search?view=map", "map"), ("/search?group=series&q=night", "series")]
    {
        browser.go(path).await;
        browser.see(".cards").await;
        browser.shot(name).await;
        let wide = number(&browser, "document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(wide <= 0.0, "{path} is {wide} px too wide");
    }
    browser.click("#filters-fold > summary").await;
    browser.see(".bars .bar").await;
    browser.shot("filters").await;
    browser.close().await;
    app.stop().await;
}
