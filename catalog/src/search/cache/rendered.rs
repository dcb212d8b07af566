//! An answer as ready bytes, and under what it is kept.

use std::sync::Arc;

/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 300;

/// An answer as ready bytes.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub body: Arc<[u8]>,
    /// Strong, with its quotes.
    pub etag: Arc<str>,
    pub state: State,
    pub next_cursor: Option<Arc<str>>,
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
        u32::try_from(question_bytes + self.body.len() + cursor + ENTRY_BYTES).unwrap_or(u32::MAX)
    }
}
