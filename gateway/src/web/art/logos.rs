//! The pictures in the heads of tickets, kept as they are drawn, so that ten thousand prints read one once.

use std::sync::Arc;
use std::time::Duration;

use domain::ImageId;
use moka::future::Cache;
use renderer::Logo;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Memory for logos: some hundred, each up to half a megabyte.
const KEPT_BYTES: u64 = 32 << 20;
/// How long one that could not be read is not asked for again.
const MISSED_FOR: Duration = Duration::from_secs(10);
/// How many of those are remembered.
const MISSED: u64 = 10_000;

/// An image at one of its versions: never another picture, nor other words.
pub type Key = (ImageId, i64);

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Its store does not answer: it may another time.
    Away,
    /// It is gone, or cannot be drawn.
    Gone,
}

/// What kept a picture from being read.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Missed {
    pub missing: Missing,
    pub why: String,
}

impl Missed {
    pub fn away(why: impl std::fmt::Display) -> Self {
        Self { missing: Missing::Away, why: why.to_string() }
    }

    pub fn gone(why: impl std::fmt::Display) -> Self {
        Self { missing: Missing::Gone, why: why.to_string() }
    }
}

/// What is kept of logos.
pub struct Logos {
    kept: Cache<Key, Arc<Logo>>,
    missed: Cache<Key, Missing>,
    /// Who decodes one: some 30 MiB meanwhile.
    table: Semaphore,
}

impl Default for Logos {
    fn default() -> Self {
        let weight = |_: &Key, logo: &Arc<Logo>| u32::try_from(logo.bytes()).unwrap_or(u32::MAX);
        Self {
            kept: Cache::builder().weigher(weight).max_capacity(KEPT_BYTES).build(),
            missed: Cache::builder().time_to_live(MISSED_FOR).max_capacity(MISSED).build(),
            table: Semaphore::new(1),
        }
    }
}

impl Logos {
    /// A logo that is kept, or that one of those who ask at the same time reads.
    ///
    /// Refuses   what failed now or shortly before.
    pub async fn get_or(&self, key: Key, read: impl Future<Output = Result<Logo, Missed>>) -> Result<Arc<Logo>, Missing> {
        if let Some(missing) = self.missed.get(&key).await {
            return Err(missing);
        }
        match self.kept.try_get_with(key, async { read.await.map(Arc::new) }).await {
            Ok(logo) => Ok(logo),
            Err(missed) => Err(self.miss(key, &missed).await),
        }
    }

    /// A place to decode one.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.table.acquire().await.ok()
    }

    /// Says that tickets are drawn without one, once a while.
    pub async fn miss(&self, key: Key, missed: &Missed) -> Missing {
        let missing = self.missed.entry(key).or_insert(missed.missing).await;
        if missing.is_fresh() {
            tracing::warn!(%missed, image = %key.0, "tickets lack their organiser's picture");
        }
        missing.into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn drawn() -> Result<Logo, Missed> {
        let (png, alt) = renderer::photo::poster(0).map_err(Missed::gone)?;
        renderer::photo::read(&png).map_err(Missed::gone)?.logo(&alt).map_err(Missed::gone)
    }

    #[tokio::test]
    async fn a_logo_is_read_once_a_version_and_one_that_fails_is_left_alone_for_a_while() {
        let (logos, asked) = (&Logos::default(), &AtomicU32::new(0));
        let id = ImageId(uuid::Uuid::from_u128(7));
        let ask = |version: i64, answer: fn() -> Result<Logo, Missed>| async move {
            let read = async {
                asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                answer()
            };
            logos.get_or((id, version), read).await
        };
        let all = futures::future::join_all((0..20).map(|_| ask(1, drawn))).await;
        assert!(all.iter().all(Result::is_ok) && asked.load(Ordering::SeqCst) == 1);
        for _ in 0..3 {
            assert_eq!(ask(2, || Err(Missed::gone("is broken"))).await.err(), Some(Missing::Gone));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2, "nobody asks for a broken one over and over");
        assert!(ask(3, drawn).await.is_ok() && asked.load(Ordering::SeqCst) == 3, "another version is another picture");
        for _ in 0..3 {
            let away = ask(4, || Err(Missed::away("no answer"))).await.err();
            assert_eq!(
                (away, asked.load(Ordering::SeqCst)),
                (Some(Missing::Away), 4),
                "and it stays known that it may come back"
            );
        }
    }
}
