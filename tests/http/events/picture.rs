use acceptance::App;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_event_has_a_picture_for_links_that_follows_its_editions() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/picture.png");
    let first = app.get(&path).await.is(200);
    assert_eq!(first.header("content-type"), Some("image/png"));
    let image = image::load_from_memory_with_format(&first.body, image::ImageFormat::Png).expect("a PNG");
    assert_eq!((image.width(), image.height()), (1_200, 630));
    assert!(first.header("cache-control").is_some_and(|value| value.starts_with("public")));
    assert!(first.etag().starts_with("\"e1."), "{}", first.etag());
    app.ask(Method::GET, &path).header("if-none-match", &first.etag()).send().await.is(304);
    app.organiser().await.patch(&format!("/v1/events/{owls}"), &json!({ "title": "Unplugged" })).await.is(200);
    let second = app.get(&path).await.is(200);
    assert!(second.etag().starts_with("\"e2.") && second.body != first.body, "{}", second.etag());
    let page = app.get(&format!("/events/{owls}/x")).await;
    let page = if page.status == 200 { page } else { app.get(page.header("location").expect("a place")).await.is(200) };
    let told = format!("<meta property=\"og:image\" content=\"{}", app.gateway.config.public_url);
    assert!(page.text().contains(&format!("{told}{path}\">")), "{}", page.text());
    app.get(&format!("/v1/events/{}/picture.png", app.event("markup").await)).await.is(200);
    app.get("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/picture.png").await.is_problem(404, "not_found");
    app.stop().await;
}
