use acceptance::App;
use reqwest::Method;
use serde_json::json;

/// Page objects by their type; the page tree's own is `/Pages`.
pub fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    assert!(text.starts_with("%PDF-"), "{}", &text[..20]);
    text.matches("/Type/Page").chain(text.matches("/Type /Page")).count() - text.matches("/Pages").count().min(1)
}

#[tokio::test]
async fn an_order_is_a_pdf_of_a_page_a_ticket_in_the_present_edition() {
    let app = App::start().await;
    let (ada, owls) = (app.buyer("ada").await, app.event("owls-1").await);
    let order = ada.buy(&owls, &["stalls-A-1", "stalls-A-2", "circle-B-6"]).await;
    let path = order.str("/links/pdf");
    let first = ada.get(&path).await.is(200);
    assert_eq!(first.header("content-type"), Some("application/pdf"));
    assert_eq!(first.header("cache-control"), Some("private, no-store"));
    assert_eq!(pages(&first.body), 3);
    assert!(first.etag().starts_with("\"e1-"), "{}", first.etag());
    ada.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(304);
    app.organiser().await.patch(&format!("/v1/events/{owls}"), &json!({ "title": "Unplugged" })).await.is(200);
    let second = ada.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(200);
    assert!(second.etag().starts_with("\"e2-"), "{}", second.etag());
    let aztec = ada.get(&format!("{path}?code=aztec")).await.is(200);
    assert_ne!(aztec.etag(), second.etag());
    ada.get(&format!("{path}?code=barcode")).await.is_problem(422, "invalid").names("code");
    ada.get(&format!("{path}?scale=2")).await.is_problem(422, "invalid").names("scale");
    ada.get(&format!("/v1/orders/{}.png", order.str("/id"))).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn another_buyer_s_pdf_looks_absent_and_one_given_back_lets_nobody_in() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await.str("/id");
    let foreign = bob.get(&format!("/v1/orders/{order}.pdf")).await.is_problem(404, "not_found");
    let nothing = bob.get("/v1/orders/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44.pdf").await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), nothing.without_request_id());
    app.get(&format!("/v1/orders/{order}.pdf")).await.is_problem(401, "unauthorized");
    ada.ask(Method::POST, &format!("/v1/orders/{order}/cancel")).send().await.is(200);
    ada.get(&format!("/v1/orders/{order}.pdf")).await.is_problem(409, "conflict");
    app.stop().await;
}
