//! People who sign up and in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::clients::Buyer;
use crate::reply::Reply;

/// Everybody's password.
pub const PASSWORD: &str = "we met under the crooked elm";

pub fn email(name: &str) -> String {
    format!("{name}@example.org")
}

pub fn new_account(name: &str) -> Value {
    json!({ "email": email(name), "password": PASSWORD, "name": name })
}

impl App {
    /// Signs up, with the token of an anonymous buyer or without.
    pub async fn sign_up(&self, name: &str, token: Option<&str>) -> Reply {
        let asked = self.ask(Method::POST, "/v1/accounts").json(&new_account(name));
        token.into_iter().fold(asked, |asked, token| asked.token(token)).send().await
    }

    pub async fn try_log_in(&self, email: &str, password: &str, token: Option<&str>) -> Reply {
        let asked = self.ask(Method::POST, "/v1/login").json(&json!({ "email": email, "password": password }));
        token.into_iter().fold(asked, |asked, token| asked.token(token)).send().await
    }

    /// Signs in; the token of an anonymous buyer sent along is taken over.
    pub async fn log_in(&self, name: &str, token: Option<&str>) -> Buyer {
        let reply = self.try_log_in(&email(name), PASSWORD, token).await.is(200);
        Buyer::new(name, reply.str("/token"), reply.str("/account/buyer_id"), self.client.clone(), self.url(""))
    }

    /// Somebody with an account who signed in.
    pub async fn member(&self, name: &str) -> Buyer {
        self.sign_up(name, None).await.is(202);
        self.log_in(name, None).await
    }
}
