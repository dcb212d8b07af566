//! Questions that were asked lately, each with its answer, or with the search that is making it: equal questions at once cost one.
//!
//! Most questions are asked once, and an answer is some twenty kilobytes: only what is asked for again goes into the cache proper.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::rendered::{CacheKey, Rendered};

/// So many questions are known at the most; a newer one takes the place of one that happens to share it.
const PLACES: usize = 128;

/// The answer to one question: there is one, or whoever comes first makes it and the others wait.
pub type Answering = Arc<OnceCell<Rendered>>;

pub struct Asked {
    places: Box<[Mutex<Option<Question>>]>,
    hasher: RandomState,
}

struct Question {
    key: CacheKey,
    answering: Answering,
    again: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl Asked {
    /// Notes that a question is asked.
    ///
    /// Gives     its answer, and whether it is asked for the second time.
    pub fn note(&self, key: &CacheKey) -> (Answering, bool) {
        let mut place = self.place(key);
        match place.as_mut().filter(|question| question.key == *key) {
            Some(question) => {
                let second = !std::mem::replace(&mut question.again, true);
                (Arc::clone(&question.answering), second)
            }
            None => {
                let answering = Answering::default();
                *place = Some(Question { key: key.clone(), answering: Arc::clone(&answering), again: false });
                (answering, false)
            }
        }
    }

    /// The ready answer to a question that was asked before.
    pub fn answer(&self, key: &CacheKey) -> Option<Rendered> {
        self.place(key).as_ref().filter(|question| question.key == *key)?.answering.get().cloned()
    }

    fn place(&self, key: &CacheKey) -> std::sync::MutexGuard<'_, Option<Question>> {
        let at = self.hasher.hash_one(key) as usize % PLACES;
        self.places[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
