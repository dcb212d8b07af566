//! Passwords as argon2id strings, hashed a few at a time: a flood of logins must not take the processor from the desks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Fault, PeopleError};
use crate::model::password;

/// Memory of one hash, in KiB. Source: OWASP Password Storage Cheat Sheet, argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes that may wait for a place.
const QUEUE: usize = 64;
/// What who finds the queue full is told.
const COME_BACK: Duration = Duration::from_secs(2);

/// A hash that no password has, of the same cost: what the password of an unknown address is compared with.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Tm9ib2R5J3MgYWNjb3VudA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The pool in which passwords are hashed.
#[derive(Clone)]
pub struct Hasher {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    done: Arc<AtomicU64>,
}

impl Hasher {
    /// Takes     `places`: hashes at once; each takes 19 MiB and one processor for some 20 ms.
    pub fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))), waiting: Arc::default(), done: Arc::default() }
    }

    /// Half of the machine's processors, at least one.
    pub fn places() -> usize {
        std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2).max(1)
    }

    /// Hashes done since the start: equal answers must cost equal work.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Hashes a password again that was good before.
    ///
    /// Refuses   Busy when all places are taken and 64 wait.
    pub async fn hash(&self, password: String) -> Result<String, PeopleError> {
        let done = Arc::clone(&self.done);
        self.run(move || hashed(&password, &done)).await?
    }

    /// Checks and hashes a new password; the check takes as long as a hash, so it has its place among them.
    ///
    /// Takes     `own`: the account's e-mail and name, of which it shall not be made.
    /// Refuses   invalid; Busy when all places are taken and 64 wait.
    pub async fn hash_new(&self, password: String, own: [String; 2]) -> Result<String, PeopleError> {
        let done = Arc::clone(&self.done);
        let work = move || {
            let checked = password::check(&password, &[&own[0], &own[1]]);
            checked.map_err(|why| PeopleError::invalid("password", why))?;
            hashed(&password, &done)
        };
        self.run(work).await?
    }

    /// Whether a password is the one that was hashed; for no hash at all it costs the same and says no.
    pub async fn verify(&self, password: String, hashed: Option<String>) -> Result<bool, PeopleError> {
        let done = Arc::clone(&self.done);
        self.run(move || {
            done.fetch_add(1, Ordering::SeqCst);
            let known = PasswordHash::new(hashed.as_deref().unwrap_or(NOBODY)).ok();
            let fits = known.is_some_and(|known| argon2().verify_password(password.as_bytes(), &known).is_ok());
            fits && hashed.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PeopleError> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => {
                let _waiting = Waiting::enter(&self.waiting)?;
                Arc::clone(&self.places).acquire_owned().await.map_err(|error| Fault::Hash(error.to_string()))?
            }
        };
        // the place goes with the thread: who hangs up does not free it for another before the work is over
        let worked = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        worked.await.map_err(|error| Fault::Hash(error.to_string()).into())
    }
}

/// One that waits for a place; leaves when it has one or hangs up.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn enter(waiting: &Arc<AtomicUsize>) -> Result<Self, PeopleError> {
        let me = Self(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::SeqCst) < QUEUE { Ok(me) } else { Err(PeopleError::Busy { retry_after: COME_BACK }) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether a hash was made with other parameters than are used now: it is made anew when its password is next entered.
pub fn is_outdated(hashed: &str) -> bool {
    let current = format!("$argon2id$v={}$m={MEMORY_KIB},t={PASSES},p={LANES}$", Version::V0x13 as u32);
    !hashed.starts_with(&current)
}

fn hashed(password: &str, done: &AtomicU64) -> Result<String, PeopleError> {
    done.fetch_add(1, Ordering::SeqCst);
    let hash = argon2().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| Fault::Hash(error.to_string()).into())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.unwrap_or_else(|fault| unreachable!("the parameters are constants: {fault}"));
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hasher = Hasher::new(1);
        let hashed = hasher.hash("correct horse battery".into()).await.expect("hashed");
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        let fits = |password: &str, hashed: Option<String>| hasher.verify(password.to_owned(), hashed);
        assert!(fits("correct horse battery", Some(hashed.clone())).await.expect("checked"));
        assert!(!fits("correct horse battery ", Some(hashed.clone())).await.expect("checked"));
        assert!(!fits("correct horse battery", None).await.expect("checked"));
        assert!(!fits("correct horse battery", Some("nonsense".into())).await.expect("checked"));
        assert_eq!(hasher.done(), 5);
        assert_ne!(hashed, hasher.hash("correct horse battery".into()).await.expect("hashed"), "each has its own salt");
    }

    #[test]
    fn only_other_parameters_are_outdated() {
        assert!(PasswordHash::new(NOBODY).is_ok() && !is_outdated(NOBODY));
        for old in ["$argon2id$v=19$m=9216,t=4,p=1$c2FsdA$aGFzaA", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", ""] {
            assert!(is_outdated(old), "{old}");
        }
    }

    /// The one place is held open, so that the outcome does not hang on how quick anything is.
    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_and_who_hangs_up_leaves_it() {
        let hasher = Hasher::new(1);
        let place = Arc::clone(&hasher.places).acquire_owned().await.expect("the place");
        let wait = || {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify("x".into(), None).await })
        };
        let waiters: Vec<_> = (0..QUEUE).map(|_| wait()).collect();
        while hasher.waiting.load(Ordering::SeqCst) < QUEUE {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.verify("x".into(), None).await, Err(PeopleError::Busy { .. })));
        let weak = hasher.hash_new("short".into(), [String::new(), String::new()]).await;
        assert!(matches!(weak, Err(PeopleError::Busy { .. })), "a check waits for a place too: {weak:?}");
        assert_eq!(hasher.done(), 0, "nothing was hashed for who was sent away");
        for waiter in waiters {
            waiter.abort();
            let _ = waiter.await;
        }
        assert_eq!(hasher.waiting.load(Ordering::SeqCst), 0);
        drop(place);
        assert!(!hasher.verify("x".into(), None).await.expect("checked"));
        let weak = hasher.hash_new("short".into(), [String::new(), String::new()]).await;
        assert!(matches!(weak, Err(PeopleError::Invalid { field: "password", .. })), "{weak:?}");
        assert_eq!(hasher.done(), 1, "what is refused is not hashed");
    }
}
