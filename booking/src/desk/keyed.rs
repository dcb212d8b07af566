//! Same key, same answer: the decided outcome is stored in the transaction of its effect.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// The caller's key, and a hash of everything that makes the request (path, body) so that another request is told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// 1..=255 visible ASCII characters.
    pub key: String,
    pub fingerprint: [u8; 32],
}

/// An outcome, and whether it was decided now or read back for a key seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided<T> {
    pub value: T,
    pub replayed: bool,
}

/// Keys whose request is running in this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<(Uuid, String)>>>);

/// Holds one key until the request is answered.
#[derive(Debug)]
pub(crate) struct Claim {
    keys: InFlight,
    key: (Uuid, String),
}

impl InFlight {
    /// Gives `None` while the same owner's same key is claimed.
    pub(crate) fn claim(&self, owner: Uuid, key: &str) -> Option<Claim> {
        let key = (owner, key.to_owned());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.clone()).then(|| Claim { keys: self.clone(), key })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// A command's idempotency key, claimed in this process until the command is answered.
#[derive(Debug)]
pub struct Keyed {
    pub owner: Uuid,
    pub key: Idempotency,
    #[allow(dead_code, reason = "dropping it frees the key")]
    pub claim: Claim,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_claimed_once_until_it_is_dropped() {
        let keys = InFlight::default();
        let first = keys.claim(Uuid::nil(), "k").expect("free");
        assert!(keys.claim(Uuid::nil(), "k").is_none());
        assert!(keys.claim(Uuid::max(), "k").is_some(), "another owner's key is another key");
        drop(first);
        assert!(keys.claim(Uuid::nil(), "k").is_some());
    }
}
