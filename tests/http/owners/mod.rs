//! Every route with an id × everybody who may ask: another's thing is byte for byte as absent, and nobody may what is not in the table.

mod pages;
mod table;

use std::collections::{BTreeSet, HashMap};

use acceptance::{App, Asked, Reply, new_key, picture};
use people::{Quota, Role, Scope, Scopes, WantedKey};
use reqwest::Method;
use serde_json::{Value, json};
use table::{APART, Row, Rule, TABLE, Thing};

/// An id that nothing has.
const ABSENT: &str = "018f3b7e-0000-7000-8000-000000000000";

/// Who asks: a name to tell, and a token.
struct Identity {
    name: String,
    token: Option<String>,
    /// The key of an order's link.
    key: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Nobody,
    /// Nobody known, with the key of the order's link.
    Holder,
    /// Nobody known, with a key that was never made.
    Guesser,
    /// A buyer whose nothing of it is.
    Stranger,
    Partner,
    /// The organiser whose everything is, with these scopes.
    House(Scopes),
    /// An organiser whose nothing of it is, with all scopes.
    Other,
}

/// A server with something of everything: of the house, and of the buyer ada.
struct World {
    app: App,
    things: HashMap<Thing, String>,
    everybody: Vec<Identity>,
    /// The event at which ada waits.
    waited_for: String,
}

fn only(scope: Scope) -> WantedKey {
    WantedKey { scopes: Some([scope].into_iter().collect()), ..WantedKey::new(Role::Organiser, scope.as_str()) }
}

impl World {
    async fn new() -> Self {
        let app = App::start().await;
        let things = things(&app).await;
        let everybody = everybody(&app, &things[&Thing::Order]).await;
        let waited_for = app.event("owls-2").await;
        Self { app, things, everybody, waited_for }
    }

    fn ask(&self, row: &Row, who: &Identity, id: &str) -> Asked {
        let method: Method = row.method.parse().expect("a method");
        let key = who.key.as_ref().filter(|_| matches!(row.rule, Rule::Buyer | Rule::Reader));
        let key = key.map(|key| format!("?key={key}")).unwrap_or_default();
        let path = match row.thing {
            Thing::Entry => row.path.replace("{id}", &self.waited_for).replace("{entry}", id),
            _ => row.path.replace("{id}", id),
        };
        let asked = self.app.ask(method, &format!("{path}{key}")).header("x-request-id", "the-same");
        let socket = acceptance::HANDSHAKE.iter().filter(|_| row.path.ends_with("/live"));
        let asked = socket.fold(asked, |asked, (name, value)| asked.header(name, value));
        let asked = who.token.iter().fold(asked, |asked, token| asked.token(token));
        let asked = (row.body)().iter().fold(asked, Asked::json);
        if row.path.ends_with("/checkout") { asked.key(&new_key()) } else { asked }
    }

    /// What is wrong with one route.
    async fn broken(&self, row: &Row) -> Vec<String> {
        let mut broken = Vec::new();
        let mut wrong = |who: &Identity, what: String| broken.push(format!("{} {}: {}: {what}", row.method, row.path, who.name));
        for who in &self.everybody {
            let own = self.things[&row.thing].as_str();
            let (wanted, scope) = expected(&row.rule, &who.kind);
            match wanted {
                // read as far as its head: a stream has no end
                Wanted::Given => {
                    let status = self.ask(row, who, own).response().await.status().as_u16();
                    if status != 200 && !(status == 101 && row.path.ends_with("/live")) {
                        wrong(who, format!("{status} instead of 200"));
                    }
                }
                Wanted::Status(status) => {
                    for id in [own, ABSENT] {
                        let reply = self.ask(row, who, id).send().await;
                        let named = scope.is_none_or(|scope| reply.json()["scope"] == scope.as_str());
                        if reply.status != status || !named {
                            wrong(who, format!("{} instead of {status}: {}", reply.status, reply.text()));
                        }
                    }
                }
                // a key is none for this: whatever the id, the answer is one
                Wanted::Shut => {
                    let (theirs, absent) = (self.ask(row, who, own).send().await, self.ask(row, who, ABSENT).send().await);
                    if !matches!(absent.status, 401 | 422) || told(&theirs) != told(&absent) {
                        wrong(who, format!("{} and {} where a key opens nothing", told(&theirs).2, told(&absent).2));
                    }
                }
                // what may be done is done to nothing
                Wanted::Let => {
                    let status = self.ask(row, who, ABSENT).send().await.status;
                    if status != 404 {
                        wrong(who, format!("{status} instead of 404 for nothing"));
                    }
                }
                Wanted::AsAbsent => {
                    let (theirs, absent) = (self.ask(row, who, own).send().await, self.ask(row, who, ABSENT).send().await);
                    if absent.status != 404 || told(&theirs) != told(&absent) {
                        wrong(who, format!("{} is told from absent, {}", told(&theirs).2, told(&absent).2));
                    }
                }
            }
        }
        broken
    }
}

