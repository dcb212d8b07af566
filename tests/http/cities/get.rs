use acceptance::App;
use insta::assert_snapshot;

#[tokio::test]
async fn cities_are_listed_with_what_is_on() {
    let app = App::start().await;
    let cities = app.get("/v1/cities").await.is(200);
    assert_snapshot!(cities.shown());
    let one = app.get("/v1/cities?limit=1").await.is(200);
    let two = app.get(&format!("/v1/cities?limit=1&cursor={}", one.str("/next_cursor"))).await.is(200);
    assert_eq!(two.str("/items/0/name"), "Sydney");
    app.get("/v1/cities?limit=101").await.is_problem(422, "invalid").names("limit");
    app.get("/v1/cities?upcoming=maybe").await.is_problem(422, "invalid").names("upcoming");
    app.stop().await;
}

#[tokio::test]
async fn a_city_has_its_series() {
    let app = App::start().await;
    let brisbane = app.get("/v1/cities").await.is(200).str("/items/0/id");
    let series = app.get(&format!("/v1/cities/{brisbane}/series")).await.is(200);
    assert_eq!(series.str("/items/0/title"), "Night Owls World Tour");
    assert!(series.json()["next_cursor"].is_null());
    app.get("/v1/cities/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/series").await.is_problem(404, "not_found");
    app.get("/v1/cities/nonsense/series").await.is_problem(404, "not_found");
    app.stop().await;
}
