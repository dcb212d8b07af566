//! Who asks: a buyer by session token, an organiser, partner or admin by API key.
//!
//! Tokens come as `Authorization: Bearer …`; pages of our own may send the buyer's token as a cookie instead, and then a
//! request that changes something must come from our own origin. People remembers what it looked up and
//! hears what changes, so this asks the database once in a while, not once a request.

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use domain::{BuyerId, BuyerIds};
use jiff::Timestamp;
use people::{KeyView, Role, SignedIn, looks_like_key};

use crate::web::app::App;
use crate::web::cookie::SessionCookie;
use crate::web::error::{ApiError, Code};
use crate::web::renewal::Renewal;
use crate::web::token::bearer;

/// The buyer who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// The id under which new things are made.
    pub id: BuyerId,
    /// All ids whose things are this buyer's.
    pub ids: BuyerIds,
    /// The account, if its owner signed in.
    pub signed_in: Option<SignedIn>,
    /// The partner whose buyer it is.
    pub partner: Option<KeyView>,
}

impl Buyer {
    /// An anonymous buyer of nobody's.
    pub fn anonymous(id: BuyerId) -> Self {
        Self { id, ids: id.into(), signed_in: None, partner: None }
    }
}

/// Looks the buyer up: the header first, then the cookie; none when neither names one. A partner's buyer counts towards its quota.
pub async fn buyer(app: &App, parts: &Parts) -> Result<Option<Buyer>, ApiError> {
    if let Some(token) = bearer(&parts.headers) {
        return if looks_like_key(token) { Ok(None) } else { of_program(app, token).await };
    }
    let cookie = SessionCookie::of(&app.config);
    match cookie.token(&parts.headers) {
        Some(token) if !looks_like_key(token) && same_origin(&parts.method, &parts.headers) => {
            of_browser(app, parts, cookie, token).await
        }
        _ => Ok(None),
    }
}

/// The buyer behind a program's token: what is used goes on, under the same token.
async fn of_program(app: &App, token: &str) -> Result<Option<Buyer>, ApiError> {
    let found = app.people.authenticate(token).await?;
    renew(app, token, found.as_ref()).await?;
    known(app, found).await
}

/// Half-way to its end an anonymous session gets a new one. An account's sessions have an end of their own.
async fn renew(app: &App, token: &str, found: Option<&people::Buyer>) -> Result<Option<Timestamp>, ApiError> {
    match found.filter(|buyer| buyer.signed_in.is_none()) {
        Some(buyer) => Ok(app.people.renew_session(token, buyer.expires_at).await?),
        None => Ok(None),
    }
}

async fn known(app: &App, found: Option<people::Buyer>) -> Result<Option<Buyer>, ApiError> {
    let Some(found) = found else { return Ok(None) };
    if let Some(partner) = &found.partner {
        app.people.count_request(partner).await?;
    }
    Ok(Some(Buyer { id: found.id, ids: found.ids, signed_in: found.signed_in, partner: found.partner }))
}

/// The token that a request brings: the header's, or the cookie's if it counts.
pub(crate) fn presented<'a>(app: &App, parts: &'a Parts) -> Option<&'a str> {
    let cookie = SessionCookie::of(&app.config);
    bearer(&parts.headers).or_else(|| cookie.token(&parts.headers).filter(|_| same_origin(&parts.method, &parts.headers)))
}

/// The buyer behind a cookie; half-way to its end the session gets a new one, and the answer says so to the browser.
async fn of_browser(app: &App, parts: &Parts, cookie: SessionCookie, token: &str) -> Result<Option<Buyer>, ApiError> {
    let found = app.people.authenticate(token).await?;
    if let Some(renewal) = parts.extensions.get::<Renewal>()
        && let Some(expires_at) = renew(app, token, found.as_ref()).await?
        && let Some(value) = cookie.set(token, expires_at, &app.clock)
    {
        renewal.note(value);
    }
    known(app, found).await
}

/// A cookie is sent by the browser whoever made the request: one that changes something counts only from our own pages.
pub(crate) fn same_origin(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
        Some(site) => site == b"same-origin" || site == b"none",
        None => {
            let host = headers.get(HOST).and_then(|value| value.to_str().ok());
            let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
            origin.is_none_or(|origin| origin.split_once("://").map(|(_, host)| host) == host)
        }
    }
}

pub(crate) fn unauthorized(parts: &Parts) -> ApiError {
    let error = ApiError::new(Code::Unauthorized);
    if parts.headers.contains_key(AUTHORIZATION) {
        error.detail("the token or key is unknown or has expired")
    } else {
        error.detail("send Authorization: Bearer with a token from POST /v1/sessions, or with an API key")
    }
}

/// Looks the key up: one of these roles.
pub(crate) async fn key(app: &App, parts: &Parts, allowed: &[Role]) -> Result<KeyView, ApiError> {
    let text = bearer(&parts.headers).ok_or_else(|| unauthorized(parts))?;
    let Some(key) = app.people.find_key(text).await? else {
        // a buyer is somebody, only not an organiser
        let known = app.people.authenticate(text).await?.is_some();
        return Err(if known { ApiError::new(Code::Forbidden) } else { unauthorized(parts) });
    };
    if allowed.contains(&key.role) { Ok(key) } else { Err(ApiError::new(Code::Forbidden)) }
}

impl<S: Send + Sync> FromRequestParts<S> for Buyer
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        if let Some(buyer) = buyer(&app, parts).await? {
            return Ok(buyer);
        }
        // a key is somebody's, only not a buyer's
        match bearer(&parts.headers) {
            Some(key) if app.people.find_key(key).await?.is_some() => Err(ApiError::new(Code::Forbidden)),
            _ => Err(unauthorized(parts)),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Buyer
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, ApiError> {
        buyer(&App::from_ref(state), parts).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::try_from(text).expect("a header value");
        pairs.iter().map(|(name, text)| (axum::http::HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn a_cookie_does_not_let_other_sites_change_things() {
        let table = [
            (Method::GET, vec![("sec-fetch-site", "cross-site")], true),
            (Method::POST, vec![("sec-fetch-site", "same-origin")], true),
            (Method::POST, vec![("sec-fetch-site", "cross-site")], false),
            (Method::POST, vec![("sec-fetch-site", "same-site")], false),
            (Method::POST, vec![("host", "box.example"), ("origin", "https://box.example")], true),
            (Method::POST, vec![("host", "box.example"), ("origin", "https://evil.example")], false),
            (Method::POST, vec![("host", "box.example"), ("origin", "null")], false),
            (Method::POST, vec![("host", "box.example")], true),
        ];
        for (method, pairs, trusted) in table {
            assert_eq!(same_origin(&method, &headers(&pairs)), trusted, "{method} {pairs:?}");
        }
    }
}
