//! Public answers that are given again to the same URL, as long as the index is in the same state, as the bytes they were.
//!
//! Nothing is purged: an answer of another state is given only while the next one cannot be made, which takes its place. Of the answers that do not fit those
//! stay that are asked for most, whatever the state (moka's TinyLFU).

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::Request;
use axum::http::HeaderMap;
use bytes::Bytes;
use catalog::search::{Catalog, State};
use edge::Flights;
use moka::sync::Cache;
use tokio::time::Instant;

/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 1_000;
/// How old an answer may be that is given because the next one could not be made.
const OLD: Duration = Duration::from_secs(60);

/// Put among a response's extensions: it may be given again as long as the index is in this state.
#[derive(Debug, Clone, Copy)]
pub struct Keepable(pub State);

impl Keepable {
    /// For what is made after this: should the state move meanwhile, the answer is newer than it says, and is not given again.
    pub fn now(catalog: &Catalog) -> Option<Extension<Self>> {
        catalog.state().map(|state| Extension(Self(state)))
    }
}

/// The kept answers of one server.
pub struct AnswerCache {
    answers: Cache<u64, Arc<CachedAnswer>>,
    /// What is being answered: of those who ask the same in one state, one is answered and the others take what he is given.
    pub flights: Arc<Flights<(u64, State), Arc<CachedAnswer>>>,
    hasher: RandomState,
}

/// What an answer depends on beside the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKey {
    /// Path and query, as they were asked for.
    url: String,
    /// The codings that matter of those that are accepted.
    coding: &'static str,
}

/// One answer, as it went out.
#[derive(Debug)]
pub struct CachedAnswer {
    pub asked: AnswerKey,
    pub state: State,
    pub head: HeaderMap,
    pub body: Bytes,
    pub made: Instant,
}

impl AnswerKey {
    pub fn of(request: &Request) -> Self {
        Self { url: url(request).to_owned(), coding: edge::encoding(request.headers()) }
    }

    fn is(&self, request: &Request) -> bool {
        self.url == url(request) && self.coding == edge::encoding(request.headers())
    }
}

impl CachedAnswer {
    /// Whether it answers this request. Two URLs of one key are told apart.
    pub fn answers(&self, request: &Request) -> bool {
        self.asked.is(request)
    }

    fn weight(&self) -> u32 {
        u32::try_from(self.asked.url.len() + self.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
    }
}

impl AnswerCache {
    /// Keeps at most so many bytes.
    pub fn new(bytes: u64) -> Self {
        let answers = Cache::builder().max_capacity(bytes).weigher(|_, answer: &Arc<CachedAnswer>| answer.weight()).build();
        Self { answers, flights: Arc::default(), hasher: RandomState::new() }
    }

    /// Where the answer to a request is kept.
    pub fn key(&self, request: &Request) -> u64 {
        self.hasher.hash_one((url(request), edge::encoding(request.headers())))
    }

    /// Keeps an answer under its [`AnswerCache::key`].
    pub fn insert(&self, key: u64, answer: Arc<CachedAnswer>) {
        self.answers.insert(key, answer);
    }

    /// Finds what was answered to the same URL in the present state.
    pub fn find(&self, state: State, request: &Request) -> Option<Arc<CachedAnswer>> {
        self.answers.get(&self.key(request)).filter(|answer| answer.state == state && answer.answers(request))
    }

    /// Finds what was answered to the same URL in the last state it was asked in, unless that is too old.
    pub fn find_old(&self, request: &Request) -> Option<Arc<CachedAnswer>> {
        self.answers.get(&self.key(request)).filter(|answer| answer.made.elapsed() < OLD && answer.answers(request))
    }
}

fn url(request: &Request) -> &str {
    request.uri().path_and_query().map_or("/", |url| url.as_str())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::ACCEPT_ENCODING;

    use super::*;

    const NOW: State = State { generation: 1, commit: 2, badges: 3, minute: 60 };

    fn request(url: &str, coding: &str) -> Request {
        Request::get(url).header(ACCEPT_ENCODING, coding).body(Body::empty()).expect("a request")
    }

    fn keep(kept: &AnswerCache, request: &Request) -> Arc<CachedAnswer> {
        let (asked, body) = (AnswerKey::of(request), Bytes::from_static(b"body"));
        let answer = Arc::new(CachedAnswer { asked, state: NOW, head: HeaderMap::new(), body, made: Instant::now() });
        kept.insert(kept.key(request), Arc::clone(&answer));
        answer
    }

    #[test]
    fn an_answer_is_for_its_url_its_coding_and_its_state() {
        let kept = AnswerCache::new(1 << 20);
        let answer = keep(&kept, &request("/search?q=a", "br"));
        let found = |state, url: &str, coding: &str| kept.find(state, &request(url, coding)).is_some();
        assert!(found(NOW, "/search?q=a", "br") && found(NOW, "/search?q=a", "br;q=1.0"));
        assert!(!found(NOW, "/search?q=b", "br") && !found(NOW, "/search?q=a", "gzip"));
        assert!(!found(State { badges: 4, ..NOW }, "/search?q=a", "br"));
        // two URLs of one key are told apart by what was asked
        let other = request("/search?q=b", "br");
        kept.insert(kept.key(&other), Arc::clone(&answer));
        assert!(!answer.answers(&other) && kept.find(NOW, &other).is_none() && kept.find_old(&other).is_none());
        assert_eq!(answer.weight(), ("/search?q=a".len() + 4 + ENTRY_BYTES) as u32);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_another_state_stands_in_for_a_minute() {
        let (kept, asked) = (AnswerCache::new(1 << 20), request("/", ""));
        assert!(kept.find_old(&asked).is_none());
        keep(&kept, &asked);
        for (seconds, stands) in [(0, true), (59, true), (1, false), (1, false)] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(kept.find_old(&asked).is_some(), stands);
        }
    }
}
