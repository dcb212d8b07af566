//! Journeys: the storefront as people use it, in a real Chromium, from a search to a ticket.
//!
//! Each test has a server, a database and browser profiles of its own. Screenshots stay in `target/screenshots`; look at them.

mod account;
mod browse;
mod browser;
mod contrast;
mod crawler;
mod desktop;
mod held;
mod keyboard;
mod live;
mod phone;
mod plain;
mod plan;
mod queue;
mod rounds;
mod seats;
mod steady;
mod suggest;
mod width;

use acceptance::App;
use browser::Browser;

/// Fills the checkout's form and pays on the sandbox's page; ends on the order's page.
async fn pay(browser: &Browser, name: &str) {
    browser.see("#contact").await;
    fill_and_pay(browser, name).await;
    browser.run("const drawn = document.querySelector('.drawn'); drawn.open = true; drawn.scrollIntoView()").await;
    // A picture that did not come has no width.
    browser.holds("document.querySelector('.drawn__img').naturalWidth > 0").await;
    browser.shot("ticket").await;
}

/// Fills the form that is in sight, and pays.
async fn fill_and_pay(browser: &Browser, name: &str) {
    browser.fill("input[name=name]", name).await;
    browser.fill("input[name=email]", "ada@example.com").await;
    browser.shot("checkout").await;
    browser.click("#contact button[type=submit]").await;
    browser.see(".paybox").await;
    browser.shot("sandbox").await;
    browser.click("button[value=pay]").await;
    browser.see(".ticket").await;
    browser.shot("order").await;
}

/// How many seats of an event are sold now.
async fn sold(app: &App, event: &str) -> i64 {
    app.get(&format!("/v1/events/{event}/seats")).await.is(200).int("/counts/sold")
}
