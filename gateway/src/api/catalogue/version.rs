//! Versions of records as entity tags: `"7.5f3a…"` is version 7 and a hash of what was shown, since names of neighbours may change
//! without it; If-Match compares the version alone, which is what guards against lost updates.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::web::error::{ApiError, ApiResult, Code};

/// A JSON body of one version of a record, with its ETag.
#[derive(Debug)]
pub struct Versioned<T> {
    pub version: i64,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.body) {
            Ok(bytes) => {
                let kind = HeaderValue::from_static("application/json");
                ([(ETAG, etag(self.version, &bytes)), (CONTENT_TYPE, kind)], bytes).into_response()
            }
            Err(fault) => ApiError::fault(fault).into_response(),
        }
    }
}

fn etag(version: i64, bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let short: String = hex::encode(&digest[..8]);
    let text = format!("\"{version}.{short}\"");
    HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("digits make a header value"))
}

/// The version that a write expects, out of `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// No condition, or `*`: the record must be there, in any version.
    Any,
    Version(i64),
    /// A tag that none of our records ever had.
    Nothing,
}

impl IfMatch {
    fn read(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(IF_MATCH) else { return Self::Any };
        let text = value.to_str().unwrap_or("").trim();
        if text == "*" {
            return Self::Any;
        }
        // A weak tag never matches (RFC 9110, section 13.1.1).
        let tag = text.trim_matches('"');
        tag.split(['.', '-']).next().and_then(|version| version.parse().ok()).map_or(Self::Nothing, Self::Version)
    }

    /// The version for a verb of the catalogue.
    ///
    /// Refuses   version_mismatch for a tag that cannot match.
    pub fn expected(self) -> ApiResult<Option<i64>> {
        match self {
            Self::Any => Ok(None),
            Self::Version(version) => Ok(Some(version)),
            Self::Nothing => Err(ApiError::new(Code::VersionMismatch)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_reads_the_version_of_our_own_tags() {
        let table = [
            ("\"7.5f3a\"", IfMatch::Version(7)),
            ("\"7.5f3a-br\"", IfMatch::Version(7)),
            ("\"7\"", IfMatch::Version(7)),
            ("7", IfMatch::Version(7)),
            ("*", IfMatch::Any),
            ("W/\"7\"", IfMatch::Nothing),
            ("\"abc\"", IfMatch::Nothing),
            ("\"1\", \"2\"", IfMatch::Nothing),
        ];
        for (text, wanted) in table {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::try_from(text).expect("a value"))]);
            assert_eq!(IfMatch::read(&headers), wanted, "{text}");
        }
        assert_eq!(IfMatch::read(&HeaderMap::new()), IfMatch::Any);
    }
}
