//! Answers as ready bytes, under the question's normal spelling and the state of the index: a new state makes all older entries
//! unreachable, and nothing else has to. An answer that was given once waits among the latest ([`Asked`]) for being asked for again.
//!
//! Equal questions at once cost one search. When the state has just moved, the answer of the state before is given once more while
//! one search makes the new one, for at most [`STALE`]: a stream of equal questions never waits, and nobody is told what is older.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use metrics::{Counter, Gauge};
use moka::future::Cache as Moka;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

use super::asked::Asked;
use super::rendered::{Body, CacheKey, Rendered, State};
use crate::search::answer::Answer;
use crate::search::answer::json::{Written, json};
use crate::search::error::SearchError;

/// How long after a state was last the present one its answers may still be given.  With the follower's poll (200 ms) and commit it
/// leaves more than a second of the two that the contract allows.
pub const STALE: Duration = Duration::from_millis(500);

/// What makes an answer.
pub type Making = Pin<Box<dyn Future<Output = Result<Answer<Written>, SearchError>> + Send>>;

#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    answers: Moka<CacheKey, Rendered>,
    asked: Asked,
    /// Questions whose new answer is being made while the old one is given.
    renewing: Mutex<HashSet<CacheKey>>,
    given: Given,
}

/// How often answers were found, given though just superseded, and made.
struct Given {
    hits: Outcome,
    stale: Outcome,
    misses: Outcome,
    ratio: Gauge,
}

struct Outcome {
    times: AtomicU64,
    told: Counter,
}

impl Cache {
    /// Holds at most so many bytes; the least used go first.
    pub fn new(bytes: u64) -> Self {
        let answers = Moka::builder()
            .max_capacity(bytes)
            .weigher(|key: &CacheKey, value: &Rendered| value.weight(key.0.len()))
            .eviction_listener(|_, _, cause| {
                if cause.was_evicted() {
                    metrics::counter!("catalog_search_cache_evictions_total").increment(1);
                }
            })
            .build();
        Self(Arc::new(Shared { answers, asked: Asked::default(), renewing: Mutex::default(), given: Given::new() }))
    }

    /// Gives the entry or makes it once, however many ask at the same time.
    ///
    /// Takes     `before`: the state that was the present one less than [`STALE`] ago; its answer is given while the new one is made.
    pub async fn get(
        &self,
        key: CacheKey,
        before: Option<State>,
        search: impl FnOnce() -> Making + Send,
    ) -> Result<Rendered, SearchError> {
        if let Some(found) = self.0.answers.get(&key).await {
            self.0.given.note(&self.0.given.hits);
            return Ok(Rendered { again: true, ..found });
        }
        if let Some(before) = before
            && let Some(old) = self.known(&(Arc::clone(&key.0), before)).await
        {
            self.renew(key, search());
            self.0.given.note(&self.0.given.stale);
            return Ok(old);
        }
        self.make(key, search()).await
    }

    /// Counts an answer that was given again without a look in here.
    pub fn given_again(&self) {
        self.0.given.note(&self.0.given.hits);
    }

    async fn known(&self, key: &CacheKey) -> Option<Rendered> {
        match self.0.answers.get(key).await {
            Some(found) => Some(found),
            None => self.0.asked.answer(key),
        }
    }

    /// Makes the new answer on a task of its own, once.
    fn renew(&self, key: CacheKey, search: Making) {
        if !self.renewing().insert(key.clone()) {
            return;
        }
        let cache = self.clone();
        tokio::spawn(async move {
            if let Err(fault) = cache.make(key.clone(), search).await {
                tracing::warn!(%fault, "an answer could not be renewed");
            }
            cache.renewing().remove(&key);
        });
    }

