//! Who reads an order: its buyer by token or cookie, or whoever shows the key of the order's link in the address (`?key=`).
//!
//! An address with a key is a secret: no page that it leads to is told where one came from, no index lists it, nobody keeps the answer,
//! and nothing of ours logs addresses at all: only routes.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::REFERRER_POLICY;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use booking::Reader;

use crate::web::app::App;
use crate::web::auth::{self, Buyer};
use crate::web::error::ApiError;
use crate::web::extract::Params;

/// The parameter's name.
pub const KEY: &str = "key";
/// Under which addresses a key is looked for.
const KEYED: [&str; 3] = ["/orders/", "/v1/orders/", "/v1/tickets/"];

/// Who reads an order or a ticket.
#[derive(Debug, Clone)]
pub struct OrderReader {
    pub reader: Reader,
    key: Option<OrderKey>,
}

/// The key as it was shown, for the addresses of what it opens too.
#[derive(Clone)]
pub struct OrderKey(String);

impl OrderReader {
    /// Takes     `buyer`: who asks, if anybody known does; `key`: what is shown as a key, which need not be one.
    pub fn new(app: &App, buyer: Option<Buyer>, key: Option<&str>) -> Self {
        let link = key.map(|key| app.keys.order_links().presented(key));
        let reader = Reader::Somebody { buyer: buyer.map(|buyer| buyer.ids), link };
        Self { reader, key: key.map(|key| OrderKey(key.to_owned())) }
    }

    /// By which key a thing of this buyer's is read; none where it is the buyer who reads.
    pub fn key_for(&self, buyer: domain::BuyerId) -> Option<&OrderKey> {
        self.key.as_ref().filter(|_| !self.reader.owns(buyer))
    }
}

impl OrderKey {
    /// The address with the key in it. A key that opened something is base64url, which an address takes as it is.
    pub fn on(&self, address: &str) -> String {
        format!("{address}?{KEY}={}", self.0)
    }
}

impl std::fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OrderKey(…)")
    }
}

/// Refuses who shows neither a token nor a key as everywhere; who shows a wrong key is told what is told of nothing.
impl<S: Send + Sync> FromRequestParts<S> for OrderReader
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let params = Params::from_request_parts(parts, state).await?;
        let buyer = match params.one(KEY)? {
            Some(_) => auth::buyer(&app, parts).await?,
            None => Some(Buyer::from_request_parts(parts, state).await?),
        };
        Ok(Self::new(&app, buyer, params.one(KEY)?))
    }
}

/// The address under which who came with a key reads on.
pub fn with_key(key: Option<&OrderKey>, address: String) -> String {
    match key {
        Some(key) => key.on(&address),
        None => address,
    }
}

/// Whether an address shows a key, however it is spelt.
pub fn is_shown(uri: &Uri) -> bool {
    let Some(query) = uri.query().filter(|_| KEYED.iter().any(|start| uri.path().starts_with(start))) else { return false };
    // what cannot be read is refused, and may have been a key
    Params::read(query).map_or(true, |params| params.0.iter().any(|(name, _)| name == KEY))
}

/// Says of an answer to such an address that nobody may be told of it.
pub fn keep_secret(headers: &mut HeaderMap) {
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_under_every_spelling_and_where_it_means_something() {
        for (address, shown) in [
            ("/orders/1?key=abc", true),
            ("/v1/orders/1?x=1&%6bey=abc", true),
            ("/v1/tickets/1.svg?scale=2&key", true),
            ("/v1/orders/1?key=%ff", true),
            ("/v1/orders/1?monkey=1", false),
            ("/v1/orders/1", false),
            ("/search?key=abc", false),
        ] {
            assert_eq!(is_shown(&address.parse().expect("an address")), shown, "{address}");
        }
    }

    #[test]
    fn a_key_is_not_shown_where_things_are_written_down() {
        assert_eq!(format!("{:?}", OrderKey("secret".into())), "OrderKey(…)");
    }
}
