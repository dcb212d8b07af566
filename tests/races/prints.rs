//! The server is killed while it prints: what was asked for is printed all the same, by whoever runs next.

use reqwest::Method;
use serde_json::{Value, json};

use super::program::Program;
use acceptance::{Buyer, eventually};

/// Places of one order, and orders: together one page of tickets.
const ORDER: u32 = 10;
const ORDERS: u32 = 10;

/// An event of places without numbers on sale, free of charge; its id.
pub async fn organise(program: &Program<'_>, client: &reqwest::Client, capacity: u32) -> String {
    let made = program.run(&["admin", "create-key", "--role", "organiser"]).await;
    let printed = String::from_utf8(made.stdout).expect("text");
    let key = printed.lines().find(|line| line.starts_with("bxo_")).expect("a key").to_owned();
    let send = async |method: Method, path: String, body: Value| -> Value {
        let request = client.request(method, format!("{}{path}", program.base)).bearer_auth(&key).json(&body);
        let reply = request.send().await.expect("an answer");
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
        reply.json().await.expect("JSON")
    };
    let venue = json!({ "name": "Hall", "city": "Brisbane", "country": "AU", "timezone": "Australia/Brisbane" });
    let venue = send(Method::POST, "/v1/venues".into(), venue).await["id"].clone();
    let event = json!({
        "title": "Night Owls", "starts_at": "2031-03-10T10:00:00Z", "venue_id": venue, "capacity": capacity,
        "sale_opens_at": "2021-01-01T00:00:00Z",
    });
    let event = send(Method::POST, "/v1/events".into(), event).await["id"].as_str().expect("an id").to_owned();
    let tiers = json!({ "tiers": [{ "id": "1", "name": "Free", "price": { "amount": 0, "currency": "AUD" } }] });
    send(Method::PUT, format!("/v1/events/{event}/tiers"), tiers).await;
    event
}

/// Where the prints of ada's tickets are.
async fn buy(ada: &Buyer, event: &str) -> Vec<String> {
    let mut prints = Vec::new();
    for _ in 0..ORDERS {
        let hold = ada.hold_with(event, &json!({ "area": "general", "quantity": ORDER })).await.is(201).str("/id");
        let order = ada.checkout(&hold, "free").await.is(201).json();
        let tickets = order["order"]["tickets"].as_array().expect("tickets").clone();
        prints.extend(tickets.iter().map(|ticket| format!("/v1/tickets/{}/print", ticket["id"].as_str().expect("an id"))));
    }
    prints
}

async fn count(ada: &Buyer, status: &str) -> usize {
    let tickets = ada.get("/v1/me/tickets?limit=100").await.is(200).json();
    tickets["items"].as_array().expect("tickets").iter().filter(|ticket| ticket["print_status"] == status).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_is_printed_though_the_server_is_killed_at_it() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let client = acceptance::client();
    let event = organise(&program, &client, 200).await;
    let session = client.post(format!("{}/v1/sessions", program.base)).send().await.expect("an answer");
    let session: Value = session.json().await.expect("JSON");
    let text = |name: &str| session[name].as_str().expect("a text").to_owned();
    let ada = Buyer::new("ada", text("token"), text("buyer_id"), client, program.base.clone());
    let prints = buy(&ada, &event).await;
    for print in &prints {
        ada.ask(Method::POST, print).send().await.is(202);
    }
    // in the midst of it, whatever is at work; all that was answered PENDING is a row
    program.kill().await;
    program.start().await;
    eventually("printed", || async { count(&ada, "PRINTED").await == prints.len() }).await;
    for print in &prints {
        ada.get(&format!("{print}.svg")).await.is(200);
    }
    assert_eq!((count(&ada, "PENDING").await, count(&ada, "ERROR").await), (0, 0));
    program.stop().await;
    let audit = program.run(&["audit"]).await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
