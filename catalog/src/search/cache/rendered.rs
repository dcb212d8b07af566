//! An answer as ready bytes, and under what it is kept.

use std::sync::Arc;

/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 300;

/// An answer as ready bytes.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub body: Body,
    /// Strong, with its quotes.
    pub etag: Arc<str>,
    pub state: State,
    pub next_cursor: Option<Arc<str>>,
}

/// Bytes that are shared as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// All that an answer depends on beside its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub generation: u64,
    pub commit: u64,
    /// Moves when availability or synonyms do.
    pub badges: u64,
    /// The minute in which it was asked, in seconds since 1970.
    pub minute: i64,
}

/// The question and the state.
pub type CacheKey = (Arc<str>, State);

impl Rendered {
    pub fn weight(&self, question_bytes: usize) -> u32 {
        let cursor = self.next_cursor.as_ref().map_or(0, |cursor| cursor.len());
        u32::try_from(question_bytes + self.body.as_ref().len() + cursor + ENTRY_BYTES).unwrap_or(u32::MAX)
    }
}