/// All that an answer tells: status, headers but those of time and limits, body.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let passing = |name: &str| ["date", "ratelimit", "ratelimit-policy"].contains(&name);
    let headers = reply.headers.iter().filter(|(name, _)| !passing(name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
    headers.sort();
    (reply.status, headers, format!("{} {}", reply.status, reply.text()))
}

enum Wanted {
    Given,
    Status(u16),
    Shut,
    Let,
    AsAbsent,
}

/// What somebody is answered.
fn expected(rule: &Rule, who: &Kind) -> (Wanted, Option<Scope>) {
    let forbidden = (Wanted::Status(403), None);
    match (rule, who) {
        (Rule::Public, _) | (Rule::Reader, Kind::Holder) => (Wanted::Given, None),
        (Rule::Reader, Kind::Guesser) => (Wanted::AsAbsent, None),
        (Rule::Buyer, Kind::Holder | Kind::Guesser) => (Wanted::Shut, None),
        (_, Kind::Nobody | Kind::Holder | Kind::Guesser) => (Wanted::Status(401), None),
        (Rule::Buyer | Rule::Reader, Kind::Stranger) => (Wanted::AsAbsent, None),
        (Rule::Buyer | Rule::Reader, _) | (_, Kind::Stranger | Kind::Partner) => forbidden,
        (Rule::Organiser(scope) | Rule::Copier(scope), Kind::House(scopes)) => {
            if scopes.has(*scope) {
                (Wanted::Let, None)
            } else {
                (Wanted::Status(403), Some(*scope))
            }
        }
        (Rule::Organiser(_), Kind::Other) => (Wanted::AsAbsent, None),
        (Rule::Copier(_), Kind::Other) => (Wanted::Given, None),
    }
}

async fn things(app: &App) -> HashMap<Thing, String> {
    let ada = app.buyer("ada").await;
    let event = app.event("owls-1").await;
    let order = ada.buy(&event, &["stalls-A-1"]).await;
    let waited_for = app.event("owls-2").await;
    app.leave_free(&waited_for, &["stalls-A-1"]).await;
    let hold = ada.hold(&waited_for, &["stalls-A-1"]).await.is(201).str("/id");
    let entry = ada.post(&format!("/v1/events/{waited_for}/waitlist"), &json!({ "quantity": 1 })).await.is(201).str("/id");
    let venue = app.id("venues", "riverside").await;
    let maps = app.get(&format!("/v1/venues/{venue}/seat-maps")).await.is(200);
    let city = app.get("/v1/cities?country=AU").await.is(200).str("/items/0/id");
    let key = app.with_key(WantedKey::new(Role::Organiser, "the house's")).await.id;
    let image = app.organiser().await.upload(&picture(64, 48), "An owl").await.is(201).str("/id");
    app.organiser().await.put(&format!("/v1/events/{event}/queue"), &json!({ "mode": "off" })).await.is(200);
    HashMap::from([
        (Thing::Event, event),
        (Thing::Series, app.id("series", "tour").await),
        (Thing::Performer, app.id("performers", "the-owls").await),
        (Thing::SeatMap, maps.str("/items/0/id")),
        (Thing::Venue, venue),
        (Thing::City, city),
        (Thing::Hold, hold),
        (Thing::Order, order.str("/id")),
        (Thing::Payment, order.str("/payment_id")),
        (Thing::Ticket, order.str("/tickets/0/id")),
        (Thing::Key, key),
        (Thing::Image, image),
        (Thing::Entry, entry),
    ])
}

async fn everybody(app: &App, order: &str) -> Vec<Identity> {
    let identity = |name: &str, token: String, kind| Identity { name: name.to_owned(), token: Some(token), key: None, kind };
    let keyed = |name: &str, key: &str, kind| Identity { name: name.into(), token: None, key: Some(key.to_owned()), kind };
    let link = app.buyer("ada").await.get(&format!("/v1/orders/{order}")).await.is(200).str("/links/page");
    let key = link.split_once("?key=").expect("a key").1;
    let partner = app.with_key(WantedKey { quota: Quota::default(), ..WantedKey::new(Role::Partner, "partner") }).await;
    let theirs = app.ask(Method::POST, "/v1/sessions").token(&partner.key).send().await.is(201).str("/token");
    let mut everybody = vec![
        Identity { name: "nobody".into(), token: None, key: None, kind: Kind::Nobody },
        keyed("who has the link", key, Kind::Holder),
        keyed("who guesses", "AAAAAAAAAAAAAAAAAAAAAA", Kind::Guesser),
        identity("bob", app.buyer("bob").await.token, Kind::Stranger),
        identity("a partner's buyer", theirs, Kind::Stranger),
        identity("a partner", partner.key, Kind::Partner),
        identity("the house", app.organiser().await.key, Kind::House(Scopes::of(Role::Organiser))),
        identity("another organiser", app.new_organiser("Other").await.1.key, Kind::Other),
    ];
    for scope in Scope::ALL {
        let name = format!("the house with {}", scope.as_str());
        everybody.push(identity(&name, app.with_key(only(*scope)).await.key, Kind::House([*scope].into_iter().collect())));
    }
    everybody
}

/// Routes with an id in a document that no table names, and rows that no route has.
fn uncovered(document: &Value, rows: &[(&str, &str)]) -> Vec<String> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = |item: &Value| item.as_object().expect("a path").keys().map(|key| key.to_uppercase()).collect::<Vec<_>>();
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let routes: BTreeSet<(String, String)> = paths
        .iter()
        .filter(|(path, _)| path.contains('{'))
        .flat_map(|(path, item)| methods(item).into_iter().map(move |method| (method, path.clone())))
        .filter(|(method, _)| known.contains(&method.as_str()))
        .collect();
    let rows: BTreeSet<(String, String)> = rows.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    routes.symmetric_difference(&rows).map(|(method, path)| format!("{method} {path}")).collect()
}

