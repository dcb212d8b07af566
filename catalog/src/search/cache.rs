//! Answers as ready bytes, under the question's normal spelling and the state of the index: a new state makes all older entries
//! unreachable at once, and nothing else has to.

use std::future::Future;
use std::sync::Arc;

use moka::future::Cache as Moka;
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::catalog::SearchError;

/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 200;

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

/// The question, the state, and which rendering.
pub type CacheKey = (String, State, usize);

pub struct Cache(Moka<CacheKey, Rendered>);

impl Cache {
    /// Holds at most so many bytes; the least used go first.
    pub fn new(bytes: u64) -> Self {
        let weigh =
            |key: &CacheKey, value: &Rendered| u32::try_from(key.0.len() + value.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX);
        Self(Moka::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// Gives the entry or makes it once, however many ask at the same time.
    pub async fn get(
        &self,
        key: CacheKey,
        search: impl Future<Output = Result<(Answer, fn(&Answer) -> Vec<u8>), SearchError>>,
    ) -> Result<Rendered, SearchError> {
        let mut missed = false;
        let state = key.1;
        let made = self.0.try_get_with(key, async {
            missed = true;
            let (answer, render) = search.await?;
            Ok::<_, SearchError>(rendered(&answer, state, render))
        });
        let result = made.await.map_err(|fault| SearchError::clone(&fault));
        metrics::counter!("catalog_search_cache_total", "outcome" => if missed { "miss" } else { "hit" }).increment(1);
        result
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

fn rendered(answer: &Answer, state: State, render: fn(&Answer) -> Vec<u8>) -> Rendered {
    let body = render(answer);
    let digest = Sha256::digest(&body);
    let hex = digest[..16].iter().fold(String::with_capacity(34), |hex, byte| hex + &format!("{byte:02x}"));
    Rendered {
        body: body.into(),
        etag: format!("\"{hex}\"").into(),
        state,
        next_cursor: answer.next_cursor.as_deref().map(Arc::from),
    }
}
