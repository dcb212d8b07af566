//! What is wrong with a request before anybody looks for its route: its `Host`, and a body that is longer than allowed.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::Version;
use axum::http::header::{CONTENT_LENGTH, HOST};

use crate::web::error::{ApiError, Code};

/// Among a request's extensions: why it is refused whatever its route.
#[derive(Debug, Clone)]
pub struct Unfit(pub ApiError);

/// Looks at a request that came over a connection.
///
/// Refuses   no `Host`, two of them or one that is none, 400 (RFC 9112, section 3.2); a `Content-Length` over `limit`, 413 without reading the body.
pub fn check(request: &Request, limit: usize) -> Result<(), ApiError> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let came = request.extensions().get::<ConnectInfo<SocketAddr>>().is_some();
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return Err(ApiError::new(Code::BadRequest).detail("the header Host is sent twice")),
        (Some(host), None) if !host.as_bytes().iter().all(names_host) => {
            return Err(ApiError::new(Code::BadRequest).detail("the header Host names no host"));
        }
        (None, None) if came && request.version() >= Version::HTTP_11 => {
            return Err(ApiError::new(Code::BadRequest).detail("the header Host is missing"));
        }
        _ => {}
    }
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > limit as u64 => {
            Err(ApiError::new(Code::BodyTooLarge).detail(format!("the body may have {limit} bytes")))
        }
        _ => Ok(()),
    }
}

/// Of a name, an address or a port. No path: caches tell hosts from paths, and so may proxies in front of this that do it less well.
fn names_host(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b".:-_[]".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn refused(headers: &[(&str, &str)], version: Version) -> Option<u16> {
        let mut request = Request::builder().version(version).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        check(&request, 100).err().map(|error| error.status().as_u16())
    }

    #[test]
    fn there_is_one_host_and_the_body_fits() {
        let host = ("host", "box.example");
        for (headers, version, status) in [
            (vec![host], Version::HTTP_11, None),
            (vec![], Version::HTTP_11, Some(400)),
            (vec![], Version::HTTP_10, None),
            (vec![host, ("host", "evil.example")], Version::HTTP_11, Some(400)),
            (vec![host, host], Version::HTTP_11, Some(400)),
            (vec![("host", "[::1]:8080")], Version::HTTP_11, None),
            (vec![("host", "box.example/v1")], Version::HTTP_11, Some(400)),
            (vec![("host", "box.example?q")], Version::HTTP_10, Some(400)),
            (vec![host, ("content-length", "100")], Version::HTTP_11, None),
            (vec![host, ("content-length", "101")], Version::HTTP_11, Some(413)),
            (vec![host, ("content-length", "99999999999999")], Version::HTTP_11, Some(413)),
        ] {
            assert_eq!(refused(&headers, version), status, "{headers:?} {version:?}");
        }
    }
}
