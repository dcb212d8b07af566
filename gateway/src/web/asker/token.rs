//! The token that a request carries in `Authorization`.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// The longest token that is looked up.
pub const MAX_TOKEN_BYTES: usize = 256;

/// The bearer token, if one is sent and looks like one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && (1..=MAX_TOKEN_BYTES).contains(&token.len())).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::try_from(text).expect("a header value");
        pairs.iter().map(|(name, text)| (axum::http::HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer(&headers(&[("authorization", "Bearer abc")])), Some("abc"));
        assert_eq!(bearer(&headers(&[("authorization", "bearer  abc ")])), Some("abc"));
        for wrong in ["Basic abc", "Bearer", "Bearer ", "abc", &format!("Bearer {}", "x".repeat(257))] {
            assert_eq!(bearer(&headers(&[("authorization", wrong)])), None, "{wrong}");
        }
    }
}
