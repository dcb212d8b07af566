//! Public answers that may be given again to the same URL, as long as the index is in the same state.
//!
//! Nothing is purged: an answer of another state is never given, and makes room when the cache is full.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use catalog::search::State;
use moka::sync::Cache;

/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 1_000;

/// Put among a response's extensions: it may be given again as long as the index is in this state.
#[derive(Debug, Clone, Copy)]
pub struct Keepable(pub State);

/// The kept answers of one server.
pub struct Kept {
    answers: Cache<u64, Arc<Answer>>,
    hasher: RandomState,
}

/// One answer, as it went out.
pub struct Answer {
    pub url: String,
    pub coding: Option<HeaderValue>,
    pub state: State,
    pub head: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    fn answers(&self, request: &Request) -> bool {
        Some(self.url.as_str()) == url(request) && self.coding.as_ref() == request.headers().get(ACCEPT_ENCODING)
    }

    fn weight(&self) -> u32 {
        u32::try_from(self.url.len() + self.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
    }
}

impl Kept {
    /// Keeps at most so many bytes; the least used go first.
    pub fn new(bytes: u64) -> Self {
        let answers = Cache::builder().max_capacity(bytes).weigher(|_, answer: &Arc<Answer>| answer.weight()).build();
        Self { answers, hasher: RandomState::new() }
    }

    /// Where the answer to a request is kept.
    pub fn key(&self, request: &Request) -> u64 {
        self.hasher.hash_one((url(request), request.headers().get(ACCEPT_ENCODING)))
    }

    /// Keeps an answer under its [`Kept::key`].
    pub fn insert(&self, key: u64, answer: Answer) {
        self.answers.insert(key, Arc::new(answer));
    }

    /// Finds what was answered to the same URL in the present state. Two URLs of one key are told apart.
    pub fn find(&self, state: State, request: &Request) -> Option<Arc<Answer>> {
        self.answers.get(&self.key(request)).filter(|answer| answer.state == state && answer.answers(request))
    }
}

/// Path and query, as they were asked for.
pub fn url(request: &Request) -> Option<&str> {
    request.uri().path_and_query().map(|url| url.as_str())
}
