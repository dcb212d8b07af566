//! The catalogue as one client asks it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::Deref;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use catalog::search::Catalog;

use crate::web::app::App;

/// Searches of one address, which has a share of what takes a thread of its own; of nobody's where searches have no limit.
pub struct Finder(Catalog);

impl FromRequestParts<App> for Finder {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let limited = app.config.rates.search.0.is_some();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()).filter(|_| limited);
        let client = app.limits.client(peer, &parts.headers);
        Ok(Self(app.catalog.asked_by(client.map(|client| client.address()))))
    }
}

impl Deref for Finder {
    type Target = Catalog;
    fn deref(&self) -> &Catalog {
        &self.0
    }
}
