//! What was looked up lately, kept for no longer than it may be wrong.
//!
//! While the feed of changes is heard, an entry stands until it is named there; while it is not, an entry stands for a second. So a
//! revoked key or session is refused on every node within a second, whatever fails.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Stopwatch;

/// How old an entry may be that nobody watches over.
const UNWATCHED: Duration = Duration::from_secs(1);
/// How long after its last sign of life the feed counts as heard.
const HEARD: Duration = Duration::from_millis(750);
/// How old an entry may become in any case.
const LIFE: Duration = Duration::from_secs(300);

/// Counts of what was forgotten, each for one part of all hashes: under a flood of changes an answer is still kept, unless it is of
/// the same part.
const PARTS: usize = 1_024;

/// Whether the feed of changes is heard, and how often something was forgotten.
#[derive(Debug)]
pub(crate) struct PeopleFeed {
    heard: Mutex<Option<Stopwatch>>,
    forgotten: Box<[AtomicU64]>,
}

impl Default for PeopleFeed {
    fn default() -> Self {
        Self { heard: Mutex::default(), forgotten: (0..PARTS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl PeopleFeed {
    /// Notes a sign of life.
    ///
    /// Takes     `since`: begun before the feed was asked.
    pub fn hear(&self, since: Stopwatch) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(since);
    }

    /// The count of a hash's part.
    fn forgotten(&self, hash: &[u8; 32]) -> &AtomicU64 {
        &self.forgotten[usize::from(u16::from_be_bytes([hash[0], hash[1]])) % PARTS]
    }

    /// From now on nothing is heard.
    pub fn lose(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn is_heard(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|heard| heard.elapsed() < HEARD)
    }
}

/// A bounded memory of answers by the hash of what was asked for.
#[derive(Clone)]
pub(crate) struct Remembered<V: Clone + Send + Sync + 'static> {
    entries: moka::sync::Cache<[u8; 32], (V, Stopwatch)>,
    feed: Arc<PeopleFeed>,
}

/// That an answer is being looked for; what is forgotten meanwhile is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    forgotten: u64,
    since: Stopwatch,
}

impl<V: Clone + Send + Sync + 'static> Remembered<V> {
    pub fn new(at_most: u64, feed: Arc<PeopleFeed>) -> Self {
        let entries = moka::sync::Cache::builder().max_capacity(at_most).time_to_live(LIFE).build();
        Self { entries, feed }
    }

    pub fn get(&self, hash: &[u8; 32]) -> Option<V> {
        let (value, since) = self.entries.get(hash)?;
        (since.elapsed() < UNWATCHED || self.feed.is_heard()).then_some(value)
    }

    /// Begins to look for an answer: call it before the database is asked.
    pub fn asking(&self, hash: &[u8; 32]) -> Asking {
        Asking { forgotten: self.feed.forgotten(hash).load(Ordering::SeqCst), since: Stopwatch::start() }
    }

    /// Keeps an answer, unless it was forgotten since it was looked for: it may be older than that change.
    ///
    /// Takes     `asking`: begun for the same hash.
    pub fn keep(&self, hash: [u8; 32], value: V, asking: Asking) {
        self.entries.insert(hash, (value, asking.since));
        if self.feed.forgotten(&hash).load(Ordering::SeqCst) != asking.forgotten {
            self.entries.invalidate(&hash);
        }
    }

    pub fn forget(&self, hash: &[u8; 32]) {
        self.feed.forgotten(hash).fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(hash);
    }

    pub fn forget_all(&self) {
        for part in &self.feed.forgotten {
            part.fetch_add(1, Ordering::SeqCst);
        }
        self.entries.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_read_before_a_change_is_not_kept_after_it() {
        let memory = Remembered::new(10, Arc::default());
        let asking = memory.asking(&[1; 32]);
        memory.forget(&[3; 32]);
        memory.keep([1; 32], "kept", asking);
        assert_eq!(memory.get(&[1; 32]), Some("kept"), "another's change is none of its own");
        let late = memory.asking(&[2; 32]);
        memory.forget(&[2; 32]);
        memory.keep([2; 32], "late", late);
        assert_eq!(memory.get(&[2; 32]), None);
        let late = memory.asking(&[2; 32]);
        memory.forget_all();
        memory.keep([2; 32], "late", late);
        assert_eq!((memory.get(&[1; 32]), memory.get(&[2; 32])), (None, None));
    }

    #[test]
    fn an_entry_that_nobody_watches_over_ends_after_a_second() {
        let (feed, memory) = (Arc::new(PeopleFeed::default()), |feed: &Arc<PeopleFeed>| Remembered::new(10, Arc::clone(feed)));
        let memory = memory(&feed);
        memory.keep([1; 32], 1, memory.asking(&[1; 32]));
        let watch = Stopwatch::start();
        while memory.get(&[1; 32]).is_some() {
            std::thread::yield_now();
        }
        assert!(watch.elapsed() >= Duration::from_millis(900) && watch.elapsed() < Duration::from_secs(30));
        feed.hear(Stopwatch::start());
        assert_eq!(memory.get(&[1; 32]), Some(1), "watched over, it stands");
        feed.lose();
        assert_eq!(memory.get(&[1; 32]), None);
    }
}
