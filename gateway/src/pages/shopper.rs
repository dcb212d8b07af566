//! Who shops: the buyer behind the cookie, made when the first seat is held; the same one again for the same page (`visit.rs`).
//!
//! A form counts only if it comes from our own pages.

use axum::extract::FromRequestParts;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use domain::BuyerIds;

use crate::pages::show::PageError;
use crate::pages::visit;
use crate::web::app::App;
use crate::web::auth::{self, Buyer};
use crate::web::cookie::SessionCookie;
use crate::web::error::{ApiError, Code};
use crate::web::origin::Origin;

/// The buyer of this browser, if it has one.
#[derive(Debug, Clone)]
pub struct KnownBuyer(pub Option<Buyer>);

impl KnownBuyer {
    /// The buyer, or the same 404 as for what belongs to others.
    pub fn buyer(&self) -> Result<BuyerIds, PageError> {
        self.0.as_ref().map(|buyer| buyer.ids.clone()).ok_or_else(|| PageError::from(ApiError::not_found()))
    }
}

/// The buyer of this browser, new or known; only for forms of our own pages.
#[derive(Debug, Clone)]
pub struct Shopper {
    pub buyer: Buyer,
    cookie: Option<HeaderValue>,
}

impl Shopper {
    /// Gives the browser its cookie, if it is new here.
    pub fn remember(&self, mut response: Response) -> Response {
        if let Some(cookie) = &self.cookie {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
    }
}

impl FromRequestParts<App> for KnownBuyer {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        refuse_other_sites(parts)?;
        Ok(Self(auth::buyer(app, parts).await?))
    }
}

impl FromRequestParts<App> for Shopper {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        if let KnownBuyer(Some(buyer)) = KnownBuyer::from_request_parts(parts, app).await? {
            return Ok(Self { buyer, cookie: None });
        }
        let origin = Origin::from_request_parts(parts, app).await?;
        let session = match visit::token(app, parts) {
            Some(token) => origin.open_session_again(app, token).await?,
            None => origin.open_session(app, None).await?,
        };
        let cookie = SessionCookie::of(&app.config).set(&session.token, session.expires_at, &app.clock);
        Ok(Self { buyer: Buyer::anonymous(session.buyer_id), cookie })
    }
}

fn refuse_other_sites(parts: &Parts) -> Result<(), PageError> {
    if auth::same_origin(&parts.method, &parts.headers) { Ok(()) } else { Err(ApiError::new(Code::Forbidden).into()) }
}

/// Whether a script asks: it wants JSON back, not a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(axum::http::header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"))
}
