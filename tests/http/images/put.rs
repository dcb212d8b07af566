//! `PUT /v1/images/{id}`

use acceptance::{App, Form, picture};
use reqwest::Method;

#[tokio::test]
async fn another_picture_has_another_address_and_the_old_one_is_forgotten() {
    let app = App::start().await;
    let house = app.organiser().await;
    let made = house.upload(&picture(300, 200), "Two fields").await.is(201);
    let (this, before) = (made.str("/links/self"), made.str("/links/file"));
    let size = async |path: &str| {
        let shown = image::load_from_memory(&app.get(path).await.is(200).body).expect("readable");
        (shown.width(), shown.height())
    };
    assert_eq!((size(&this).await, size(&before).await), ((300, 200), (300, 200)));
    let new = Form::default().file("owl.png", "image/png", &picture(200, 300));
    let changed = house.send_form(Method::PUT, &this, new).header("if-match", &made.etag()).send().await.is(200);
    assert_eq!((changed.int("/width"), changed.str("/alt"), changed.int("/version")), (200, "Two fields".to_owned(), 2));
    assert_ne!(changed.str("/links/file"), before);
    // purged, so that nobody waits for the minute to pass; the address of before shows what there is
    assert_eq!((size(&this).await, size(&before).await), ((200, 300), (200, 300)));
    assert!(app.get(&before).await.header("cache-control").is_some_and(|kept| kept.contains("s-maxage=60,")));
    let stale = Form::default().text("alt", "Late");
    let stale = house.send_form(Method::PUT, &this, stale).header("if-match", &made.etag()).send().await;
    stale.is_problem(412, "version_mismatch");
    let said = house.send_form(Method::PUT, &this, Form::default().text("alt", "A field")).send().await.is(200);
    assert_eq!((said.str("/alt"), said.str("/links/file")), ("A field".to_owned(), changed.str("/links/file")));
    house.send_form(Method::PUT, &this, Form::default()).send().await.is_problem(422, "invalid").names("file");
    let broken = Form::default().file("owl.png", "image/png", b"GIF89a");
    house.send_form(Method::PUT, &this, broken).send().await.is_problem(422, "invalid").names("file");
    assert_eq!(size(&this).await, (200, 300), "what was there stays");
    let (_, other) = app.new_organiser("Other").await;
    other.send_form(Method::PUT, &this, Form::default().text("alt", "Mine")).send().await.is_problem(404, "not_found");
    app.stop().await;
}
