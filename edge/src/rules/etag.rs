//! Strong ETags from a body's SHA-256, and the 304 that they allow.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

/// The first 128 bits of a body's SHA-256, in hexadecimal and quotes.
pub fn of(body: &Bytes) -> HeaderValue {
    let hash = Sha256::digest(body);
    let mut text = String::with_capacity(34);
    text.push('"');
    for byte in &hash[..16] {
        text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    text.push('"');
    HeaderValue::from_str(&text).unwrap_or_else(|_| unreachable!("hexadecimal digits are a header value"))
}

/// Whether the client has this representation already. Source: RFC 9110 section 13.1.2, weak comparison.
pub fn matches(request: &HeaderMap, response: &HeaderMap) -> bool {
    let Some(etag) = response.get(ETAG).and_then(|etag| etag.to_str().ok()) else { return false };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    wanted.flat_map(|list| list.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

/// Turns a 200's head into a 304's: what describes the body goes.
pub fn not_modified(status: &mut StatusCode, headers: &mut HeaderMap) {
    *status = StatusCode::NOT_MODIFIED;
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_TYPE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_list_a_star_and_a_weak_tag_match() {
        let response = headers(ETAG, "\"abc\"");
        for (wanted, same) in
            [("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("*", true), ("\"ab\"", false), ("abc", false)]
        {
            assert_eq!(matches(&headers(IF_NONE_MATCH, wanted), &response), same, "{wanted}");
        }
        assert!(!matches(&headers(IF_NONE_MATCH, "*"), &HeaderMap::new()));
    }

    #[test]
    fn equal_bodies_have_equal_tags() {
        assert_eq!(of(&Bytes::from_static(b"a")), of(&Bytes::from_static(b"a")));
        assert_ne!(of(&Bytes::from_static(b"a")), of(&Bytes::from_static(b"b")));
    }
}
