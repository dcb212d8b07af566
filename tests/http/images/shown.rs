//! `image_id` of events, series, performers and venues.

use acceptance::{App, picture};
use serde_json::{Value, json};

#[tokio::test]
async fn whatever_takes_an_image_shows_it_and_gives_it_back() {
    let app = App::start().await;
    let house = app.organiser().await;
    let image = house.upload(&picture(300, 200), "Two fields").await.is(201);
    let id = image.str("/id");
    let bodies = [
        ("events", json!({ "title": "Night", "starts_at": "2031-03-10T10:00:00Z" })),
        ("series", json!({ "title": "Tour" })),
        ("performers", json!({ "name": "Owls" })),
        ("venues", json!({ "name": "Hall", "city": "Brisbane", "country": "AU", "timezone": "Australia/Brisbane" })),
    ];
    for (plural, body) in bodies {
        let with = |image: Value| {
            let mut body = body.clone();
            body["image_id"] = image;
            body
        };
        let list = format!("/v1/{plural}");
        let made = house.post(&list, &with(json!(id))).await.is(201);
        let one = made.str("/links/self");
        let shown = app.get(&one).await.is(200).json();
        assert_eq!((&shown["image_id"], &shown["image"]["width"]), (&json!(id), &json!(300)), "{plural}: {shown:#}");
        assert_eq!(shown["image"]["url"], image.str("/links/file"), "{plural}");
        // a change of something else leaves it, another version or not
        let same = house.patch(&one, &json!({})).await.is(200).json();
        assert_eq!((&same["image_id"], &same["version"]), (&json!(id), &json!(1)), "{plural}");
        let none = house.patch(&one, &json!({ "image_id": null })).await.is(200).json();
        assert_eq!((&none["image_id"], &none["version"], none.get("image")), (&Value::Null, &json!(2), None), "{plural}");
        assert_eq!(house.put(&one, &with(json!(id))).await.is(200).json()["image_id"], json!(id), "{plural}");
        assert_eq!(house.put(&one, &body).await.is(200).json()["image_id"], Value::Null, "left out of a PUT: none");
        for wrong in [json!("018f3b7e-0000-7000-8000-000000000000"), json!("owl"), json!(7)] {
            house.patch(&one, &json!({ "image_id": wrong })).await.is_problem(422, "invalid").names("image_id");
            house.post(&list, &with(wrong)).await.is_problem(422, "invalid").names("image_id");
        }
    }
    let (_, other) = app.new_organiser("Other").await;
    let theirs = other.upload(&picture(8, 8), "Theirs").await.is(201).str("/id");
    house.post("/v1/series", &json!({ "title": "x", "image_id": theirs })).await.is_problem(422, "invalid").names("image_id");
    other.post("/v1/series", &json!({ "title": "x", "image_id": id })).await.is(201);
    app.stop().await;
}
