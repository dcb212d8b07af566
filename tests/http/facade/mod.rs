//! The TicketOverflow interface, row by row of its page, over real HTTP.

mod concerts;
mod prints;
mod races;
mod seats;
mod tickets;
mod users;

use acceptance::{App, Reply, Setup};
use reqwest::Method;
use serde_json::{Value, json};

/// An id that nothing has.
const ABSENT: &str = "018f3b7e-0000-7000-8000-000000000000";
/// What is no id; the last one is not even text.
const MALFORMED: [&str; 5] = ["1", "x", "00000000000000000000000000000001", "%7B00000000-0000-0000-0000-000000000001%7D", "%ff"];

/// A server with the interface on.
struct Facade {
    app: App,
}

impl Facade {
    async fn start() -> Self {
        let mut setup = Setup::default();
        setup.options.extend(["--facade", "ticketoverflow"]);
        Self { app: App::with(setup).await }
    }

    /// Who owns what the interface makes.
    fn by(&self) -> domain::Actor {
        domain::Actor::system(domain::OrganiserId(uuid::Uuid::from_u128(0x7000_8000_0000_0000_0002)))
    }

    async fn get(&self, path: &str) -> Reply {
        self.app.get(&format!("/api/v1{path}")).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.app.ask(method, &format!("/api/v1{path}")).json(body).send().await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, body).await
    }

    /// A new concert of so many places; its id.
    async fn concert(&self, name: &str, capacity: u32) -> String {
        self.post("/concerts", &concert(name, capacity)).await.is(201).str("/id")
    }

    async fn buy(&self, concert: &str, user: u128) -> Reply {
        self.post("/tickets", &json!({ "concert_id": concert, "user_id": user_id(user) })).await
    }

    /// A new ticket; its id.
    async fn ticket(&self, concert: &str, user: u128) -> String {
        self.buy(concert, user).await.is(201).str("/id")
    }

    async fn sheet(&self, concert: &str) -> String {
        let reply = self.get(&format!("/concerts/{concert}/seats")).await.is(200);
        assert_eq!(reply.header("content-type"), Some("image/svg+xml"));
        reply.text()
    }
}

fn concert(name: &str, capacity: u32) -> Value {
    json!({ "name": name, "venue": "The Barn", "date": "2027-03-12", "capacity": capacity, "status": "ACTIVE" })
}

fn user_id(n: u128) -> String {
    uuid::Uuid::from_u128(n).to_string()
}

/// What stands in `<desc>`.
fn desc(svg: &str) -> &str {
    let (_, rest) = svg.split_once("<desc>").expect("a description");
    rest.split_once("</desc>").expect("its end").0
}

/// The object with one member set to something else, or taken away.
fn with(body: &Value, name: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    let members = body.as_object_mut().expect("an object");
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
    body
}

/// Asserts a refusal of the interface: its status, its Content-Type to the letter, and a word for people.
#[track_caller]
fn refused(reply: Reply, status: u16) {
    let text = reply.text();
    assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/json")), "{text}");
    assert!(reply.json()["error"].as_str().is_some_and(|error| !error.is_empty()), "{text}");
}

/// Asserts that the answer is JSON to the letter of its Content-Type, and gives it.
#[track_caller]
fn read(reply: Reply, status: u16) -> Value {
    assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/json")), "{}", reply.text());
    reply.json()
}

#[tokio::test]
async fn without_the_option_there_is_no_such_interface() {
    let app = App::start().await;
    for path in ["/api/v1/users", "/api/v1/concerts", "/api/v1/tickets", "/api/v1/concerts/health"] {
        app.get(path).await.is_problem(404, "not_found");
    }
    app.ask(Method::POST, "/api/v1/concerts").json(&concert("Night", 5)).send().await.is(404);
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_path_or_no_method_of_it_says_so_in_its_own_words() {
    let facade = Facade::start().await;
    for path in ["/nowhere", "/users/", "/concerts/health/deep", "/tickets/x/print/x"] {
        refused(facade.get(path).await, 404);
        refused(facade.post(path, &json!({})).await, 404);
    }
    for (method, path) in
        [(Method::DELETE, "/concerts"), (Method::PATCH, "/tickets"), (Method::POST, "/users"), (Method::PUT, "/concerts")]
    {
        refused(facade.send(method, path, &json!({})).await, 405);
    }
    for path in ["/users/health", "/concerts/health", "/tickets/health"] {
        read(facade.get(path).await, 200);
    }
    refused(facade.app.ask(Method::POST, "/api/v1/concerts").raw(vec![b' '; 2 << 20]).send().await, 413);
    facade.app.stop().await;
}

#[tokio::test]
async fn without_its_database_it_is_not_healthy() {
    let facade = Facade::start().await;
    facade.app.gateway.pool.close().await;
    for path in ["/concerts/health", "/tickets/health"] {
        refused(facade.get(path).await, 503);
    }
    read(facade.get("/users/health").await, 200);
    facade.app.drain().await;
}

#[tokio::test]
async fn what_it_sells_nobody_else_sells_edits_or_owns() {
    let facade = Facade::start().await;
    let concert = facade.concert("Night", 5).await;
    let ticket = facade.ticket(&concert, 1).await;
    let ada = facade.app.buyer("ada").await;
    let wanted = json!({ "area": "general", "quantity": 1 });
    let hold = facade.app.ask(Method::POST, &format!("/v1/events/{concert}/holds")).token(&ada.token).key("k").json(&wanted);
    hold.send().await.is_problem(409, "sale_not_open");
    facade.app.ask(Method::GET, &format!("/v1/tickets/{ticket}.svg")).token(&ada.token).send().await.is(404);
    let (_, other) = facade.app.new_organiser("Other").await;
    let house = facade.app.organiser().await;
    for organiser in [other, house] {
        let asked = facade.app.ask(Method::PATCH, &format!("/v1/events/{concert}")).token(&organiser.key);
        asked.json(&json!({ "title": "Mine" })).send().await.is(404);
    }
    // nor does it sell what is not its own
    let event = facade.app.event("free").await;
    refused(facade.buy(&event, 1).await, 400);
    refused(facade.get(&format!("/concerts/{event}")).await, 404);
    refused(facade.put(&format!("/concerts/{event}"), &json!({ "name": "Mine" })).await, 404);
    refused(facade.get(&format!("/concerts/{event}/seats")).await, 404);
    refused(facade.get(&format!("/tickets?concert_id={event}")).await, 404);
    facade.app.stop().await;
}
