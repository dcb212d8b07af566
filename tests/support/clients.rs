//! Who asks: buyers and organisers, one verb a line.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::reply::Reply;

/// A request in the making.
pub struct Asked(RequestBuilder);

impl Asked {
    pub fn new(request: RequestBuilder) -> Self {
        Self(request)
    }

    #[must_use]
    pub fn token(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// Any bytes, said to be JSON.
    #[must_use]
    pub fn raw(self, body: impl Into<Vec<u8>>) -> Self {
        Self(self.0.header("content-type", "application/json").body(body.into()))
    }

    /// Any body of any kind.
    #[must_use]
    pub fn body(self, kind: &str, body: Vec<u8>) -> Self {
        Self(self.0.header("content-type", kind).body(body))
    }

    #[must_use]
    pub fn form(self, body: &str) -> Self {
        Self(self.0.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned()))
    }

    pub async fn send(self) -> Reply {
        Reply::read(self.response().await).await
    }

    /// The answer's status, or why there is none.
    pub async fn try_send(self) -> reqwest::Result<u16> {
        Ok(self.0.send().await?.status().as_u16())
    }

    /// The answer with its body still to be read.
    pub async fn response(self) -> reqwest::Response {
        self.0.send().await.expect("an answer")
    }
}

/// An Idempotency-Key that nobody used before.
pub fn new_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("key-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A buyer with a session.
#[derive(Debug, Clone)]
pub struct Buyer {
    pub name: String,
    pub token: String,
    pub id: String,
    client: reqwest::Client,
    base: String,
}

impl Buyer {
    pub fn new(name: &str, token: String, id: String, client: reqwest::Client, base: String) -> Self {
        Self { name: name.to_owned(), token, id, client, base }
    }

    pub fn ask(&self, method: Method, path: &str) -> Asked {
        Asked::new(self.client.request(method, format!("{}{path}", self.base))).token(&self.token)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path).send().await
    }

    /// POST with a key of its own.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path).key(&new_key()).json(body).send().await
    }

    pub async fn hold(&self, event: &str, seats: &[&str]) -> Reply {
        self.hold_with(event, &json!({ "seats": seats })).await
    }

    pub async fn hold_with(&self, event: &str, wanted: &Value) -> Reply {
        self.post(&format!("/v1/events/{event}/holds"), wanted).await
    }

    pub async fn checkout(&self, hold: &str, method: &str) -> Reply {
        self.post(&format!("/v1/holds/{hold}/checkout"), &self.checkout_body(method)).await
    }

    pub fn checkout_body(&self, method: &str) -> Value {
        json!({ "method": method, "contact": { "name": self.name, "email": format!("{}@example.com", self.name) } })
    }

    /// Presses a button of the sandbox's page, as a program would.
    pub async fn press(&self, payment_url: &str, action: &str) -> Reply {
        Asked::new(self.client.post(payment_url)).json(&json!({ "action": action })).send().await
    }

    /// Holds seats, pays for them, and reads the order.
    pub async fn buy(&self, event: &str, seats: &[&str]) -> Reply {
        let hold = self.hold(event, seats).await.is(201).str("/id");
        let payment = self.checkout(&hold, "sandbox").await.is(201);
        let paid = self.press(&payment.str("/payment/url"), "pay").await.is(200);
        self.get(&format!("/v1/orders/{}", paid.str("/payment/order_id"))).await.is(200)
    }
}

/// Somebody with a key.
#[derive(Debug, Clone)]
pub struct Organiser {
    /// Of the key.
    pub id: String,
    pub key: String,
    pub client: reqwest::Client,
    pub base: String,
}

impl Organiser {
    pub fn ask(&self, method: Method, path: &str) -> Asked {
        Asked::new(self.client.request(method, format!("{}{path}", self.base))).token(&self.key)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path).json(body).send().await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::PUT, path).json(body).send().await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::PATCH, path).json(body).send().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path).send().await
    }
}
