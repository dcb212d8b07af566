use acceptance::{App, Buyer, eventually};
use reqwest::Method;
use serde_json::json;

async fn printed(app: &App, event: &str) -> (Buyer, String) {
    let ada = app.buyer("ada").await;
    let print = ada.buy(event, &["stalls-A-1"]).await.str("/tickets/0/links/print");
    ada.ask(Method::POST, &print).send().await.is(202);
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    (ada, print)
}

/// From the acknowledged change on, the print of the time before is gone; asked for again, it shows the new name.
#[tokio::test]
async fn a_renamed_event_has_nothing_printed_until_it_is_asked_for_again() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let (ada, print) = printed(&app, &owls).await;
    let before = ada.get(&format!("{print}.svg")).await.is(200).text();
    assert!(before.contains("Night Owls Live"), "{before}");
    let renamed = json!({ "title": "Renamed Owls" });
    app.organiser().await.patch(&format!("/v1/events/{owls}"), &renamed).await.is(200);
    let shown = ada.get(&print).await.is(200);
    assert_eq!((shown.str("/status"), shown.int("/edition")), ("NOT_PRINTED".to_owned(), 2));
    assert!(shown.json().get("links").is_none());
    ada.get(&format!("{print}.svg")).await.is_problem(404, "not_found");
    ada.ask(Method::POST, &print).send().await.is(202);
    eventually("printed anew", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    let after = ada.get(&format!("{print}.svg")).await.is(200).text();
    assert!(after.contains("Renamed Owls") && !after.contains("Night Owls Live"), "{after}");
    app.audited().await;
    app.stop().await;
}

/// What no ticket shows changes no print.
#[tokio::test]
async fn a_change_that_no_ticket_shows_leaves_the_print() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let (ada, print) = printed(&app, &owls).await;
    let before = ada.get(&format!("{print}.svg")).await.is(200);
    let described = json!({ "description": "They are back." });
    app.organiser().await.patch(&format!("/v1/events/{owls}"), &described).await.is(200);
    assert_eq!(ada.get(&print).await.is(200).str("/status"), "PRINTED");
    assert_eq!(ada.get(&format!("{print}.svg")).await.is(200).body, before.body);
    app.stop().await;
}
