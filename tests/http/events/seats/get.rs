use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn rows_say_their_seats_as_letters() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    ada.hold(&owls, &["stalls-A-2"]).await.is(201);
    ada.buy(&owls, &["circle-A-1"]).await;
    let seats = app.get(&format!("/v1/events/{owls}/seats")).await.is(200);
    assert_snapshot!(seats.shown());
    assert_eq!(seats.str("/sections/0/rows/0/states"), "AHAAAAAAAA");
    assert_eq!(seats.str("/sections/1/rows/0/states"), "SAAAAA");
    app.stop().await;
}

#[tokio::test]
async fn a_list_has_every_seat_by_itself() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let list = app.get(&format!("/v1/events/{owls}/seats?format=list")).await.is(200);
    let body = list.json();
    assert_eq!(body["seats"].as_array().expect("seats").len(), 62);
    assert_snapshot!(format!("{:#}", body["seats"][51]));
    app.get(&format!("/v1/events/{owls}/seats?format=xml")).await.is_problem(422, "invalid").names("format");
    app.get(&format!("/v1/events/{owls}/seats?colour=red")).await.is_problem(422, "invalid").names("colour");
    app.stop().await;
}

#[tokio::test]
async fn a_version_has_one_etag() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/seats");
    let first = app.get(&path).await.is(200);
    app.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(304);
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let second = app.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(200);
    assert_ne!(first.etag(), second.etag());
    assert!(second.int("/version") > first.int("/version"));
    app.stop().await;
}
