use acceptance::{App, Reply};
use reqwest::Method;
use serde_json::{Value, json};

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
    for width in ["319", "4097", "0", "-1", "wide", "NaN", "1e3", "640.5", "", "99999999999"] {
        let told = app.get(&format!("/v1/events/{owls}/seatmap.png?width={width}")).await;
        let told = told.is_problem(422, "invalid").names("width");
        assert_eq!(told.str("/errors/0/detail"), "must be a whole number, 320 to 4096", "{width}");
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

#[tokio::test]
async fn a_theme_colours_both_forms_and_an_unknown_one_is_named() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let papers = [("light", "#ffffff"), ("dark", "#11151f"), ("contrast", "#ffffff")];
    let mut drawn = std::collections::HashSet::new();
    for (theme, paper) in papers {
        let svg = app.get(&format!("/v1/events/{owls}/seatmap.svg?theme={theme}")).await.is(200);
        assert!(svg.text().contains(&format!("<path fill=\"{paper}\" d=\"M0 0H1200")), "{theme}");
        let png = app.get(&format!("/v1/events/{owls}/seatmap.png?theme={theme}&width=400")).await.is(200);
        assert!(drawn.insert(png.body.to_vec()) && drawn.insert(svg.body.to_vec()), "{theme} looks like another");
        assert!(drawn.insert(png.etag().into()) && drawn.insert(svg.etag().into()), "{theme} has a tag of its own");
    }
    let plain = app.get(&format!("/v1/events/{owls}/seatmap.svg")).await.is(200);
    assert!(!drawn.insert(plain.body.to_vec()), "light is the default");
    for form in ["svg", "png"] {
        for theme in ["sepia", "", "Dark"] {
            app.get(&format!("/v1/events/{owls}/seatmap.{form}?theme={theme}")).await.is_problem(422, "invalid").names("theme");
        }
    }
    app.get(&format!("/v1/events/{owls}/seatmap.png?detail=seats")).await.is_problem(422, "invalid").names("detail");
    app.get(&format!("/v1/events/{owls}/seatmap.svg?detail=all")).await.is_problem(422, "invalid").names("detail");
    app.stop().await;
}

#[tokio::test]
async fn in_detail_every_seat_has_its_id_title_and_label() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let list = app.get(&format!("/v1/events/{owls}/seats?format=list")).await.is(200).json();
    let ids: Vec<&str> = list["seats"].as_array().expect("seats").iter().filter_map(|seat| seat["id"].as_str()).collect();
    let path = format!("/v1/events/{owls}/seatmap.svg");
    let (plain, detailed) = (app.get(&path).await.is(200).text(), app.get(&format!("{path}?detail=seats")).await.is(200).text());
    assert!(!ids.is_empty());
    for id in ids {
        let element = detailed.split(&format!(" id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("{id} is missing"));
        let element = &element[..element.find("</title>").expect("a title")];
        assert!(element.contains("aria-label=\"") && element.contains("<title>") && element.contains(", row "), "{element}");
        assert!(!plain.contains(&format!(" id=\"{id}\"")), "only in detail");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_answer_says_which_version_it_draws() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let version =
        |answer: &Reply| answer.header("boxoffice-version").and_then(|text| text.parse::<u64>().ok()).expect("a version");
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let seats = app.get(&format!("/v1/events/{owls}/seats")).await.is(200).json()["version"].as_u64().expect("a version");
    for form in ["svg", "png"] {
        let drawn = acceptance::eventually("the map shows the hold", async || {
            version(&app.get(&format!("/v1/events/{owls}/seatmap.{form}")).await.is(200)) >= seats
        });
        drawn.await;
    }
    let svg = app.get(&format!("/v1/events/{owls}/seatmap.svg")).await.is(200);
    let told = version(&svg);
    assert!(svg.text().contains(&format!("data-version=\"{told}\"")) && svg.text().contains(&format!("version {told}.</desc>")));
    app.stop().await;
}

/// Two floors whose rows have the same coordinates.
fn floors() -> Value {
    let mut map = acceptance::house::map("Two floors", &["......", "......"]);
    map["sections"][0]["floor"] = json!("Ground floor");
    let mut circle = map["sections"][0].clone();
    (circle["id"], circle["label"], circle["floor"]) = (json!("circle"), json!("Circle"), json!("First floor"));
    map["sections"].as_array_mut().expect("sections").push(circle);
    map
}

#[tokio::test]
async fn floors_that_lie_on_each_other_are_drawn_apart_with_their_names() {
    let app = App::start().await;
    let event = app.house_of(&floors(), json!({})).await;
    let svg = app.get(&format!("/v1/events/{event}/seatmap.svg")).await.is(200).text();
    assert!(svg.contains(">Ground floor<") && svg.contains(">First floor<"), "{svg}");
    let shown = app.get(&format!("/v1/events/{event}")).await.is(200);
    let map = shown.str("/seat_map_id");
    let written = app.get(&format!("/v1/seat-maps/{map}")).await.is(200).json();
    assert_eq!(written["sections"][1]["rows"][0]["seats"][0]["y"], 0.0, "as its organiser wrote it");
    // the page's picker has the same, in tenths
    let drawn = app.get(&format!("/assets/maps/{map}.json")).await.is(200).json();
    let first = |section: usize| drawn["sections"][section]["rows"][0]["y"][0].as_i64().expect("a height");
    assert_eq!((first(0), first(1)), (0, 500));
    assert_eq!(drawn["floors"][1], json!({ "label": "First floor", "bounds": [100, 500, 600, 600] }));
    // one is told who sits together by the same: a party is not split over two floors while one has room
    let best = app.get(&format!("/v1/events/{event}/best?quantity=6")).await.is(200);
    assert_eq!(best.str("/together"), "row");
    let address = app.get(&format!("/events/{event}")).await.is(307).header("location").expect("the page").to_owned();
    let page = app.get(&address).await.is(200).text();
    assert!(page.contains("data-floor=\"0\"") && page.contains("<bdi>First floor</bdi>"), "{page}");
    app.stop().await;
}
