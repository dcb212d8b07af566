//! `GET`, `POST /concerts`, `GET`, `PUT /concerts/{id}`.

use acceptance::App;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ABSENT, Facade, MALFORMED, concert, read, refused, with};

/// One member × what it may not be.
fn wrong_members() -> Vec<(&'static str, Value)> {
    let mut wrong: Vec<(&'static str, Value)> = Vec::new();
    for name in ["name", "venue", "date", "status"] {
        wrong.extend([json!(null), json!(5), json!(true), json!(["x"]), json!({ "x": 1 })].map(|value| (name, value)));
    }
    wrong.extend(["", "  "].map(|text| ("name", json!(text))));
    wrong.push(("name", json!("nul\u{0}")));
    wrong.push(("name", json!("x".repeat(10_001))));
    wrong.push(("venue", json!("")));
    let dates =
        ["2023-02-30", "2023-02-29", "2023-13-01", "2023-1-1", "12-03-2027", "2027-03-12T00:00:00Z", "today", "", "0999-12-31"];
    wrong.extend(dates.map(|date| ("date", json!(date))));
    wrong.extend(["active", "Active", "OPEN", "", "SOLD OUT"].map(|status| ("status", json!(status))));
    wrong
}

#[tokio::test]
async fn a_concert_is_made_read_and_listed_to_the_letter() {
    let facade = Facade::start().await;
    assert_eq!(read(facade.get("/concerts").await, 200), json!([]));
    let long = "Ω".repeat(10_000);
    let names = ["Night", "<b>Owls</b> & \"Friends\" ]]>", "two\nlines\tand 🦉 \u{202e}back", long.as_str(), "' OR 1=1 --"];
    let mut made = Vec::new();
    for name in names {
        let asked = concert(name, 50);
        let reply = facade.post("/concerts", &asked).await;
        let location = reply.header("location").expect("where it is").to_owned();
        let body = read(reply, 201);
        let id = body["id"].as_str().expect("an id").to_owned();
        assert_eq!(body, with(&asked, "id", Some(json!(id))), "exactly what was asked, and its id");
        assert!(location.ends_with(&format!("/api/v1/concerts/{id}")), "{location}");
        assert_eq!(read(facade.get(&format!("/concerts/{id}")).await, 200), body);
        assert_eq!(read(facade.get(&format!("/concerts/{}", id.to_uppercase())).await, 200), body);
        made.push(body);
    }
    assert_eq!(read(facade.get("/concerts").await, 200), Value::Array(made));
    for absent in MALFORMED.into_iter().chain([ABSENT]) {
        refused(facade.get(&format!("/concerts/{absent}")).await, 404);
    }
    facade.app.stop().await;
}

#[tokio::test]
async fn a_concert_needs_exactly_its_members() {
    let facade = Facade::start().await;
    let good = concert("Night", 50);
    for name in ["name", "venue", "date", "capacity", "status"] {
        refused(facade.post("/concerts", &with(&good, name, None)).await, 400);
    }
    for (name, value) in [("id", json!(ABSENT)), ("colour", json!("red")), ("Name", json!("x"))] {
        refused(facade.post("/concerts", &with(&good, name, Some(value))).await, 400);
    }
    let capacities = [
        json!(-1),
        json!(1.5),
        json!(5.0),
        json!("5"),
        json!(null),
        json!(true),
        json!(4_294_967_296_u64),
        json!(2_147_483_648_u64),
    ];
    let capacities = capacities.map(|value| ("capacity", value));
    for (name, value) in wrong_members().into_iter().chain(capacities) {
        refused(facade.post("/concerts", &with(&good, name, Some(value))).await, 400);
    }
    for raw in ["", "{", "[]", "null", "\"x\"", "{\"name\":}", "not json", "\u{feff}{}"] {
        refused(facade.app.ask(Method::POST, "/api/v1/concerts").raw(raw).send().await, 400);
    }
    let twice = good.to_string().replacen('{', "{\"name\":\"Other\",", 1);
    refused(facade.app.ask(Method::POST, "/api/v1/concerts").raw(twice).send().await, 400);
    assert_eq!(read(facade.get("/concerts").await, 200), json!([]), "nothing was made");
    for (name, value) in [
        ("capacity", json!(0)),
        ("capacity", json!(2_147_483_647)),
        ("date", json!("1999-12-31")),
        ("date", json!("9999-12-31")),
        ("status", json!("SOLD_OUT")),
    ] {
        read(facade.post("/concerts", &with(&good, name, Some(value))).await, 201);
    }
    facade.app.stop().await;
}

#[tokio::test]
async fn each_member_but_two_may_be_changed() {
    let facade = Facade::start().await;
    let id = facade.concert("Night", 50).await;
    let path = format!("/concerts/{id}");
    let mut now = read(facade.get(&path).await, 200);
    let changes = [
        json!({ "name": "Day & <i>Night</i>" }),
        json!({ "venue": "Hall" }),
        json!({ "date": "2020-02-29" }),
        json!({ "status": "CANCELLED" }),
        json!({ "status": "SOLD_OUT", "name": "Dusk" }),
        json!({ "name": "Dawn", "venue": "Barn", "date": "2031-01-01", "status": "ACTIVE" }),
        json!({}),
    ];
    for change in changes {
        for (name, value) in change.as_object().expect("an object") {
            now = with(&now, name, Some(value.clone()));
        }
        assert_eq!(read(facade.put(&path, &change).await, 200), now, "{change}");
        assert_eq!(read(facade.get(&path).await, 200), now);
    }
    let capacity = [("capacity", json!(60)), ("capacity", json!(50)), ("id", json!(id)), ("colour", json!("red"))];
    for (name, value) in wrong_members().into_iter().chain(capacity) {
        refused(facade.put(&path, &json!({ (name): value })).await, 400);
    }
    for raw in ["", "{", "[]", "null", "not json"] {
        refused(facade.app.ask(Method::PUT, &format!("/api/v1{path}")).raw(raw).send().await, 400);
    }
    assert_eq!(read(facade.get(&path).await, 200), now, "nothing of it happened");
    for absent in MALFORMED.into_iter().chain([ABSENT]) {
        refused(facade.put(&format!("/concerts/{absent}"), &json!({ "name": "x" })).await, 404);
    }
    facade.app.stop().await;
}

/// A word of its own: it stops and begins the sale, and gives nothing back.
#[tokio::test]
async fn a_status_stops_the_sale_cancels_nothing_and_may_go_back() {
    let facade = Facade::start().await;
    let id = facade.concert("Night", 5).await;
    facade.ticket(&id, 1).await;
    for status in ["CANCELLED", "SOLD_OUT"] {
        facade.put(&format!("/concerts/{id}"), &json!({ "status": status })).await.is(200);
        refused(facade.buy(&id, 1).await, 422);
        facade.put(&format!("/concerts/{id}"), &json!({ "status": "ACTIVE" })).await.is(200);
        facade.ticket(&id, 1).await;
    }
    let tickets = read(facade.get(&format!("/tickets?concert_id={id}")).await, 200);
    assert_eq!(tickets.as_array().map(Vec::len), Some(3));
    facade.app.audited().await;
    facade.app.stop().await;
}

#[tokio::test]
async fn many_concerts_are_one_list() {
    let facade = Facade::start().await;
    let mut made = Vec::new();
    for round in 0..26 {
        let names: Vec<String> = (0..20).map(|n| format!("Night {round} {n}")).collect();
        made.extend(futures::future::join_all(names.iter().map(|name| facade.concert(name, 1))).await);
    }
    let listed = read(facade.get("/concerts").await, 200);
    let ids: Vec<String> =
        listed.as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(ids), sorted(made));
    facade.app.stop().await;
}

