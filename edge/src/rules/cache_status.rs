//! What the cache says of its own part in an answer: `Cache-Status`.
//!
//! Source    RFC 9211.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// How an answer came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    /// From the store; fresh for so many seconds.
    Hit { ttl: i64 },
    /// Asked for, and kept.
    Stored,
    /// Asked for, and not kept.
    Miss,
    /// From the store though it is no longer fresh, since the service failed with this status.
    Stale { status: StatusCode },
    /// The request wanted no cache between.
    Bypass,
    /// The request changes something.
    Method,
}

impl CacheStatus {
    /// Writes the header behind what others said.
    pub fn write(self, headers: &mut HeaderMap) {
        let text = match self {
            Self::Hit { ttl } => format!("boxoffice; hit; ttl={ttl}"),
            Self::Stored => "boxoffice; fwd=miss; stored".to_owned(),
            Self::Miss => "boxoffice; fwd=miss".to_owned(),
            Self::Stale { status } => format!("boxoffice; fwd=stale; fwd-status={}", status.as_u16()),
            Self::Bypass => "boxoffice; fwd=bypass".to_owned(),
            Self::Method => "boxoffice; fwd=method".to_owned(),
        };
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.append(CACHE_STATUS, value);
        }
    }
}
