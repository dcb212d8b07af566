//! The address under which the outside sees this server: what absolute URLs begin with.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::settings::config::Config;
use crate::web::app::App;

/// `https://tickets.example.com`: as configured, or else as the request named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(pub String);

impl FromRequestParts<App> for Base {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        if is_configured(&app.config) {
            return Ok(Self(app.config.public_url.clone()));
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let trusted = peer.is_some_and(|peer| app.config.trusted_proxies.iter().any(|network| network.contains(peer)));
        Ok(Self(asked(&parts.headers, trusted).unwrap_or_else(|| app.config.public_url.clone())))
    }
}

/// Whether `--public-url` was given.
pub fn is_configured(config: &Config) -> bool {
    config.public_url != format!("http://{}", config.listen)
}

/// What `Host` says, and `X-Forwarded-Proto` of a proxy that is trusted.
fn asked(headers: &HeaderMap, trusted: bool) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) {
        return None;
    }
    let forwarded = headers.get("x-forwarded-proto").filter(|_| trusted).is_some_and(|scheme| scheme == "https");
    Some(format!("{}://{host}", if forwarded { "https" } else { "http" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn the_host_counts_and_a_trusted_proxys_scheme() {
        let table = [
            (vec![("host", "box.example:8080")], false, Some("http://box.example:8080")),
            (vec![("host", "box.example"), ("x-forwarded-proto", "https")], true, Some("https://box.example")),
            (vec![("host", "box.example"), ("x-forwarded-proto", "https")], false, Some("http://box.example")),
            (vec![("host", "evil.example/\"><script>")], false, None),
            (vec![], false, None),
        ];
        for (pairs, trusted, base) in table {
            let pair =
                |(name, value): &(&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let headers: HeaderMap = pairs.iter().map(pair).collect();
            assert_eq!(asked(&headers, trusted).as_deref(), base, "{pairs:?}");
        }
    }
}
