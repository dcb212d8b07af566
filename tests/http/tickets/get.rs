use acceptance::App;
use reqwest::Method;
use serde_json::json;

async fn ticket(app: &App, event: &str) -> (acceptance::Buyer, acceptance::Reply) {
    let ada = app.buyer("ada").await;
    let order = ada.buy(event, &["stalls-A-1"]).await;
    let ticket = ada.get(&order.str("/tickets/0/links/self")).await.is(200);
    (ada, ticket)
}

fn scanned(png: &[u8]) -> String {
    let image = image::load_from_memory_with_format(png, image::ImageFormat::Png).expect("a PNG").to_luma8();
    let (width, height) = image.dimensions();
    let found =
        rxing::helpers::detect_in_luma(image.into_raw(), width, height, Some(rxing::BarcodeFormat::QR_CODE)).expect("a QR code");
    found.getText().to_owned()
}

#[tokio::test]
async fn a_ticket_scans_to_its_signed_code() {
    let app = App::start().await;
    let (ada, ticket) = ticket(&app, &app.event("owls-1").await).await;
    let png = ada.get(&ticket.str("/links/png")).await.is(200);
    assert_eq!(png.header("cache-control"), Some("private, no-store"));
    assert_eq!(scanned(&png.body), ticket.str("/code"));
    let svg = ada.get(&ticket.str("/links/svg")).await.is(200);
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    app.stop().await;
}

#[tokio::test]
async fn a_renamed_event_gives_the_ticket_a_new_edition() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let (ada, ticket) = ticket(&app, &owls).await;
    assert_eq!(ticket.int("/edition"), 1);
    let old = ada.get(&ticket.str("/links/png")).await.is(200);
    let renamed = json!({ "title": "Night Owls Unplugged" });
    app.organiser().await.patch(&format!("/v1/events/{owls}"), &renamed).await.is(200);
    let again = ada.get(&ticket.str("/links/self")).await.is(200);
    assert_eq!(again.int("/edition"), 2);
    assert_ne!(again.str("/code"), ticket.str("/code"));
    let new = ada.get(&ticket.str("/links/png")).await.is(200);
    assert_ne!(new.body, old.body);
    assert_eq!(scanned(&new.body), again.str("/code"));
    app.stop().await;
}

#[tokio::test]
async fn another_buyers_ticket_looks_absent_to_the_byte() {
    let app = App::start().await;
    let (_, ticket) = ticket(&app, &app.event("owls-1").await).await;
    let bob = app.buyer("bob").await;
    for form in ["", ".svg", ".png"] {
        let foreign = bob.get(&format!("/v1/tickets/{}{form}", ticket.str("/id"))).await.is_problem(404, "not_found");
        let absent =
            bob.get(&format!("/v1/tickets/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44{form}")).await.is_problem(404, "not_found");
        assert_eq!(foreign.without_request_id(), absent.without_request_id());
        app.get(&format!("/v1/tickets/{}{form}", ticket.str("/id"))).await.is_problem(401, "unauthorized");
    }
    bob.get(&format!("/v1/tickets/{}.gif", ticket.str("/id"))).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_title_full_of_markup_stays_text_on_the_ticket() {
    let app = App::start().await;
    let (ada, ticket) = ticket(&app, &app.event("markup").await).await;
    let svg = ada.get(&ticket.str("/links/svg")).await.is(200).text();
    assert!(!svg.contains("<script") && !svg.contains('\u{202e}'));
    let png = ada.get(&ticket.str("/links/png")).await.is(200);
    assert_eq!(scanned(&png.body), ticket.str("/code"));
    ada.ask(Method::GET, &format!("{}?scale=5", ticket.str("/links/png"))).send().await.is_problem(422, "invalid").names("scale");
    app.stop().await;
}
