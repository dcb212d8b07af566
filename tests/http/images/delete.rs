//! `DELETE /v1/images/{id}`

use acceptance::{App, picture};
use serde_json::{Value, json};

#[tokio::test]
async fn an_image_goes_with_its_bytes_and_what_showed_it_shows_none() {
    let app = App::start().await;
    let house = app.organiser().await;
    let made = house.upload(&picture(300, 200), "Two fields").await.is(201);
    let (this, file) = (made.str("/links/self"), made.str("/links/file"));
    let event = format!("/v1/events/{}", app.event("owls-1").await);
    house.patch(&event, &json!({ "image_id": made.str("/id") })).await.is(200);
    app.get(&file).await.is(200);
    app.get(&format!("{file}&width=160")).await.is(200);
    assert_eq!(app.get(&event).await.str("/image/alt"), "Two fields");
    let (_, other) = app.new_organiser("Other").await;
    other.delete(&this).await.is_problem(404, "not_found");
    house.delete(&this).await.is(204);
    house.delete(&this).await.is_problem(404, "not_found");
    // also the answers that could be kept for ever
    for gone in [&this, &file, &format!("{file}&width=160")] {
        app.get(gone).await.is_problem(404, "not_found");
    }
    let shown = app.get(&event).await.is(200).json();
    assert_eq!((&shown["image_id"], shown.get("image")), (&Value::Null, None));
    app.stop().await;
}