fn rows() -> Vec<(&'static str, &'static str)> {
    let apart = APART.iter().copied();
    TABLE.iter().map(|row| (row.method, row.path)).chain(apart).collect()
}

#[tokio::test]
async fn what_is_another_s_is_as_absent_on_every_route() {
    let world = World::new().await;
    let event = format!("/v1/events/{}", world.things[&Thing::Event]);
    let state = async || {
        let seats = world.app.get(&format!("{event}/seats?format=list")).await.is(200).json();
        let mut shown = world.app.get(&event).await.is(200).json();
        // when it was last looked at, which looking moves
        shown.as_object_mut().expect("an object").remove("availability_as_of");
        (shown, seats["counts"].clone())
    };
    let before = state().await;
    let mut broken = Vec::new();
    for row in TABLE {
        broken.extend(world.broken(row).await);
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(state().await, before, "nothing was done");
    world.app.audited().await;
    world.app.stop().await;
}

#[tokio::test]
async fn no_route_with_an_id_is_forgotten() {
    let app = App::start().await;
    let document = app.get("/openapi.json").await.is(200).json();
    assert_eq!(uncovered(&document, &rows()), [] as [String; 0]);
    // the control: a table that lacks a route, and a route that there is not
    let mut fewer = rows();
    fewer.retain(|row| *row != ("PATCH", "/v1/events/{id}"));
    fewer.push(("GET", "/v1/events/{id}/secrets"));
    assert_eq!(uncovered(&document, &fewer), ["GET /v1/events/{id}/secrets", "PATCH /v1/events/{id}"]);
    app.stop().await;
}

/// The control of the walk: a route that is open to everybody is caught where the table says that it is somebody's.
#[tokio::test]
async fn an_open_route_is_caught() {
    let world = World::new().await;
    let route = |rule| Row { method: "GET", path: "/v1/events/{id}", thing: Thing::Event, rule, body: || None };
    let of_buyer = world.broken(&route(Rule::Buyer)).await;
    for who in ["nobody: 200 instead of 401", "bob: 200", "the house: 200 instead of 403"] {
        assert!(of_buyer.iter().any(|line| line.contains(who)), "{who}: {of_buyer:#?}");
    }
    let of_organiser = world.broken(&route(Rule::Organiser(Scope::EventsWrite))).await;
    for who in ["another organiser: 200", "the house with hold: 200 instead of 403", "a partner: 200 instead of 403"] {
        assert!(of_organiser.iter().any(|line| line.contains(who)), "{who}: {of_organiser:#?}");
    }
    let closed = Row { rule: Rule::Public, method: "DELETE", ..route(Rule::Public) };
    assert!(!world.broken(&closed).await.is_empty(), "a closed route is not open");
    world.app.stop().await;
}
