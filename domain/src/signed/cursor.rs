//! Paging cursors: opaque, signed, bound to their query.
//!
//! A cursor is `base64url(query fingerprint ‖ position ‖ tag)`; the tag is HMAC-SHA256 cut to 16 bytes (RFC 2104, section 5), so a
//! flipped bit and a cursor of another query are told apart.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const FINGERPRINT_BYTES: usize = 8;
const TAG_BYTES: usize = 16;
const MAX_TOKEN_BYTES: usize = 4096;

/// Why a cursor is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    #[error("the cursor is broken or was not made here")]
    Invalid,
    #[error("the cursor belongs to another query")]
    Mismatch,
}

/// The installation's secrets that sign cursors: the first one signs, all of them open. Clones turn together.
#[derive(Clone)]
pub struct CursorKey(Arc<RwLock<Vec<[u8; 32]>>>);

impl CursorKey {
    pub fn new(secret: [u8; 32]) -> Self {
        Self::ring(vec![secret])
    }

    /// Takes     `secrets`: at least one.
    pub fn ring(secrets: Vec<[u8; 32]>) -> Self {
        Self(Arc::new(RwLock::new(secrets)))
    }

    /// Uses other secrets from now on: what none of them signed is refused.
    pub fn turn(&self, secrets: Vec<[u8; 32]>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = secrets;
    }

    /// Seals a position within the results of `query` (any canonical spelling of it, without the cursor itself).
    pub fn seal<P: Serialize>(&self, query: &str, position: &P) -> String {
        let mut bytes = fingerprint(query).to_vec();
        serde_json::to_writer(&mut bytes, position).unwrap_or_else(|fault| unreachable!("a position is plain data: {fault}"));
        let secret = self.secrets().first().copied().unwrap_or_else(|| unreachable!("a ring has a secret"));
        let tag = tag(&secret, &bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens what [`Self::seal`] made for the same query.
    pub fn open<P: DeserializeOwned>(&self, query: &str, token: &str) -> Result<P, CursorError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(CursorError::Invalid);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| CursorError::Invalid)?;
        let at = bytes.len().checked_sub(TAG_BYTES).ok_or(CursorError::Invalid)?;
        let (signed, found) = bytes.split_at(at);
        if !self.secrets().iter().any(|secret| bool::from(tag(secret, signed).ct_eq(found))) {
            return Err(CursorError::Invalid);
        }
        let (made_for, position) = signed.split_at_checked(FINGERPRINT_BYTES).ok_or(CursorError::Invalid)?;
        if made_for != fingerprint(query) {
            return Err(CursorError::Mismatch);
        }
        serde_json::from_slice(position).map_err(|_| CursorError::Invalid)
    }

    fn secrets(&self) -> RwLockReadGuard<'_, Vec<[u8; 32]>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tag(secret: &[u8; 32], bytes: &[u8]) -> [u8; TAG_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(bytes);
    let full = mac.finalize().into_bytes();
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&full[..TAG_BYTES]);
    tag
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

fn fingerprint(query: &str) -> [u8; FINGERPRINT_BYTES] {
    let digest = Sha256::digest(query.as_bytes());
    let mut short = [0; FINGERPRINT_BYTES];
    short.copy_from_slice(&digest[..FINGERPRINT_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> CursorKey {
        CursorKey::new([7; 32])
    }

    proptest! {
        #[test]
        fn a_cursor_opens_to_what_was_sealed(query in ".{0,40}", position: (u64, String)) {
            let token = key().seal(&query, &position);
            prop_assert_eq!(key().open::<(u64, String)>(&query, &token), Ok(position));
        }

        #[test]
        fn one_flipped_bit_is_invalid(at in 0_usize..200, bit in 0_u8..8) {
            let token = key().seal("q=a", &(42_u64, "position"));
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
            let index = at % bytes.len();
            bytes[index] ^= 1 << bit;
            let flipped = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(key().open::<(u64, String)>("q=a", &flipped), Err(CursorError::Invalid));
        }
    }

    #[test]
    fn an_old_secret_opens_until_it_leaves_the_ring() {
        let key = key();
        let (clone, token) = (key.clone(), key.seal("q=a", &1_u64));
        key.turn(vec![[8; 32], [7; 32]]);
        assert_eq!(clone.open::<u64>("q=a", &token), Ok(1));
        let newer = clone.seal("q=a", &2_u64);
        assert_eq!(CursorKey::new([8; 32]).open::<u64>("q=a", &newer), Ok(2), "the first one signs");
        key.turn(vec![[8; 32]]);
        assert_eq!(clone.open::<u64>("q=a", &token), Err(CursorError::Invalid));
    }

    #[test]
    fn a_cursor_is_opened_up_to_the_length_that_one_may_have() {
        let mut position = "x".to_owned();
        while key().seal("q=a", &position).len() < MAX_TOKEN_BYTES {
            position.push('x');
        }
        let longest = key().seal("q=a", &position);
        assert_eq!((longest.len(), key().open::<String>("q=a", &longest)), (MAX_TOKEN_BYTES, Ok(position.clone())));
        position.push_str("xx");
        assert_eq!(key().open::<String>("q=a", &key().seal("q=a", &position)), Err(CursorError::Invalid));
    }

    #[test]
    fn another_query_is_a_mismatch_and_another_key_is_invalid() {
        let token = key().seal("q=a", &1_u64);
        assert_eq!(key().open::<u64>("q=b", &token), Err(CursorError::Mismatch));
        assert_eq!(CursorKey::new([8; 32]).open::<u64>("q=a", &token), Err(CursorError::Invalid));
        for wrong in ["", "A", "%%%", &"A".repeat(5_000)] {
            assert_eq!(key().open::<u64>("q=a", wrong), Err(CursorError::Invalid));
        }
    }
}
