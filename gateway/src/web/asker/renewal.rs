//! A session that is used goes on: its cookie is sent again with a later end, at most once in half its life.

use std::sync::{Arc, OnceLock};

use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::web::policy::CachePolicy;

/// Among a request's extensions: what its answer shall say in `Set-Cookie`.
#[derive(Debug, Clone, Default)]
pub struct Renewal(Arc<OnceLock<HeaderValue>>);

impl Renewal {
    /// Says that the answer shall carry this cookie.
    pub fn note(&self, cookie: HeaderValue) {
        // the first is as good as another
        let _ = self.0.set(cookie);
    }

    /// Writes the cookie, if one was noted and the handler wrote none. Such an answer is one browser's own.
    pub fn write(&self, headers: &mut HeaderMap) {
        let Some(cookie) = self.0.get().filter(|_| !headers.contains_key(SET_COOKIE)) else { return };
        headers.append(SET_COOKIE, cookie.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(CachePolicy::Private.cache_control()));
    }
}
