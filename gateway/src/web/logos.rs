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

/// What is kept of logos.
pub struct Logos {
    kept: Cache<Key, Arc<Logo>>,
    missed: Cache<Key, ()>,
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
    /// A logo that is kept, or that one of those who ask at the same time reads; none where that failed now or shortly before.
    pub async fn get_or<E: std::fmt::Display + Send + Sync + 'static>(
        &self,
        key: Key,
        read: impl Future<Output = Result<Logo, E>>,
    ) -> Option<Arc<Logo>> {
        if self.missed.contains_key(&key) {
            return None;
        }
        match self.kept.try_get_with(key, async { read.await.map(Arc::new) }).await {
            Ok(logo) => Some(logo),
            Err(fault) => {
                self.miss(key, &*fault).await;
                None
            }
        }
    }

    /// A place to decode one.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.table.acquire().await.ok()
    }

    /// Says that tickets are drawn without one, once a while.
    pub async fn miss(&self, key: Key, fault: &impl std::fmt::Display) {
        if self.missed.entry(key).or_insert(()).await.is_fresh() {
            tracing::warn!(%fault, image = %key.0, "tickets are drawn without their organiser's picture");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn drawn() -> Result<Logo, String> {
        let (png, alt) = renderer::photo::poster(0).map_err(|fault| fault.to_string())?;
        let photo = renderer::photo::read(&png).map_err(|fault| fault.to_string())?;
        photo.logo(&alt).map_err(|fault| fault.to_string())
    }

    #[tokio::test]
    async fn a_logo_is_read_once_a_version_and_one_that_fails_is_left_alone_for_a_while() {
        let (logos, asked) = (&Logos::default(), &AtomicU32::new(0));
        let id = ImageId(uuid::Uuid::from_u128(7));
        let ask = |version: i64, answer: fn() -> Result<Logo, String>| async move {
            let read = async {
                asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                answer()
            };
            logos.get_or((id, version), read).await
        };
        let all = futures::future::join_all((0..20).map(|_| ask(1, drawn))).await;
        assert!(all.iter().all(Option::is_some) && asked.load(Ordering::SeqCst) == 1);
        let broken = || Err("is broken".to_owned());
        for _ in 0..3 {
            assert!(ask(2, broken).await.is_none());
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2, "nobody asks for a broken one over and over");
        assert!(ask(3, drawn).await.is_some() && asked.load(Ordering::SeqCst) == 3, "another version is another picture");
    }
}
