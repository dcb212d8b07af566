//! Answers as ready bytes, under the question's normal spelling; the answer says of which state of the index it speaks, and one of
//! another state is made anew and takes its place. So a question is as well known after a sale as before it: what is asked for often
//! stays, however many questions come once (moka keeps by frequency, TinyLFU).
//!
//! Equal questions at once cost one search. When the state has just moved, the answer of the state before is given once more while
//! one search makes the new one, for at most [`STALE`]: a stream of equal questions never waits, and nobody is told what is older.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use metrics::{Counter, Gauge};
use moka::future::Cache as Moka;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use tokio::sync::OnceCell;

use super::rendered::{CacheKey, Rendered, State};
use crate::index::Fault;
use crate::search::answer::Answer;
use crate::search::error::SearchError;

/// How long after a state was last the present one its answers may still be given.  With the follower's poll (200 ms) and commit it
/// leaves more than a second of the two that the contract allows.
pub const STALE: Duration = Duration::from_millis(500);

/// What makes an answer.
pub type Making = Pin<Box<dyn Future<Output = Result<Answer, SearchError>> + Send>>;

#[derive(Clone)]
pub struct Cache(Arc<Entries>);

struct Entries {
    answers: Moka<Arc<str>, Rendered>,
    /// The searches under way.
    flights: Mutex<HashMap<CacheKey, Flight>>,
    given: Given,
}

/// One search for all who ask the same: whoever comes first makes the answer, the others wait for it.
type Flight = Arc<OnceCell<Rendered>>;

/// Who waits for a flight; the last to leave removes it.
struct Passenger {
    cache: Cache,
    key: CacheKey,
    flight: Flight,
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
            .weigher(|question: &Arc<str>, value: &Rendered| value.weight(question.len()))
            .eviction_listener(|_, _, cause| {
                if cause.was_evicted() {
                    metrics::counter!("catalog_search_cache_evictions_total").increment(1);
                }
            })
            .build();
        Self(Arc::new(Entries { answers, flights: Mutex::default(), given: Given::new() }))
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
        match self.0.answers.get(&key.0).await {
            Some(found) if found.state == key.1 => {
                self.0.given.note(&self.0.given.hits);
                Ok(found)
            }
            Some(old) if before == Some(old.state) => {
                self.renew(key, search());
                self.0.given.note(&self.0.given.stale);
                Ok(old)
            }
            _ => self.make(self.board(key), search()).await,
        }
    }

    /// Counts an answer that was given again without a look in here.
    pub fn given_again(&self) {
        self.0.given.note(&self.0.given.hits);
    }

    /// Counts a search whose answer is not kept in here.
    pub fn searched(&self) {
        self.0.given.note(&self.0.given.misses);
    }

    /// Makes the new answer on a task of its own, once.
    fn renew(&self, key: CacheKey, search: Making) {
        if self.0.flights().contains_key(&key) {
            return;
        }
        let (cache, passenger) = (self.clone(), self.board(key));
        tokio::spawn(async move {
            if let Err(fault) = cache.make(passenger, search).await {
                tracing::warn!(%fault, "an answer could not be renewed");
            }
        });
    }

    fn board(&self, key: CacheKey) -> Passenger {
        let flight = Arc::clone(self.0.flights().entry(key.clone()).or_default());
        Passenger { cache: self.clone(), key, flight }
    }

    async fn make(&self, passenger: Passenger, search: Making) -> Result<Rendered, SearchError> {
        let (mut missed, shared) = (false, &self.0);
        let made = passenger.flight.get_or_try_init(|| {
            let (missed, key) = (&mut missed, passenger.key.clone());
            async move {
                // between the look before and this one another search may have ended
                if let Some(found) = shared.answers.get(&key.0).await.filter(|found| found.state == key.1) {
                    return Ok(found);
                }
                *missed = true;
                let answer = rendered(&search.await?, key.1)?;
                shared.answers.insert(key.0, answer.clone()).await;
                metrics::gauge!("catalog_search_cache_bytes").set(shared.answers.weighted_size() as f64);
                Ok::<_, SearchError>(answer)
            }
        });
        let answer = made.await?.clone();
        shared.given.note(if missed { &shared.given.misses } else { &shared.given.hits });
        Ok(answer)
    }

    /// Lets what is pending be written and evicted.
    #[cfg(test)]
    pub async fn settle(&self) -> u64 {
        self.0.answers.run_pending_tasks().await;
        self.0.answers.weighted_size()
    }
}

impl Entries {
    fn flights(&self) -> MutexGuard<'_, HashMap<CacheKey, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Passenger {
    fn drop(&mut self) {
        let mut flights = self.cache.0.flights();
        let mine = flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight));
        // the map's and mine: nobody else is on board, and nobody comes while the map is locked
        if mine && (self.flight.initialized() || Arc::strong_count(&self.flight) == 2) {
            flights.remove(&self.key);
        }
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

fn rendered(answer: &Answer, state: State) -> Result<Rendered, Fault> {
    let next_cursor = answer.next_cursor.as_deref().map(Arc::from);
    let body = serde_json::to_vec(answer).map_err(|fault| Fault::Internal(fault.to_string()))?;
    let etag = format!("\"{:016x}\"", rapidhash_v3_seeded(&body, &SEED));
    Ok(Rendered { body: body.into(), etag: etag.into(), state, next_cursor })
}

/// Of an ETag: the same on every node. Nobody is kept out by an ETag, so it need not be cryptographic; and of two answers to one
/// question, one after the other, it need not tell more than 64 bits can.
static SEED: RapidSecrets = RapidSecrets::seed(1);