    fn renewing(&self) -> std::sync::MutexGuard<'_, HashSet<CacheKey>> {
        self.0.renewing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self, key: CacheKey, search: Making) -> Result<Rendered, SearchError> {
        let mut missed = false;
        let state = key.1;
        let (answering, second) = self.0.asked.note(&key);
        let made = answering.get_or_try_init(|| {
            missed = true;
            async { Ok::<_, SearchError>(rendered(search.await?, state)) }
        });
        let answer = made.await?.clone();
        let given = &self.0.given;
        if second {
            self.0.answers.insert(key, answer.clone()).await;
            metrics::gauge!("catalog_search_cache_bytes").set(self.0.answers.weighted_size() as f64);
        }
        given.note(if missed { &given.misses } else { &given.hits });
        Ok(Rendered { again: !missed, ..answer })
    }

    /// Lets what is pending be written and evicted.
    #[cfg(test)]
    pub async fn settle(&self) -> u64 {
        self.0.answers.run_pending_tasks().await;
        self.0.answers.weighted_size()
    }
}

impl Outcome {
    fn new(outcome: &'static str) -> Self {
        Self { times: AtomicU64::new(0), told: metrics::counter!("catalog_search_cache_total", "outcome" => outcome) }
    }
}

impl Given {
    fn new() -> Self {
        let ratio = metrics::gauge!("catalog_search_cache_hit_ratio");
        Self { hits: Outcome::new("hit"), stale: Outcome::new("stale"), misses: Outcome::new("miss"), ratio }
    }

    fn note(&self, outcome: &Outcome) {
        outcome.times.fetch_add(1, Ordering::Relaxed);
        outcome.told.increment(1);
        self.ratio.set(self.ratio());
    }

    /// The share of questions that needed no search, since the start.
    fn ratio(&self) -> f64 {
        let of = |outcome: &Outcome| outcome.times.load(Ordering::Relaxed) as f64;
        let found = of(&self.hits) + of(&self.stale);
        found / (found + of(&self.misses)).max(1.0)
    }
}

/// Which state was the present one until when, as those who ask have seen it.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Option<Sight>>);

#[derive(Debug, Clone, Copy)]
struct Sight {
    state: State,
    at: Timestamp,
    before: Option<(State, Timestamp)>,
}

impl Seen {
    /// Notes that a state is the present one.
    pub fn note(&self, state: State, at: Timestamp) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(match *held {
            Some(sight) if sight.state == state => Sight { at: at.max(sight.at), ..sight },
            Some(sight) => Sight { state, at, before: Some((sight.state, sight.at)) },
            None => Sight { state, at, before: None },
        });
    }

    /// The state before this one, if it was seen to be the present one less than [`STALE`] ago.
    pub fn before(&self, state: State, now: Timestamp) -> Option<State> {
        let sight = (*self.0.lock().unwrap_or_else(PoisonError::into_inner)).filter(|sight| sight.state == state)?;
        let (before, until) = sight.before?;
        (now.duration_since(until).unsigned_abs() < STALE).then_some(before)
    }
}

/// The most answers that are kept as values.
const BROWSED: u64 = 64;

/// Answers as values, for pages that are laid out anew each time: those to questions without words, which count over all there is.
pub struct Browsed(Moka<(String, State), Arc<Answer>>);

impl Default for Browsed {
    fn default() -> Self {
        Self(Moka::new(BROWSED))
    }
}

impl Browsed {
    /// Gives the answer or makes it once, however many ask at the same time.
    pub async fn get(
        &self,
        key: (String, State),
        search: impl Future<Output = Result<Answer, SearchError>>,
    ) -> Result<Arc<Answer>, SearchError> {
        let made = self.0.try_get_with(key, async { search.await.map(Arc::new) });
        made.await.map_err(|fault| SearchError::clone(&fault))
    }
}

fn rendered(answer: Answer<Written>, state: State) -> Rendered {
    let next_cursor = answer.next_cursor.as_deref().map(Arc::from);
    let body = json(answer);
    let etag = format!("\"{:016x}\"", rapidhash_v3_seeded(&body, &SEED));
    Rendered { body: Body(Arc::new(body)), etag: etag.into(), state, next_cursor, again: false }
}

/// Of an ETag: the same on every node. Nobody is kept out by an ETag, so it need not be cryptographic; and of two answers to one
/// question, one after the other, it need not tell more than 64 bits can.
static SEED: RapidSecrets = RapidSecrets::seed(1);
