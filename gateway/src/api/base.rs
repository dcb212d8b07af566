//! The address under which the outside sees this server: what absolute URLs begin with.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::settings::config::Config;
use crate::web::app::App;

/// `https://tickets.example.com`: as configured, or else the address listened on. A request's `Host` is believed on this machine alone:
/// elsewhere it is a stranger's word, and a buyer would be sent to pay wherever it says.
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
        let here = app.config.listen.ip().is_loopback();
        Ok(Self(asked(&parts.headers, here, trusted).unwrap_or_else(|| app.config.public_url.clone())))
    }
}

/// Whether `--public-url` was given.
pub fn is_configured(config: &Config) -> bool {
    config.public_url != format!("http://{}", config.listen)
}

/// What `Host` says where only this machine reaches us or it names this machine, and `X-Forwarded-Proto` of a proxy that is trusted.
fn asked(headers: &HeaderMap, here: bool, trusted: bool) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) || !(here || names_loopback(host)) {
        return None;
    }
    let forwarded = headers.get("x-forwarded-proto").filter(|_| trusted).is_some_and(|scheme| scheme == "https");
    Some(format!("{}://{host}", if forwarded { "https" } else { "http" }))
}

/// Whether a host with or without a port is this machine to whoever reads it.
fn names_loopback(host: &str) -> bool {
    let bare = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(bare, _)| bare);
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn the_host_counts_on_this_machine_alone_and_the_scheme_of_a_trusted_proxy() {
        let https = ("x-forwarded-proto", "https");
        let table = [
            (vec![("host", "box.example:8080")], true, false, Some("http://box.example:8080")),
            (vec![("host", "box.example"), https], true, true, Some("https://box.example")),
            (vec![("host", "box.example"), https], true, false, Some("http://box.example")),
            (vec![("host", "evil.example")], false, true, None),
            (vec![("host", "localhost:8080")], false, false, Some("http://localhost:8080")),
            (vec![("host", "127.0.0.1:8080")], false, false, Some("http://127.0.0.1:8080")),
            (vec![("host", "[::1]:8080")], false, false, Some("http://[::1]:8080")),
            (vec![("host", "127.0.0.1.evil.example")], false, false, None),
            (vec![("host", "localhost.evil.example")], false, false, None),
            (vec![("host", "evil.example/\"><script>")], true, false, None),
            (vec![], true, false, None),
        ];
        for (pairs, here, trusted, base) in table {
            let pair =
                |(name, value): &(&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let headers: HeaderMap = pairs.iter().map(pair).collect();
            assert_eq!(asked(&headers, here, trusted).as_deref(), base, "{pairs:?} {here} {trusted}");
        }
    }
}
