use std::path::Path;
use std::sync::Arc;

use domain::cursor::{CursorError, CursorKey};
use domain::time::Clock;

use super::answer::Answer;
use super::overlay::AvailabilityOverlay;
use super::query::{Invalid, Query};
use crate::index::Fault;

/// Why a search gives no answer.
#[derive(Debug, thiserror::Error)]
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

/// An answer as ready bytes.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub body: Arc<[u8]>,
    /// Strong, with its quotes.
    pub etag: String,
    pub generation: u64,
    pub next_cursor: Option<String>,
}

/// The search side of the catalogue. Clones share everything.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<AvailabilityOverlay>,
}

impl Catalog {
    /// Opens the index in `dir` (`<data-dir>/index`); without any index yet it is not [`ready`](Self::ready), generation 0.
    pub fn open(_dir: &Path, _key: CursorKey, _clock: Clock, _cache_bytes: u64) -> Result<Catalog, Fault> {
        todo!()
    }

    /// Searches, on one of a bounded number of blocking threads.
    pub async fn search(&self, _query: &Query) -> Result<Arc<Answer>, SearchError> {
        todo!()
    }

    /// The same, from the cache of ready bytes if this generation has answered it before; equal questions at once cost one search.
    pub async fn search_cached(&self, _query: &Query, _render: fn(&Answer) -> Vec<u8>) -> Result<Rendered, SearchError> {
        todo!()
    }

    pub fn generation(&self) -> u64 {
        todo!()
    }

    pub fn doc_count(&self) -> u64 {
        todo!()
    }

    pub fn ready(&self) -> bool {
        todo!()
    }

    /// Takes up a new generation or commit, if there is one; searches that run keep the one they began with.
    pub fn reload_if_changed(&self) -> Result<bool, Fault> {
        todo!()
    }

    pub fn overlay(&self) -> &AvailabilityOverlay {
        &self.shared
    }
}
