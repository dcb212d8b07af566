//! The open catalogue: the live snapshot, the badges, the cache, and the threads that search.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::cursor::{CursorError, CursorKey};
use domain::time::Clock;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::cache::{Cache, Rendered, State};
use super::order::Position;
use super::overlay::AvailabilityOverlay;
use super::query::{Invalid, Query};
use super::snapshot::{Generation, Snapshot};
use super::{hits, run};
use crate::index::{Fault, generation};

/// Why a search gives no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error("there is no index yet; `boxoffice reindex` builds it")]
    NotReady,
    #[error(transparent)]
    Fault(Arc<Fault>),
}

impl From<Fault> for SearchError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Arc::new(fault))
    }
}

/// The search side of the catalogue. Clones share everything.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    key: CursorKey,
    clock: Clock,
    live: RwLock<Option<Arc<Snapshot>>>,
    /// Held while a new state is opened, so that two reloads do not race.
    generation: Mutex<Option<Generation>>,
    overlay: AvailabilityOverlay,
    cache: Cache,
    /// As many searches at once as there are processors: more would only take turns.
    seats: Semaphore,
}

impl Catalog {
    /// Opens the index in `dir` (`<data-dir>/index`); without any index yet it is not [`ready`](Self::ready), generation 0.
    ///
    /// Refuses   a torn index: the message names the command that repairs it.
    pub fn open(dir: &Path, key: CursorKey, clock: Clock, cache_bytes: u64) -> Result<Catalog, Fault> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let shared = Shared {
            dir: dir.to_owned(),
            key,
            clock,
            live: RwLock::new(None),
            generation: Mutex::new(None),
            overlay: AvailabilityOverlay::default(),
            cache: Cache::new(cache_bytes),
            seats: Semaphore::new(threads.max(2)),
        };
        let catalog = Catalog { shared: Arc::new(shared) };
        catalog.reload_if_changed()?;
        Ok(catalog)
    }

    /// Searches, on one of a bounded number of blocking threads.
    pub async fn search(&self, query: &Query) -> Result<Arc<Answer>, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let position = Position::open(&self.shared.key, query)?;
        self.search_in(snapshot, query.clone(), position).await.map(Arc::new)
    }

    /// The same, from the cache of ready bytes if this state of the index has answered it before; equal questions at once cost one
    /// search.
    pub async fn search_cached(&self, query: &Query, render: fn(&Answer) -> Vec<u8>) -> Result<Rendered, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let position = Position::open(&self.shared.key, query)?;
        let state = self.state_of(&snapshot);
        let key = (query.answer_text(), state, render as usize);
        self.shared.cache.get(key, async { Ok((self.search_in(snapshot, query.clone(), position).await?, render)) }).await
    }

    /// The state of which answers speak now: equal questions in equal states have equal answers. None before the first generation.
    pub fn state(&self) -> Option<State> {
        self.snapshot().map(|snapshot| self.state_of(&snapshot))
    }

    fn state_of(&self, snapshot: &Snapshot) -> State {
        State {
            generation: snapshot.generation,
            commit: snapshot.opstamp,
            badges: self.shared.overlay.epoch(),
            minute: self.minute().as_second(),
        }
    }

    async fn search_in(&self, snapshot: Arc<Snapshot>, query: Query, position: Option<Position>) -> Result<Answer, SearchError> {
        let _seat = self.shared.seats.acquire().await.map_err(|_| SearchError::NotReady)?;
        let (catalog, now) = (self.clone(), self.minute());
        let searched = tokio::task::spawn_blocking(move || catalog.answer(&snapshot, &query, position.as_ref(), now)).await;
        Ok(searched.map_err(|fault| Fault::Internal(format!("a search broke off: {fault}")))??)
    }

    /// Searches on this thread.
    fn answer(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        position: Option<&Position>,
        minute: Timestamp,
    ) -> Result<Answer, Fault> {
        let now = position.map_or(minute, |position| Timestamp::from_second(position.now).unwrap_or(minute));
        let found = run::search(snapshot, query, now, position, &self.shared.overlay.badges())?;
        let items = hits::hits(snapshot, &found, &self.shared.overlay, minute)?;
        let last = found.page.last().filter(|_| found.more);
        let next_cursor = last.map(|place| {
            let (name, weights) = (place.name.clone(), found.weights.clone());
            Position { after: place.key, name, now: now.as_second(), stage: found.stage, weights }.seal(&self.shared.key, query)
        });
        Ok(Answer { items, total: found.total, facets: found.facets, next_cursor, generation: snapshot.generation })
    }

    /// The time of which answers speak: whole minutes, so that they can be cached.
    fn minute(&self) -> Timestamp {
        let second = self.shared.clock.now().as_second();
        Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shared.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The live generation; 0 before the first.
    pub fn generation(&self) -> u64 {
        self.snapshot().map_or(0, |snapshot| snapshot.generation)
    }

    /// Documents of all kinds that can be found.
    pub fn doc_count(&self) -> u64 {
        self.snapshot().map_or(0, |snapshot| snapshot.docs)
    }

    /// How many segments a search walks.
    pub fn segment_count(&self) -> usize {
        self.snapshot().map_or(0, |snapshot| snapshot.segments.len())
    }

    pub fn ready(&self) -> bool {
        self.snapshot().is_some()
    }

    /// Takes up a new generation or commit, if there is one; searches that run keep the one they began with.
    ///
    /// Gives     whether anything changed. On a fault the old state stays live.
    pub fn reload_if_changed(&self) -> Result<bool, Fault> {
        let mut held = self.shared.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(number) = generation::current(&self.shared.dir)? else { return Ok(false) };
        if held.as_ref().is_none_or(|open| open.number != number) {
            let open = Generation::open(&self.shared.dir, number)?;
            self.publish(open.snapshot(None)?);
            *held = Some(open);
            return Ok(true);
        }
        let Some(open) = held.as_ref() else { return Ok(false) };
        let before = self.snapshot();
        if before.as_ref().is_some_and(|before| open.latest_opstamp().is_ok_and(|opstamp| opstamp == before.opstamp)) {
            return Ok(false);
        }
        self.publish(open.snapshot(before.as_deref())?);
        Ok(true)
    }

    fn publish(&self, snapshot: Snapshot) {
        metrics::gauge!("catalog_generation").set(snapshot.generation as f64);
        metrics::gauge!("catalog_documents").set(snapshot.docs as f64);
        metrics::gauge!("catalog_segments").set(snapshot.segments.len() as f64);
        *self.shared.live.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }

    pub fn overlay(&self) -> &AvailabilityOverlay {
        &self.shared.overlay
    }
}
