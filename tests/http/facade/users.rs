//! `GET /users`, `GET /users/{id}`.

use acceptance::{App, Setup};
use serde_json::json;

use super::{ABSENT, Facade, MALFORMED, read, refused, user_id};

#[tokio::test]
async fn the_list_of_the_file_is_served_whole_and_to_the_letter() {
    let home = tempfile::tempdir().expect("a directory");
    let list = json!([
        { "id": user_id(1), "name": "Ms. Jailyn Reichert MD", "email": "elbert@example.org" },
        { "id": "0000000A-0000-0000-0000-00000000000b", "name": "O'Neil <b>& Sons</b>", "email": "o'neil@example.org" },
    ]);
    let file = home.path().join("users.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let mut setup = Setup::default();
    let file: &'static str = Box::leak(file.display().to_string().into_boxed_str());
    setup.options.extend(["--facade", "ticketoverflow", "--facade-users", file]);
    let facade = Facade { app: App::with(setup).await };
    let users = read(facade.get("/users").await, 200);
    assert_eq!(users[0], list[0]);
    assert_eq!(users.as_array().map(Vec::len), Some(2));
    assert_eq!((&users[1]["name"], &users[1]["email"]), (&list[1]["name"], &list[1]["email"]));
    assert_eq!(read(facade.get("/users/0000000a-0000-0000-0000-00000000000B").await, 200), users[1]);
    refused(facade.get(&format!("/users/{}", user_id(2))).await, 404);
    facade.app.stop().await;
}

#[tokio::test]
async fn without_a_file_there_are_five_thousand() {
    let facade = Facade::start().await;
    let users = read(facade.get("/users").await, 200);
    assert_eq!(users.as_array().map(Vec::len), Some(5_000));
    let last = read(facade.get(&format!("/users/{}", user_id(5_000))).await, 200);
    assert_eq!(last, users[4_999]);
    let mut members: Vec<&String> = last.as_object().expect("an object").keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["email", "id", "name"]);
    refused(facade.get(&format!("/users/{ABSENT}")).await, 404);
    for malformed in MALFORMED {
        refused(facade.get(&format!("/users/{malformed}")).await, 404);
    }
    facade.app.stop().await;
}
