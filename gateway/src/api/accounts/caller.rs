//! Who wants to sign up or in, as far as the request says it; and the account of who has.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use people::SignedIn;

use crate::web::app::App;
use crate::web::auth::{Buyer, presented};
use crate::web::error::ApiError;

/// The token that came along, from where, and what the browser calls itself.
#[derive(Debug, Clone)]
pub struct Caller {
    pub token: Option<String>,
    pub address: Option<IpAddr>,
    pub agent: String,
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
        Ok(Self {
            token: presented(app, parts).map(str::to_owned),
            address: app.limits.client(peer, &parts.headers).map(|client| client.address()),
            agent: agent.to_owned(),
        })
    }
}

/// The account of the token.
///
/// Refuses   unauthorized without a token; forbidden for an anonymous buyer's.
#[derive(Debug, Clone, Copy)]
pub struct Me(pub SignedIn);

impl FromRequestParts<App> for Me {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let buyer = <Buyer as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        buyer.signed_in.map(Me).ok_or_else(|| people::PeopleError::NoAccount.into())
    }
}
