use acceptance::{App, hall};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

fn pretix() -> Value {
    let seat = |n: u32| json!({ "seat_guid": format!("g{n}"), "seat_number": n.to_string(), "position": { "x": n * 25, "y": 0 }, "category": "Stalls" });
    json!({
        "name": "From pretix", "size": { "width": 500, "height": 500 },
        "categories": [{ "name": "Stalls", "color": "#7c3" }],
        "zones": [{ "name": "Ground floor", "position": { "x": 0, "y": 100 }, "rows": [
            { "row_number": "1", "position": { "x": 0, "y": 0 }, "seats": (1..=5).map(seat).collect::<Vec<_>>() },
        ], "areas": [] }],
    })
}

#[tokio::test]
async fn the_same_floor_is_the_same_version_and_another_is_the_next() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let path = format!("/v1/venues/{}/seat-maps", app.id("venues", "riverside").await);
    let same = organiser.put(&path, &hall()).await.is(200);
    assert_eq!((same.int("/version"), same.int("/capacity")), (1, 82));
    assert_snapshot!(same.shown());
    let mut other = hall();
    other["areas"][0]["capacity"] = json!(30);
    let next = organiser.put(&path, &other).await.is(200);
    assert_eq!((next.int("/version"), next.int("/capacity")), (2, 92));
    let list = app.get(&path).await.is(200).json();
    assert!(list["items"].as_array().expect("maps").len() >= 2);
    let whole = app.get(&next.str("/links/self")).await.is(200);
    assert_eq!(whole.int("/areas/0/capacity"), 30);
    assert!(whole.header("cache-control").expect("a policy").contains("immutable"));
    app.stop().await;
}

#[tokio::test]
async fn a_pretix_plan_is_read() {
    let app = App::start().await;
    let path = format!("/v1/venues/{}/seat-maps", app.id("venues", "opera").await);
    let put = app.organiser().await.put(&path, &pretix()).await.is(200);
    assert_eq!(put.int("/capacity"), 5);
    let map = app.get(&put.str("/links/self")).await.is(200);
    assert_eq!(map.str("/sections/0/rows/0/seats/4/number"), "5");
    app.stop().await;
}

#[tokio::test]
async fn a_map_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let path = format!("/v1/venues/{}/seat-maps", app.id("venues", "riverside").await);
    let organiser = app.organiser().await;
    let spoilt = |pointer: &str, value: Value| {
        let mut map = hall();
        *map.pointer_mut(pointer).expect("a place") = value;
        map
    };
    let table = [
        (json!({ "name": "Empty" }), "sections"),
        (json!({ "name": "Hall", "colour": "red" }), "colour"),
        (spoilt("/sections/1/id", json!("stalls")), "sections[1].id"),
        (spoilt("/sections/0/rows/0/label", json!("A B")), "sections[0].rows[0].label"),
        (spoilt("/areas/0/capacity", json!(0)), "areas[0].capacity"),
    ];
    for (map, field) in table {
        organiser.put(&path, &map).await.is_problem(422, "invalid").names(field);
    }
    organiser.ask(Method::PUT, &path).raw("[").send().await.is_problem(400, "json_malformed");
    organiser.put("/v1/venues/nonsense/seat-maps", &hall()).await.is_problem(404, "not_found");
    app.stop().await;
}
