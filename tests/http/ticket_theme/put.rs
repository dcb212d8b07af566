use std::path::Path;

use acceptance::{App, Form, eventually, picture};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/v1/ticket-theme";

#[tokio::test]
async fn a_theme_changes_every_ticket_of_its_organiser_and_is_in_the_log() {
    let app = App::start().await;
    let (ada, organiser) = (app.buyer("ada").await, app.organiser().await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let forms = ["svg", "png", "pdf"].map(|form| order.str(&format!("/tickets/0/links/{form}")));
    let mut before = Vec::new();
    for form in &forms {
        before.push(ada.get(form).await.is(200).etag());
    }
    let (_, stranger) = app.new_organiser("Other").await;
    stranger.put(PATH, &json!({ "head": "#102030" })).await.is(200);
    for (form, etag) in forms.iter().zip(&before) {
        ada.ask(Method::GET, form).header("if-none-match", etag).send().await.is(304);
    }
    let theme = json!({ "head": "#7a1f00", "small_print": "No <b>re-entry</b>.", "code": "aztec" });
    assert_eq!(organiser.put(PATH, &theme).await.is(200).json(), theme);
    assert_eq!(organiser.get(PATH).await.is(200).json(), theme);
    for (form, etag) in forms.iter().zip(&before) {
        let now = ada.ask(Method::GET, form).header("if-none-match", etag).send().await.is(200);
        assert_ne!(now.etag(), *etag, "{form}");
    }
    let svg = ada.get(&forms[0]).await.is(200).text();
    assert!(svg.contains("#7a1f00") && !svg.contains("<b>"), "{svg}");
    let log = organiser.get("/v1/audit?action=ticket_theme.put").await.is(200).json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(log["items"][0]["after"], theme);
    organiser.put(PATH, &json!({})).await.is(200);
    ada.ask(Method::GET, &forms[0]).header("if-none-match", &before[0]).send().await.is(304);
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_name_and_changes_nothing() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let table = [
        (json!({ "head": "blue" }), "head"),
        (json!({ "head": "#ffffff", "on_head": "#eeeeee" }), "on_head"),
        (json!({ "accent": "#ffee00" }), "accent"),
        (json!({ "small_print": "x".repeat(601) }), "small_print"),
        (json!({ "code": "barcode" }), "code"),
        (json!({ "glitter": true }), "glitter"),
    ];
    for (body, field) in table {
        organiser.put(PATH, &body).await.is_problem(422, "invalid").names(field);
    }
    assert_eq!(organiser.get(PATH).await.is(200).json(), json!({ "code": "qr" }));
    app.buyer("ada").await.get(PATH).await.is_problem(403, "forbidden");
    app.get(PATH).await.is_problem(401, "unauthorized");
    app.stop().await;
}

/// Spoils every picture that lies in the store as it is kept; gives how many.
fn spoil(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let spoilt = entries.map(|path| match path.is_dir() {
        true => spoil(&path),
        false => {
            std::fs::write(&path, b"\x89PNG\r\n\x1a\nbroken").expect("written");
            1
        }
    });
    spoilt.sum()
}

/// A ticket lacks its picture sooner than its buyer lacks the ticket.
#[tokio::test]
async fn a_picture_is_on_every_ticket_as_it_is_now_and_one_that_cannot_be_read_is_left_out() {
    let app = App::start().await;
    let (ada, organiser) = (app.buyer("ada").await, app.organiser().await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1", "stalls-A-2"]).await;
    let forms = ["svg", "png", "pdf"].map(|form| order.str(&format!("/tickets/0/links/{form}")));
    let forms = [&forms[..], &[format!("/v1/orders/{}.pdf", order.str("/id"))]].concat();
    let etags = async || {
        let mut etags = Vec::new();
        for form in &forms {
            etags.push(ada.get(form).await.is(200).etag());
        }
        etags
    };
    let plain = etags().await;
    let made = organiser.upload(&picture(400, 100), "Red & blue").await.is(201);
    let theme = json!({ "code": "qr", "image_id": made.str("/id") });
    assert_eq!(organiser.put(PATH, &theme).await.is(200).json(), theme);
    assert_eq!(organiser.get(PATH).await.is(200).json(), theme);
    let pictured = etags().await;
    assert!(plain.iter().zip(&pictured).all(|(plain, pictured)| plain != pictured));
    let svg = ada.get(&forms[0]).await.is(200).text();
    assert!(svg.contains("aria-label=\"Red &amp; blue\" href=\"data:image/png;base64,"), "{svg}");
    for pdf in &forms[2..] {
        let body = ada.get(pdf).await.is(200).body;
        assert_eq!(String::from_utf8_lossy(&body).matches("/Subtype/Image").count(), 1, "once, however many pages");
    }
    let print = order.str("/tickets/1/links/print");
    ada.ask(Method::POST, &print).send().await.is(202);
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    assert!(ada.get(&format!("{print}.svg")).await.is(200).text().contains("data:image/png"));

    // another file, or other words, are another picture
    let this = made.str("/links/self");
    let put = async |form: Form| organiser.send_form(Method::PUT, &this, form).send().await.is(200);
    put(Form::default().text("alt", "Two fields")).await;
    let renamed = ada.get(&forms[0]).await.is(200);
    assert!(renamed.text().contains("Two fields") && renamed.etag() != pictured[0]);
    put(Form::default().file("owl.png", "image/png", &picture(100, 100))).await;
    assert_ne!(ada.get(&forms[0]).await.is(200).etag(), renamed.etag());
    // broken in the store: the ticket is as it would be without
    put(Form::default().file("owl.png", "image/png", &picture(120, 100))).await;
    assert!(spoil(Path::new(&app.gateway.config.image_store())) > 0);
    assert_eq!(etags().await, plain);
    put(Form::default().file("owl.png", "image/png", &picture(400, 100))).await;
    assert!(ada.get(&forms[0]).await.is(200).text().contains("data:image/png"), "and whole again");
    organiser.delete(&this).await.is(204);
    assert_eq!(etags().await, plain, "nor does a deleted one keep anybody from a ticket");
    app.stop().await;
}

#[tokio::test]
async fn only_an_image_of_one_s_own_is_taken() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let (_, stranger) = app.new_organiser("Other").await;
    let others = stranger.upload(&picture(64, 32), "A field").await.is(201).str("/id");
    let own = organiser.upload(&picture(64, 32), "A field").await.is(201).str("/id");
    let wrong = [json!("owl"), json!(7), json!("018f3b7e-0000-7000-8000-000000000000"), json!(others)];
    for image in wrong {
        organiser.put(PATH, &json!({ "image_id": image })).await.is_problem(422, "invalid").names("image_id");
    }
    stranger.put(PATH, &json!({ "image_id": own })).await.is_problem(422, "invalid").names("image_id");
    assert_eq!(organiser.get(PATH).await.is(200).json(), json!({ "code": "qr" }));
    app.stop().await;
}
