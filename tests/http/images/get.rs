//! `GET /v1/images/{id}`

use acceptance::{App, picture};
use reqwest::Method;

#[tokio::test]
async fn a_picture_is_given_in_the_next_width_and_in_what_the_program_reads() {
    let app = App::start().await;
    let made = app.organiser().await.upload(&picture(1_000, 500), "Two fields").await.is(201);
    let this = made.str("/links/self");
    let ask = async |width: &str, accept: &str| {
        let query = if width.is_empty() { String::new() } else { format!("?width={width}") };
        let mut asked = app.ask(Method::GET, &format!("{this}{query}"));
        if !accept.is_empty() {
            asked = asked.header("accept", accept);
        }
        asked.send().await
    };
    let chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
    let table = [
        ("", "", "image/jpeg", 1_000),
        ("1", "*/*", "image/jpeg", 160),
        ("160", chrome, "image/webp", 160),
        ("161", chrome, "image/webp", 320),
        ("640", "image/png", "image/jpeg", 640),
        ("960", "image/jpeg", "image/jpeg", 960),
        ("961", "image/webp", "image/webp", 1_000),
        ("1920", "image/webp", "image/webp", 1_000),
    ];
    for (width, accept, kind, wide) in table {
        let shown = ask(width, accept).await.is(200);
        assert_eq!((shown.header("content-type"), shown.header("content-encoding")), (Some(kind), None), "{width} {accept}");
        let seen = image::load_from_memory(&shown.body).expect("readable");
        assert_eq!((seen.width(), seen.height()), (wide, wide / 2), "{width} {accept}");
        let vary = shown.header("vary").expect("Vary").to_ascii_lowercase();
        assert!(vary.split(',').any(|name| name.trim() == "accept"), "{vary}");
        let head = app.ask(Method::HEAD, &format!("{this}?width=160")).send().await.is(200);
        assert!(head.body.is_empty() && head.header("content-length").is_some());
    }
    for width in ["0", "NaN", "-1", "1921", "5000", "99999999999", "1e3", "160.0"] {
        ask(width, "").await.is_problem(422, "invalid").names("width");
    }
    app.get(&format!("{this}?width=160&width=320")).await.is_problem(422, "invalid").names("width");
    ask("", "text/html").await.is_problem(406, "not_acceptable");
    let facts = ask("", "application/json").await.is(200);
    assert_eq!((facts.json(), facts.header("content-type")), (made.json(), Some("application/json")));
    app.stop().await;
}

#[tokio::test]
async fn its_address_is_kept_for_ever_and_others_for_a_minute() {
    let app = App::start().await;
    let house = app.organiser().await;
    let made = house.upload(&picture(300, 200), "Two fields").await.is(201);
    let id = made.str("/id");
    let cached = async |path: &str| {
        let shown = app.get(path).await.is(200);
        (
            shown.header("cache-control").expect("a policy").to_owned(),
            shown.etag(),
            shown.header("surrogate-key").map(str::to_owned),
        )
    };
    let (kept, tag, tags) = cached(&made.str("/links/file")).await;
    assert_eq!(kept, "public, max-age=31536000, s-maxage=3600, immutable");
    assert_eq!(tags, Some(format!("image-{id}")));
    let shouted = made.str("/links/file").replace(&id, &id.to_ascii_uppercase());
    for path in [format!("/v1/images/{id}"), format!("/v1/images/{id}?v=00000000"), shouted] {
        assert!(cached(&path).await.0.ends_with("s-maxage=60, stale-while-revalidate=60, stale-if-error=3600"), "{path}");
    }
    for mark in ["", "owl", "0000000", "000000000", "0000000A", "+0000000"] {
        app.get(&format!("/v1/images/{id}?v={mark}")).await.is_problem(422, "invalid").names("v");
    }
    let again = app.ask(Method::GET, &made.str("/links/file")).header("if-none-match", &tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let small = cached(&format!("{}&width=160", made.str("/links/file"))).await;
    assert_ne!(small.1, tag, "another width is another picture");
    app.get("/v1/images/018f3b7e-0000-7000-8000-000000000000").await.is_problem(404, "not_found");
    app.get("/v1/images/owl").await.is_problem(404, "not_found");
    app.stop().await;
}
