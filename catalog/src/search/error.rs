//! Why a search gives no answer.

use std::sync::Arc;

use domain::Invalid;
use domain::cursor::CursorError;

use crate::index::Fault;

/// Why a search gives no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error("there is no index yet; `boxoffice reindex` builds it")]
    NotReady,
    /// Every thread searches, and the line before them is full.
    #[error("too many searches wait for a thread")]
    Busy,
    /// One address has as many searches under way as it may have.
    #[error("{most} searches of one address are under way")]
    TooMany { most: usize },
    #[error(transparent)]
    Fault(Arc<Fault>),
}

impl From<Fault> for SearchError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Arc::new(fault))
    }
}
