//! Absolute URLs of the interface: the scheme and host of the request.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::web::app::App;

/// `http://host:port/api/v1`, as the request says it: it is answered to nobody else.
#[derive(Debug, Clone)]
pub struct Base(pub String);

impl FromRequestParts<App> for Base {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let named = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
        let host = parts.uri.authority().map(|authority| authority.as_str()).or(named).filter(|host| is_plain(host));
        let Some(host) = host else { return Ok(Self(format!("{}/api/v1", app.config.public_url))) };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let trusted = peer.is_some_and(|peer| app.config.trusted_proxies.iter().any(|network| network.contains(peer)));
        let https = trusted && parts.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        Ok(Self(format!("{}://{host}/api/v1", if https { "https" } else { "http" })))
    }
}

fn is_plain(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    (1..=255).contains(&host.len()) && host.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_more_than_a_host_is_not_repeated() {
        for (host, plain) in [
            ("box.example:8080", true),
            ("[::1]:80", true),
            ("my_service", true),
            ("", false),
            ("a/b", false),
            ("a\"b", false),
            ("user@host", false),
        ] {
            assert_eq!(is_plain(host), plain, "{host}");
        }
    }
}
