//! Same key, same answer: the decided outcome is stored in the transaction of its effect.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::BuyerIds;
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

/// Holds one key, under every id that its owner may have used it with, until the request is answered.
#[derive(Debug)]
pub(crate) struct KeyClaim {
    keys: InFlight,
    claimed: Vec<(Uuid, String)>,
}

impl InFlight {
    /// Gives `None` while the same owner's same key is claimed, under whichever of the owner's ids.
    pub(crate) fn claim(&self, owners: &BuyerIds, key: &str) -> Option<KeyClaim> {
        let wanted: Vec<(Uuid, String)> = owners.of_late().map(|owner| (owner.0, key.to_owned())).collect();
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.iter().any(|key| keys.contains(key)) {
            return None;
        }
        keys.extend(wanted.iter().cloned());
        Some(KeyClaim { keys: self.clone(), claimed: wanted })
    }
}

impl Drop for KeyClaim {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.claimed {
            keys.remove(key);
        }
    }
}

/// A command's idempotency key, claimed in this process until the command is answered.
#[derive(Debug)]
pub struct Keyed {
    /// Its outcome is kept under the own id and looked for under those taken over of late, too.
    pub owners: BuyerIds,
    pub key: Idempotency,
    #[allow(dead_code, reason = "dropping it frees the key")]
    pub claim: KeyClaim,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::BuyerId;

    #[test]
    fn a_key_is_claimed_once_until_it_is_dropped() {
        let keys = InFlight::default();
        let [ada, bob, account] = [1, 2, 3].map(|n| BuyerId(Uuid::from_u128(n)));
        let first = keys.claim(&ada.into(), "k").expect("free");
        assert!(keys.claim(&ada.into(), "k").is_none());
        assert!(keys.claim(&bob.into(), "k").is_some(), "another owner's key is another key");
        let signed_in = BuyerIds::new(account, [ada]);
        assert!(keys.claim(&signed_in.clone().with_of_late(0), "k").is_some(), "taken over long ago");
        assert!(keys.claim(&signed_in, "k").is_none(), "the same person's");
        drop(first);
        let again = keys.claim(&signed_in, "k").expect("free");
        assert!(keys.claim(&ada.into(), "k").is_none());
        drop(again);
        assert!(keys.claim(&ada.into(), "k").is_some());
    }
}
