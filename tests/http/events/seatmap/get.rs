use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn a_seat_map_is_drawn_at_the_wanted_width() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let svg = app.get(&format!("/v1/events/{owls}/seatmap.svg")).await.is(200);
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert!(svg.text().starts_with("<svg") || svg.text().starts_with("<?xml"), "{}", &svg.text()[..80]);
    assert_eq!(svg.header("surrogate-key"), Some(format!("event-{owls}").as_str()));
    for width in [320_u32, 1_200, 4_096] {
        let png = app.get(&format!("/v1/events/{owls}/seatmap.png?width={width}")).await.is(200);
        assert_eq!(png.header("content-type"), Some("image/png"));
        assert_eq!(&png.body[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(u32::from_be_bytes(png.body[16..20].try_into().expect("four bytes")), width);
    }
    let default = app.get(&format!("/v1/events/{owls}/seatmap.png")).await.is(200);
    assert_eq!(u32::from_be_bytes(default.body[16..20].try_into().expect("four bytes")), 1_200);
    app.stop().await;
}

#[tokio::test]
async fn a_width_out_of_bounds_is_named() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    for width in ["319", "4097", "0", "-1", "wide", "99999999999"] {
        let told = app.get(&format!("/v1/events/{owls}/seatmap.png?width={width}")).await;
        told.is_problem(422, "invalid").names("width");
    }
    app.get(&format!("/v1/events/{owls}/seatmap.svg?width=500")).await.is_problem(422, "invalid").names("width");
    app.get("/v1/events/nonsense/seatmap.svg").await.is_problem(404, "not_found");
    app.get(&format!("/v1/events/{}/seatmap.svg", app.event("plain").await)).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_map_changes_with_its_seats_and_is_304_until_then() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/seatmap.svg");
    let first = app.get(&path).await.is(200);
    app.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(304);
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    acceptance::eventually("the map shows the hold", async || app.get(&path).await.is(200).etag() != first.etag()).await;
    app.stop().await;
}

#[tokio::test]
async fn a_title_full_of_markup_stays_text() {
    let app = App::start().await;
    let event = app.event("markup").await;
    let svg = app.get(&format!("/v1/events/{event}/seatmap.svg")).await.is(200).text();
    assert!(!svg.contains("<script"), "markup got through");
    assert!(!svg.contains('\u{202e}'), "an override got through");
    let detail = app.get(&format!("/v1/events/{event}")).await.is(200);
    assert_eq!(detail.str("/title"), acceptance::SHOWN);
    app.stop().await;
}
