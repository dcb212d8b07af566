use acceptance::App;
use serde_json::json;

use crate::http::orders::pdf::pages;

#[tokio::test]
async fn a_ticket_is_a_pdf_of_one_page_whatever_its_event_is_called() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let markup = app.event("markup").await;
    let order = ada.buy(&markup, &["stalls-A-1"]).await;
    let path = order.str("/tickets/0/links/pdf");
    let first = ada.get(&path).await.is(200);
    assert_eq!((first.header("content-type"), pages(&first.body)), (Some("application/pdf"), 1));
    assert!(first.header("content-disposition").is_some_and(|value| value.starts_with("inline; filename=\"ticket-")));
    let titles = ["x".repeat(300), "東京 🎷 قاهرة".to_owned(), "(\\) %PDF endobj".to_owned()];
    for (title, edition) in titles.iter().zip(2..) {
        app.organiser().await.patch(&format!("/v1/events/{markup}"), &json!({ "title": title })).await.is(200);
        let again = ada.get(&path).await.is(200);
        assert!(pages(&again.body) == 1 && again.etag().starts_with(&format!("\"e{edition}-")), "{title}");
    }
    let bob = app.buyer("bob").await;
    bob.get(&path).await.is_problem(404, "not_found");
    ada.get(&format!("{path}?scale=1")).await.is_problem(422, "invalid").names("scale");
    app.stop().await;
}
