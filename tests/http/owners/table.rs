//! Whose every route with an id is. A route that is not here fails the walk; so does a row without a route.

use people::Scope;
use serde_json::{Value, json};

/// What an id in a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    Event,
    Series,
    Venue,
    Performer,
    City,
    SeatMap,
    Hold,
    Order,
    Payment,
    Ticket,
    Key,
    Image,
    /// An entry of a waitlist, named beside its event.
    Entry,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody, and everybody the same.
    Public,
    /// The buyer whose it is.
    Buyer,
    /// The buyer whose it is, and who has the key of its order's link.
    Reader,
    /// Keys with the scope, of the organiser whose it is.
    Organiser(Scope),
    /// Keys with the scope of any organiser: what is made is their own.
    Copier(Scope),
}

pub struct Row {
    pub method: &'static str,
    pub path: &'static str,
    pub thing: Thing,
    pub rule: Rule,
    /// A body that the route takes.
    pub body: fn() -> Option<Value>,
}

const fn row(method: &'static str, path: &'static str, thing: Thing, rule: Rule, body: fn() -> Option<Value>) -> Row {
    Row { method, path, thing, rule, body }
}

fn none() -> Option<Value> {
    None
}

fn nothing() -> Option<Value> {
    Some(json!({}))
}

fn event() -> Option<Value> {
    Some(json!({ "title": "Taken over", "starts_at": "2031-03-10T10:00:00Z" }))
}

fn series() -> Option<Value> {
    Some(json!({ "title": "Taken over" }))
}

fn venue() -> Option<Value> {
    Some(json!({ "name": "Taken over", "city": "Brisbane", "country": "AU", "timezone": "Australia/Brisbane" }))
}

fn performer() -> Option<Value> {
    Some(json!({ "name": "Taken over" }))
}

fn tiers() -> Option<Value> {
    let tier = |id: &str| json!({ "id": id, "name": "Free for all", "price": { "amount": 0, "currency": "AUD" } });
    Some(json!({ "tiers": [tier("1"), tier("2"), tier("3")] }))
}

fn places() -> Option<Value> {
    Some(json!({ "seats": ["stalls-E-1"] }))
}

fn closed() -> Option<Value> {
    Some(json!({ "open": false }))
}

fn map() -> Option<Value> {
    Some(json!({ "name": "Great Hall", "areas": [{ "id": "floor", "label": "Floor", "tier": "1", "capacity": 7 }] }))
}

fn checkout() -> Option<Value> {
    Some(json!({ "method": "sandbox", "contact": { "name": "Eve", "email": "eve@example.com" } }))
}

fn queue() -> Option<Value> {
    Some(json!({ "mode": "off" }))
}

const WRITE: Rule = Rule::Organiser(Scope::EventsWrite);
const SALE: Rule = Rule::Organiser(Scope::SaleWrite);
const KEYS: Rule = Rule::Organiser(Scope::KeysWrite);

