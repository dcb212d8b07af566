//! The catalogue as one client asks it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::Deref;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use catalog::search::Catalog;

use crate::web::app::App;
use crate::web::client::Client;
use crate::web::error::{ApiError, ApiResult};
use crate::web::leafing::Leafing;

/// Searches of one address, which has a share of what takes a thread of its own; of nobody's where searches have no limit.
pub struct Finder(Catalog);

/// A list that is read for one client, which has a share of those; counted until it is dropped.
pub struct OneList {
    _counted: Option<Leafing>,
}

/// Who searches or reads a list; nobody where that has no limit.
fn client(parts: &Parts, app: &App) -> Option<Client> {
    let limited = app.config.rates.search.0.is_some();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()).filter(|_| limited);
    app.limits.client(peer, &parts.headers)
}

impl FromRequestParts<App> for Finder {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(app.catalog.asked_by(client(parts, app).map(|client| client.address()))))
    }
}

impl FromRequestParts<App> for OneList {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        let counted = client(parts, app).map(|client| app.leafers.enter(client)).transpose()?;
        Ok(Self { _counted: counted })
    }
}

impl Deref for Finder {
    type Target = Catalog;
    fn deref(&self) -> &Catalog {
        &self.0
    }
}
