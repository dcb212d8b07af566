use acceptance::App;
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
