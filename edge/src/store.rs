//! What is kept: entries bounded in bytes, found by key, removed by tag.
//!
//! Purges and responses under way race: a response read before a purge would bring the old state back. So every flight
//! notes the number of purges at its start, and what it brings is kept only if none of its tags was purged since.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::AGE;
use http::{HeaderMap, HeaderName, StatusCode};
use moka::notification::RemovalCause;
use tokio::time::Instant;

use crate::rules::policy::Keep;

/// Purged tags remembered for flights under way; above that all of them are taken as purged.
const MAX_REMEMBERED: usize = 100_000;
/// Bytes of keys of which something is noted beside the entries: strangers choose how long keys are.
const MAX_NOTED: u64 = 8 << 20;
/// How long a key whose response may not be kept is not waited for.
const PASS_FOR: Duration = Duration::from_secs(10);

/// One kept response.
#[derive(Debug)]
pub struct StoredResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub stored: Instant,
    pub fresh: Duration,
    /// How long beyond that it may be given while the service fails.
    pub stale: Duration,
    pub public: bool,
    /// The seconds the response was old when it came.
    pub age: u64,
    vary: bool,
    tags: Vec<String>,
    /// Purges seen when its response departed.
    began: u64,
    /// Tells an entry from one that replaced it.
    id: u64,
}

impl StoredResponse {
    pub fn new(status: StatusCode, mut headers: HeaderMap, body: Bytes, keep: &Keep) -> Self {
        let age = headers.remove(AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0);
        let (fresh, public, vary, tags) = (keep.fresh, keep.public, !keep.vary.is_empty(), keep.tags.clone());
        Self { status, headers, body, stored: Instant::now(), fresh, stale: keep.stale, public, age, vary, tags, began: 0, id: 0 }
    }

    /// Whether who waited for this response may have it though it is not in the store: it is the same for all, and nothing
    /// was purged between its departure and the waiter's coming.
    pub fn may_be_shared(&self, purges_when_joined: u64) -> bool {
        !self.vary && self.began >= purges_when_joined
    }

    pub fn is_fresh(&self) -> bool {
        self.stored.elapsed() < self.fresh
    }

    /// Seconds that it is still fresh; negative once it is not.
    pub fn ttl(&self) -> i64 {
        let seconds = |of: Duration| i64::try_from(of.as_secs()).unwrap_or(i64::MAX);
        seconds(self.fresh).saturating_sub(seconds(self.stored.elapsed()))
    }

    fn weight(&self, key: &str) -> u32 {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        let tags: usize = self.tags.iter().map(|tag| tag.len() + key.len() + 128).sum();
        u32::try_from(key.len() + headers + tags + self.body.len() + 256).unwrap_or(u32::MAX)
    }
}

/// The entries, and which of them a tag names.
pub struct Store {
    entries: moka::sync::Cache<String, Arc<StoredResponse>>,
    varies: moka::sync::Cache<String, Arc<[HeaderName]>>,
    passes: moka::sync::Cache<String, ()>,
    tagged: Arc<Mutex<Tagged>>,
    ledger: Mutex<Ledger>,
    ids: AtomicU64,
}

/// Tag → key → entry id.
type Tagged = HashMap<String, HashMap<String, u64>>;

/// Purges by their number, as far as a flight under way may need them.
#[derive(Default)]
struct Ledger {
    purges: u64,
    /// Flights that began at or before this purge keep nothing.
    all: u64,
    last: HashMap<String, u64>,
    /// Purges seen at the start → flights under way.
    flights: BTreeMap<u64, usize>,
}

/// Removes what a tag names.
#[derive(Clone)]
pub struct Purger(pub(crate) Arc<Store>);

impl Purger {
    /// Removes every entry whose response named the tag; responses under way with that tag are not kept.
    ///
    /// Gives     how many entries were removed.
    /// Cost      the entries of the tag, not those of the cache.
    pub fn purge(&self, tag: &str) -> usize {
        self.0.purge(tag)
    }

    /// Removes everything.
    pub fn purge_all(&self) {
        self.0.purge_all();
    }
}