pub const TABLE: &[Row] = &[
    row("GET", "/v1/events/{id}", Thing::Event, Rule::Public, none),
    row("PUT", "/v1/events/{id}", Thing::Event, WRITE, event),
    row("PATCH", "/v1/events/{id}", Thing::Event, WRITE, nothing),
    row("DELETE", "/v1/events/{id}", Thing::Event, WRITE, none),
    row("PUT", "/v1/events/{id}/tiers", Thing::Event, WRITE, tiers),
    row("GET", "/v1/events/{id}/waitlist", Thing::Event, SALE, none),
    row("PUT", "/v1/events/{id}/waitlist", Thing::Event, SALE, closed),
    row("GET", "/v1/events/{id}/waitlist/{entry}", Thing::Entry, Rule::Buyer, none),
    row("GET", "/v1/events/{id}/waitlist/{entry}/stream", Thing::Entry, Rule::Buyer, none),
    row("DELETE", "/v1/events/{id}/waitlist/{entry}", Thing::Entry, Rule::Buyer, none),
    row("PUT", "/v1/events/{id}/blocks", Thing::Event, SALE, places),
    row("DELETE", "/v1/events/{id}/blocks", Thing::Event, SALE, places),
    row("POST", "/v1/events/{id}/cancel", Thing::Event, SALE, none),
    row("GET", "/v1/events/{id}/seats", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/queue", Thing::Event, Rule::Public, none),
    row("PUT", "/v1/events/{id}/queue", Thing::Event, WRITE, queue),
    row("GET", "/v1/events/{id}/best", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/seats/stream", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/live", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/seatmap.svg", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/seatmap.png", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/calendar.ics", Thing::Event, Rule::Public, none),
    row("GET", "/v1/events/{id}/picture.png", Thing::Event, Rule::Public, none),
    row("GET", "/v1/series/{id}", Thing::Series, Rule::Public, none),
    row("PUT", "/v1/series/{id}", Thing::Series, WRITE, series),
    row("PATCH", "/v1/series/{id}", Thing::Series, WRITE, nothing),
    row("DELETE", "/v1/series/{id}", Thing::Series, WRITE, none),
    row("GET", "/v1/series/{id}/events", Thing::Series, Rule::Public, none),
    row("GET", "/v1/venues/{id}", Thing::Venue, Rule::Public, none),
    row("PUT", "/v1/venues/{id}", Thing::Venue, WRITE, venue),
    row("PATCH", "/v1/venues/{id}", Thing::Venue, WRITE, nothing),
    row("DELETE", "/v1/venues/{id}", Thing::Venue, WRITE, none),
    row("GET", "/v1/venues/{id}/events", Thing::Venue, Rule::Public, none),
    row("GET", "/v1/venues/{id}/seat-maps", Thing::Venue, Rule::Public, none),
    row("PUT", "/v1/venues/{id}/seat-maps", Thing::Venue, Rule::Copier(Scope::MapsWrite), map),
    row("GET", "/v1/performers/{id}", Thing::Performer, Rule::Public, none),
    row("PUT", "/v1/performers/{id}", Thing::Performer, WRITE, performer),
    row("PATCH", "/v1/performers/{id}", Thing::Performer, WRITE, nothing),
    row("DELETE", "/v1/performers/{id}", Thing::Performer, WRITE, none),
    row("GET", "/v1/performers/{id}/events", Thing::Performer, Rule::Public, none),
    row("GET", "/v1/cities/{id}/series", Thing::City, Rule::Public, none),
    row("GET", "/v1/seat-maps/{id}", Thing::SeatMap, Rule::Public, none),
    row("GET", "/v1/holds/{id}", Thing::Hold, Rule::Buyer, none),
    row("DELETE", "/v1/holds/{id}", Thing::Hold, Rule::Buyer, none),
    row("POST", "/v1/holds/{id}/checkout", Thing::Hold, Rule::Buyer, checkout),
    row("GET", "/v1/payments/{id}", Thing::Payment, Rule::Buyer, none),
    row("GET", "/v1/orders/{id}", Thing::Order, Rule::Reader, none),
    row("GET", "/v1/orders/{id}.pdf", Thing::Order, Rule::Reader, none),
    row("GET", "/v1/orders/{id}/calendar.ics", Thing::Order, Rule::Reader, none),
    row("DELETE", "/v1/orders/{id}/link", Thing::Order, Rule::Buyer, none),
    row("POST", "/v1/orders/{id}/cancel", Thing::Order, Rule::Buyer, none),
    row("GET", "/v1/tickets/{id}", Thing::Ticket, Rule::Reader, none),
    row("GET", "/v1/tickets/{id}.svg", Thing::Ticket, Rule::Reader, none),
    row("GET", "/v1/tickets/{id}.png", Thing::Ticket, Rule::Reader, none),
    row("POST", "/v1/tickets/{id}/print", Thing::Ticket, Rule::Buyer, none),
    row("GET", "/v1/tickets/{id}/print", Thing::Ticket, Rule::Buyer, none),
    row("GET", "/v1/tickets/{id}/print.svg", Thing::Ticket, Rule::Buyer, none),
    row("DELETE", "/v1/tickets/{id}/print", Thing::Ticket, Rule::Buyer, none),
    row("GET", "/v1/tickets/{id}.pdf", Thing::Ticket, Rule::Reader, none),
    row("GET", "/v1/images/{id}", Thing::Image, Rule::Public, none),
    // another's is not told from absent before its form is read
    row("PUT", "/v1/images/{id}", Thing::Image, WRITE, none),
    row("DELETE", "/v1/images/{id}", Thing::Image, WRITE, none),
    row("DELETE", "/v1/keys/{id}", Thing::Key, KEYS, none),
    row("POST", "/v1/keys/{id}/rotate", Thing::Key, KEYS, nothing),
];

/// Routes with an id that are nobody's: each with the reason.
pub const APART: &[(&str, &str)] = &[
    // every buyer may hold seats of every event: holds/ tests what becomes of it
    ("POST", "/v1/events/{id}/holds"),
    // every buyer may wait at every event: waitlist/ tests what becomes of it
    ("POST", "/v1/events/{id}/waitlist"),
    // every buyer may join every event's queue, and its order is public from the start on: events/queue tests both
    ("POST", "/v1/events/{id}/queue"),
    ("GET", "/v1/events/{id}/queue/order"),
    // a place is whose token it is, and no other word opens it: queue tests forged ones
    ("GET", "/v1/queue/{token}"),
    ("DELETE", "/v1/queue/{token}"),
    ("GET", "/v1/queue/{token}/stream"),
    ("GET", "/v1/queue/{token}/live"),
    // it plays the provider's page: whoever knows the address of a payment may press its buttons
    ("POST", "/sandbox/payments/{id}"),
    // nobody has it where no certificate is configured, as in this walk: tickets/pkpass tests whose it is
    ("GET", "/v1/tickets/{id}.pkpass"),
    // a session is its account's, and none of these signed in: me/sessions tests it with two accounts
    ("DELETE", "/v1/me/sessions/{id}"),
];