/// All of it is rows: another program over them goes on where this one was.
#[tokio::test]
async fn what_was_made_is_there_after_a_restart() {
    let facade = Facade::start().await;
    let id = facade.concert("Night", 2).await;
    let ticket = facade.ticket(&id, 7).await;
    let concert = read(facade.get(&format!("/concerts/{id}")).await, 200);
    facade.app.drain().await;
    let next = restarted(&facade.app).await;
    assert_eq!(read(next.get(&format!("/concerts/{id}")).await, 200), concert);
    let listed = read(next.get("/tickets").await, 200);
    assert_eq!(listed[0]["id"], json!(ticket));
    next.ticket(&id, 8).await;
    refused(next.buy(&id, 9).await, 422);
    assert!(next.sheet(&id).await.contains(&format!("<desc>{id}|2|2</desc>")));
    next.app.audited().await;
    next.app.drain().await;
    facade.app.stop().await;
}

async fn restarted(app: &App) -> Facade {
    Facade { app: app.beside_with(&["--facade", "ticketoverflow"]).await }
}

/// What is cancelled for good says so here, too; the control is a concert that the interface alone cancelled.
#[tokio::test]
async fn a_concert_that_was_cancelled_elsewhere_is_cancelled_here_for_good() {
    let facade = Facade::start().await;
    let (cancelled, other) = (facade.concert("Cancelled", 5).await, facade.concert("Other", 5).await);
    facade.ticket(&cancelled, 1).await;
    let cancel = catalog::model::EventPatch { status: Some(domain::EventStatus::Cancelled), ..Default::default() };
    let gateway = &facade.app.gateway;
    let id = cancelled.parse().expect("an id");
    catalog::write::events::patch(&gateway.pool, &gateway.clock, &facade.by(), id, cancel, None).await.expect("cancelled");
    facade.put(&format!("/concerts/{other}"), &json!({ "status": "CANCELLED" })).await.is(200);
    let status = async |id: &str| read(facade.get(&format!("/concerts/{id}")).await, 200)["status"].clone();
    assert_eq!((status(&cancelled).await, status(&other).await), (json!("CANCELLED"), json!("CANCELLED")));
    for (id, word) in [(&cancelled, "CANCELLED"), (&other, "ACTIVE")] {
        let body = read(facade.put(&format!("/concerts/{id}"), &json!({ "status": "ACTIVE" })).await, 200);
        assert_eq!(body["status"], word);
        assert_eq!(status(id).await, word);
    }
    let listed = read(facade.get("/concerts").await, 200);
    let words: Vec<_> = listed.as_array().expect("a list").iter().map(|concert| concert["status"].clone()).collect();
    assert_eq!(words, [json!("CANCELLED"), json!("ACTIVE")]);
    facade.app.stop().await;
}
