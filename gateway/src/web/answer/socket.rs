//! The handshake of a WebSocket (RFC 6455, section 4), and the answers that hand a socket over to be parked.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use sha1::{Digest as _, Sha1};

use crate::live::{Encoding, Handover, Parking, TextFraming};
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::policy::CachePolicy;

/// Section 1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The subprotocols that are spoken; without one messages are binary.
const BINARY: &str = "boxoffice.binary";
const JSON: &str = "boxoffice.json";

/// A client that asks for a WebSocket.
#[derive(Debug)]
pub struct Handshake {
    accept: HeaderValue,
    protocol: Option<&'static str>,
}

impl Handshake {
    /// Reads it from a request.
    ///
    /// Refuses   `upgrade_required` for what is no handshake of version 13; `invalid` where it names subprotocols and none of ours.
    pub fn of(request: &Parts) -> ApiResult<Self> {
        let headers = &request.headers;
        let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16));
        let asked = request.method == Method::GET
            && request.version == Version::HTTP_11
            && names(headers, &UPGRADE, "websocket")
            && names(headers, &CONNECTION, "upgrade")
            && names(headers, &SEC_WEBSOCKET_VERSION, "13");
        let Some(key) = key.filter(|_| asked) else { return Err(ApiError::new(Code::UpgradeRequired)) };
        let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
        let accept = HeaderValue::try_from(STANDARD.encode(digest)).map_err(ApiError::fault)?;
        let protocol = [BINARY, JSON].into_iter().find(|ours| names(headers, &SEC_WEBSOCKET_PROTOCOL, ours));
        if protocol.is_none() && headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
            return Err(ApiError::invalid("Sec-WebSocket-Protocol", format!("must name {BINARY} or {JSON}, or be absent")));
        }
        Ok(Self { accept, protocol })
    }

    /// Whether a request asks for a WebSocket, rightly or not.
    pub fn is_asked(headers: &HeaderMap) -> bool {
        names(headers, &UPGRADE, "websocket") && names(headers, &CONNECTION, "upgrade")
    }

    /// The form in which it is told.
    pub fn encoding(&self) -> Encoding {
        if self.protocol == Some(JSON) { Encoding::Json } else { Encoding::Binary }
    }

    /// Accepts it: the socket is parked when the answer is written.
    pub fn accept(self, parking: Parking) -> Response {
        let headers = [(UPGRADE, "websocket"), (CONNECTION, "upgrade")];
        let mut response = (StatusCode::SWITCHING_PROTOCOLS, headers).into_response();
        response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        }
        response.extensions_mut().insert(Handover::of(parking));
        response
    }
}

/// Whether a header lists a word, in any case.
fn names(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lists = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|named| named.trim().eq_ignore_ascii_case(word))
}

/// The form in which a request wants its stream of Server-Sent Events.
pub fn text(request: &Parts) -> TextFraming {
    TextFraming { chunked: request.version >= Version::HTTP_11, packed: takes_gzip(&request.headers) }
}

/// Begins a stream of Server-Sent Events with its first message: the socket is parked when that is written.
///
/// Takes     `parking`: none where the request asks for the head alone.
pub fn stream(text: TextFraming, first: &[u8], parking: Option<Parking>) -> Response {
    let first = text.begin(first);
    let messages = futures::stream::once(async { Ok::<_, Infallible>(first) }).chain(futures::stream::pending());
    let body = if parking.is_some() { Body::from_stream(messages) } else { Body::from(Bytes::new()) };
    let mut response = events(text, body);
    if let Some(parking) = parking {
        response.extensions_mut().insert(Handover::of(parking));
    }
    response
}

/// A stream of Server-Sent Events that ends with its first message.
pub fn once(message: Vec<u8>) -> Response {
    events(TextFraming { chunked: false, packed: false }, Body::from(message))
}

fn events(text: TextFraming, body: Body) -> Response {
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let varies = (VARY, HeaderValue::from_static("accept-encoding"));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let last = (CONNECTION, HeaderValue::from_static("close"));
    let mut response = (CachePolicy::Never, [kind, varies, unbuffered, last], body).into_response();
    if text.packed {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the client takes gzip: it names it, and not with `q=0`.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(axum::http::header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
            named && !refused
        })
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    /// A request with the headers of a handshake, each line over what stands before it; an empty value takes it away.
    fn request(more: &[(&'static str, &'static str)]) -> Parts {
        let mut request = Request::new(());
        let usual = [
            ("upgrade", "websocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in usual.iter().chain(more) {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
            if value.is_empty() {
                request.headers_mut().remove(*name);
            }
        }
        request.into_parts().0
    }

    /// The key and its answer are those of RFC 6455, section 1.3.
    #[test]
    fn a_handshake_is_answered_with_its_own_digest() {
        let handshake = Handshake::of(&request(&[])).expect("a handshake");
        assert_eq!(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!((handshake.encoding(), handshake.protocol), (Encoding::Binary, None));
        for (named, encoding) in [("boxoffice.json", Encoding::Json), ("chat, boxoffice.binary", Encoding::Binary)] {
            let handshake = Handshake::of(&request(&[("sec-websocket-protocol", named)])).expect("a handshake");
            assert_eq!((handshake.encoding(), handshake.protocol.is_some()), (encoding, true), "{named}");
        }
    }

    #[test]
    fn what_is_no_handshake_is_told_what_is_spoken_here() {
        for (name, value) in [
            ("upgrade", ""),
            ("upgrade", "h2c"),
            ("connection", "close"),
            ("sec-websocket-version", "12"),
            ("sec-websocket-key", ""),
            ("sec-websocket-key", "c2hvcnQ="),
            ("sec-websocket-key", "nonsense"),
        ] {
            let refused = Handshake::of(&request(&[(name, value)])).expect_err("refused");
            assert_eq!(refused.code(), Code::UpgradeRequired, "{name}: {value}");
            assert_eq!(refused.into_response().headers()[SEC_WEBSOCKET_VERSION], "13");
        }
        let mut post = request(&[]);
        post.method = Method::POST;
        assert!(Handshake::of(&post).is_err());
        let other = Handshake::of(&request(&[("sec-websocket-protocol", "chat")])).expect_err("refused");
        assert_eq!(other.code(), Code::Invalid);
    }

    #[test]
    fn gzip_is_taken_by_who_names_it() {
        for (accepted, expected) in
            [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("", false), ("gzip; q=0.0", false)]
        {
            assert_eq!(text(&request(&[("accept-encoding", accepted)])).packed, expected, "{accepted}");
        }
    }
}
