use acceptance::App;
use serde_json::{Value, json};

/// What is told of wheelchairs, seat by seat.
fn access(seats: &Value) -> Vec<(String, bool, Option<String>, Option<String>)> {
    let text = |seat: &Value, name: &str| seat[name].as_str().map(|id| id.replace("stalls-", ""));
    let told = |seat: &Value| {
        let id = text(seat, "id").expect("an id");
        (id, seat["accessible"] == true, text(seat, "companion"), text(seat, "companion_of"))
    };
    seats.as_array().expect("seats").iter().map(told).collect()
}

fn space(id: &str, companion: &str) -> (String, bool, Option<String>, Option<String>) {
    (id.into(), true, Some(companion.into()), None)
}

fn companion(id: &str, of: &str) -> (String, bool, Option<String>, Option<String>) {
    (id.into(), false, None, Some(of.into()))
}

fn plain(id: &str) -> (String, bool, Option<String>, Option<String>) {
    (id.into(), false, None, None)
}

#[tokio::test]
async fn a_wheelchair_space_tells_its_companions_seat_wherever_it_is_shown() {
    let app = App::start().await;
    let house = app.house("Parlour", &["....", "wc.."], json!({})).await;
    let list = app.get(&format!("/v1/events/{house}/seats?format=list")).await.is(200).json();
    assert_eq!(access(&list["seats"])[3..6], [plain("A-4"), space("B-1", "B-2"), companion("B-2", "B-1")]);
    let row = &list["sections"][0]["rows"][1];
    assert_eq!((&row["accessible"], &row["companions"]), (&json!([0]), &json!([1])));
    assert!(list["sections"][0]["rows"][0].get("accessible").is_none(), "nothing to be told");

    let ada = app.buyer("ada").await;
    let alone = ada.hold(&house, &["stalls-B-1"]).await.is(201).json();
    assert_eq!(access(&alone["seats"]), [space("B-1", "B-2")], "the companion's seat is told even if it is not taken");
    let bob = app.buyer("bob").await;
    let order = bob.buy(&house, &["stalls-B-2", "stalls-B-3"]).await;
    let seats: Value = order.json()["tickets"].as_array().expect("tickets").iter().map(|ticket| ticket["seat"].clone()).collect();
    assert_eq!(access(&seats), [companion("B-2", "B-1"), plain("B-3")], "its space is taken: it is a seat like any other");
    let svg = async |ticket: &str| bob.get(&order.str(&format!("/tickets/{ticket}/links/svg"))).await.is(200).text();
    assert!(svg("0").await.contains("Companion of seat 1"), "the ticket says it, too");
    assert!(!svg("1").await.contains("Companion"));
    app.stop().await;
}

#[tokio::test]
async fn who_asks_for_a_wheelchair_space_gets_the_companions_seat_beside_it() {
    let app = App::start().await;
    let house = app.house("Parlour", &["......", "wc..wc"], json!({})).await;
    let best = format!("/v1/events/{house}/best");
    let told = |reply: acceptance::Reply| (access(&reply.json()["seats"]), reply.str("/together"));
    let two = told(app.get(&format!("{best}?quantity=2&accessible=true")).await.is(200));
    assert_eq!(two, (vec![space("B-1", "B-2"), companion("B-2", "B-1")], "row".into()));
    let group = app.get(&format!("{best}?quantity=4&accessible_seats=2")).await.is(200);
    let wanted = vec![space("B-1", "B-2"), companion("B-2", "B-1"), space("B-5", "B-6"), companion("B-6", "B-5")];
    assert_eq!(told(group), (wanted, "rows".into()), "each beside his companion, not side by side");
    let ada = app.buyer("ada").await;
    let held = ada.hold_with(&house, &json!({ "best": { "quantity": 3, "accessible": true } })).await.is(201).json();
    assert_eq!(held["seats"].as_array().map(Vec::len), Some(3));
    assert_eq!(held["seats"].as_array().expect("seats").iter().filter(|seat| seat["accessible"] == true).count(), 1);
    let three = json!({ "best": { "quantity": 3, "accessible_seats": 2 } });
    ada.hold_with(&house, &three).await.is_problem(409, "seats_unavailable");
    let wrong = json!({ "best": { "quantity": 1, "accessible_seats": 2 } });
    ada.hold_with(&house, &wrong).await.is_problem(422, "invalid").names("best.accessible_seats");
    app.stop().await;
}

#[tokio::test]
async fn a_companions_seat_is_not_sold_without_its_space_while_others_are_free() {
    let app = App::start().await;
    let house = app.house("Parlour", &["..", "wc"], json!({})).await;
    let ada = app.buyer("ada").await;
    let refused = ada.hold(&house, &["stalls-B-2"]).await.is_problem(422, "companion_seat");
    assert_eq!(refused.json()["seats"], json!(["stalls-B-2"]));
    assert_eq!(refused.json()["companion_of"], json!(["stalls-B-1"]));
    ada.hold(&house, &["stalls-A-1", "stalls-A-2"]).await.is(201);
    ada.hold(&house, &["stalls-B-2"]).await.is(201);
    app.stop().await;
}
