use acceptance::App;
use serde_json::{Value, json};

fn ids(body: &Value) -> Vec<String> {
    let seats = body["seats"].as_array().expect("seats");
    seats.iter().map(|seat| seat["id"].as_str().expect("an id").replace("stalls-", "")).collect()
}

#[tokio::test]
async fn the_best_seats_are_told_before_they_are_held() {
    let app = App::start().await;
    let house = app.house("Parlour", &["....", "...."], json!({})).await;
    let path = format!("/v1/events/{house}/best");
    let told = app.get(&format!("{path}?quantity=3")).await.is(200);
    assert_eq!((told.str("/event_id"), told.str("/together")), (house.clone(), "row".into()));
    assert_eq!(ids(&told.json()), ["A-1", "A-2", "A-3"]);
    let first = json!({
        "id": "stalls-A-1", "section": "stalls", "row": "A", "number": "1", "tier": "1", "price": { "amount": 2_500, "currency": "AUD" },
    });
    assert_eq!((&told.json()["seats"][0], told.int("/total/amount")), (&first, 7_500));
    assert_eq!(told.str("/links/holds"), format!("/v1/events/{house}/holds"));
    assert_eq!(told.header("cache-control"), Some("public, max-age=0, s-maxage=1, stale-while-revalidate=2"));
    assert_eq!(app.get(&path).await.is(200).json()["seats"].as_array().map(Vec::len), Some(1), "one without a number");
    let ada = app.buyer("ada").await;
    let held = ada.hold_with(&house, &json!({ "best": { "quantity": 3 } })).await.is(201);
    assert_eq!((ids(&held.json()), held.str("/together")), (ids(&told.json()), "row".into()));
    // what is told follows what is taken
    let next = app.get(&format!("{path}?quantity=5")).await.is(200);
    assert_eq!((next.str("/together"), next.json()["seats"].as_array().map(Vec::len)), ("rows".into(), Some(5)));
    assert_ne!(next.int("/version"), told.int("/version"));
    let refused = app.get(&format!("{path}?quantity=5&together=required")).await.is_problem(409, "seats_unavailable");
    assert_eq!((refused.str("/together"), refused.json()["others_available"].clone()), ("rows".into(), json!(true)));
    let wish = json!({ "best": { "quantity": 5, "together": "required" } });
    let refused = ada.hold_with(&house, &wish).await.is_problem(409, "seats_unavailable");
    assert_eq!((refused.str("/together"), refused.json()["seats"].clone()), ("rows".into(), json!([])));
    ada.hold_with(&house, &json!({ "best": { "quantity": 4, "together": "required" } })).await.is(201);
    app.get(&format!("{path}?quantity=1")).await.is(200);
    app.get(&format!("{path}?quantity=2")).await.is_problem(409, "seats_unavailable");
    app.stop().await;
}

#[tokio::test]
async fn a_focal_point_says_which_seats_are_best() {
    let app = App::start().await;
    let mut map = acceptance::house::map("Cinema", &["......", "......", "......"]);
    for (focal_point, best) in
        [(json!([35, 20]), ["C-3", "C-4"]), (json!([10, 10]), ["B-1", "B-2"]), (Value::Null, ["A-3", "A-4"])]
    {
        map["focal_point"] = focal_point.clone();
        if focal_point.is_null() {
            map.as_object_mut().expect("an object").remove("focal_point");
        }
        let house = app.house_of(&map, json!({})).await;
        assert_eq!(ids(&app.get(&format!("/v1/events/{house}/best?quantity=2")).await.is(200).json()), best);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_look_that_makes_no_sense_names_its_parameter() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let table = [
        ("quantity=two", "quantity"),
        ("quantity=0", "quantity"),
        ("quantity=-1", "quantity"),
        ("quantity=2&quantity=3", "quantity"),
        ("tier=gold", "tier"),
        ("tier=9", "tier"),
        ("section=balcony", "section"),
        ("accessible=perhaps", "accessible"),
        ("accessible_seats=2", "accessible_seats"),
        ("accessible=false&accessible_seats=1", "accessible"),
        ("accessible=true&accessible_seats=0", "accessible_seats"),
        ("together=always", "together"),
        ("colour=red", "colour"),
    ];
    for (query, field) in table {
        app.get(&format!("/v1/events/{owls}/best?{query}")).await.is_problem(422, "invalid").names(field);
    }
    app.get(&format!("/v1/events/{owls}/best?quantity=11")).await.is_problem(422, "too_many_seats");
    app.get("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/best").await.is_problem(404, "not_found");
    app.get(&format!("/v1/events/{}/best", app.event("later").await)).await.is_problem(409, "sale_not_open");
    app.get(&format!("/v1/events/{}/best", app.event("closed").await)).await.is_problem(409, "sale_closed");
    app.get(&format!("/v1/events/{}/best", app.event("free").await)).await.is_problem(409, "seats_unavailable");
    app.stop().await;
}