/// A poisoned lock's data is whole: each critical section is one step of std collections.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    pub fn new(max_bytes: u64) -> Self {
        let tagged = Arc::new(Mutex::new(Tagged::new()));
        let removed_from = Arc::clone(&tagged);
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &String, entry: &Arc<StoredResponse>| entry.weight(key))
            .eviction_listener(move |key, entry: Arc<StoredResponse>, cause| {
                forget(&removed_from, &key, &entry);
                if matches!(cause, RemovalCause::Size | RemovalCause::Expired) {
                    metrics::counter!("edge_cache_evictions_total").increment(1);
                }
            })
            .expire_after(ByFreshness)
            .build();
        Self {
            entries,
            varies: moka::sync::Cache::builder()
                .max_capacity(MAX_NOTED)
                .weigher(|key: &String, _: &Arc<[HeaderName]>| noted(key))
                .build(),
            passes: moka::sync::Cache::builder()
                .max_capacity(MAX_NOTED)
                .weigher(|key: &String, _: &()| noted(key))
                .time_to_live(PASS_FOR)
                .build(),
            tagged,
            ledger: Mutex::default(),
            ids: AtomicU64::new(1),
        }
    }

    /// The headers that the responses of a key vary by.
    pub fn vary(&self, key: &str) -> Arc<[HeaderName]> {
        self.varies.get(key).unwrap_or_default()
    }

    pub fn set_vary(&self, key: &str, vary: &[HeaderName]) {
        if *self.vary(key) != *vary {
            self.varies.insert(key.to_owned(), vary.into());
        }
    }

    pub fn get(&self, key: &str) -> Option<Arc<StoredResponse>> {
        self.entries.get(key).filter(|entry| entry.is_fresh())
    }

    /// An answer that may be given though it is not fresh, since there is no other.
    pub fn get_stale(&self, key: &str) -> Option<Arc<StoredResponse>> {
        self.entries.get(key).filter(|entry| entry.stored.elapsed() < entry.fresh.saturating_add(entry.stale))
    }

    /// Whether the key's last response could not be kept, so that waiting for another would be in vain.
    pub fn passes(&self, key: &str) -> bool {
        self.passes.contains_key(key)
    }

    pub fn pass(&self, key: &str) {
        self.passes.insert(key.to_owned(), ());
    }

    /// How many purges there were.
    pub fn purges(&self) -> u64 {
        lock(&self.ledger).purges
    }

    /// Notes that a response is under way.
    pub fn depart(self: &Arc<Self>) -> Departure {
        let mut ledger = lock(&self.ledger);
        let began = ledger.purges;
        *ledger.flights.entry(began).or_default() += 1;
        Departure { store: Arc::clone(self), began }
    }

    fn purge(&self, tag: &str) -> usize {
        let mut ledger = lock(&self.ledger);
        ledger.purges += 1;
        let number = ledger.purges;
        if ledger.flights.is_empty() {
            ledger.last.clear();
        } else if ledger.last.len() >= MAX_REMEMBERED {
            ledger.last.clear();
            ledger.all = number;
        } else {
            ledger.last.insert(tag.to_owned(), number);
        }
        let keys = lock(&self.tagged).remove(tag).unwrap_or_default();
        keys.keys().for_each(|key| self.entries.invalidate(key));
        keys.len()
    }

    fn purge_all(&self) {
        let mut ledger = lock(&self.ledger);
        ledger.purges += 1;
        ledger.all = ledger.purges;
        ledger.last.clear();
        self.entries.invalidate_all();
        self.entries.run_pending_tasks();
    }
}

/// What a note of a key weighs.
fn noted(key: &str) -> u32 {
    u32::try_from(key.len() + 64).unwrap_or(u32::MAX)
}

/// Takes an entry that is gone off its tags, unless another took its place there.
fn forget(tagged: &Mutex<Tagged>, key: &str, entry: &StoredResponse) {
    let mut tagged = lock(tagged);
    for tag in &entry.tags {
        if let Some(keys) = tagged.get_mut(tag) {
            if keys.get(key) == Some(&entry.id) {
                keys.remove(key);
            }
            if keys.is_empty() {
                tagged.remove(tag);
            }
        }
    }
}

/// A response under way; what it brings is judged by the purges since its start.
pub struct Departure {
    store: Arc<Store>,
    began: u64,
}

impl Departure {
    /// Keeps an entry unless one of its tags was purged meanwhile.
    pub fn keep(&self, key: &str, mut entry: StoredResponse) -> Arc<StoredResponse> {
        let store = &self.store;
        entry.began = self.began;
        entry.id = store.ids.fetch_add(1, Ordering::Relaxed);
        let entry = Arc::new(entry);
        // held until the entry stands, so that no purge comes between the judgement and the deed
        let ledger = lock(&store.ledger);
        let purged = |tag: &String| ledger.last.get(tag).is_some_and(|number| *number > self.began);
        if ledger.all > self.began || entry.tags.iter().any(purged) {
            return entry;
        }
        let mut tagged = lock(&store.tagged);
        for tag in &entry.tags {
            tagged.entry(tag.clone()).or_default().insert(key.to_owned(), entry.id);
        }
        // the eviction listener takes this lock
        drop(tagged);
        store.entries.insert(key.to_owned(), Arc::clone(&entry));
        entry
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        let mut ledger = lock(&self.store.ledger);
        if let Some(count) = ledger.flights.get_mut(&self.began) {
            *count -= 1;
            if *count == 0 {
                ledger.flights.remove(&self.began);
            }
        }
        if ledger.flights.is_empty() {
            ledger.last.clear();
        }
    }
}

/// Lets moka drop what nobody may have any longer; freshness itself is judged by [`StoredResponse::is_fresh`].
struct ByFreshness;

impl moka::Expiry<String, Arc<StoredResponse>> for ByFreshness {
    fn expire_after_create(&self, _: &String, entry: &Arc<StoredResponse>, _: std::time::Instant) -> Option<Duration> {
        Some(entry.fresh.saturating_add(entry.stale))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Arc<StoredResponse>,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.fresh.saturating_add(entry.stale))
    }
}

#[cfg(test)]
mod tests;
