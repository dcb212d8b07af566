use acceptance::App;
use insta::assert_snapshot;

#[tokio::test]
async fn dates_are_grouped_by_city_and_venue() {
    let app = App::start().await;
    let tour = app.id("series", "tour").await;
    let dates = app.get(&format!("/v1/series/{tour}/events?from=2031-03-14")).await.is(200);
    assert_snapshot!(dates.shown());
    let all = app.get(&format!("/v1/series/{tour}/events")).await.is(200).json();
    let cities: Vec<&str> =
        all["items"].as_array().expect("cities").iter().map(|c| c["city"]["name"].as_str().expect("a name")).collect();
    assert_eq!(cities, ["Sydney", "Brisbane"], "in the order of their first date");
    let first = app.get(&format!("/v1/series/{tour}/events?limit=1")).await.is(200);
    let second = app.get(&format!("/v1/series/{tour}/events?limit=1&cursor={}", first.str("/next_cursor"))).await.is(200);
    assert_eq!((second.str("/items/0/city/name"), second.json()["next_cursor"].is_null()), ("Brisbane".to_owned(), true));
    app.stop().await;
}
