//! Secrets for short tags, derived from those of the tickets' keys: what one node signed, any other knows, as long as the key is kept.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

pub const TAG_BYTES: usize = 16;

/// HMAC-SHA256 over a context and parts of fixed lengths, cut.
pub type Tag = [u8; TAG_BYTES];

/// The secrets of one use: the first one signs, all of them are believed.
#[derive(Clone)]
pub struct Secrets {
    secrets: Arc<[[u8; 32]]>,
    /// Keeps a tag made for one use from meaning anything in another.
    context: &'static [u8],
}

impl Secrets {
    /// Takes     `seeds`: of the keys that sign tickets, the one that signs now first; at least one.  `derived`: makes the secrets of this
    ///           use out of them.
    pub fn of_seeds(seeds: &[[u8; 32]], derived: &'static [u8], context: &'static [u8]) -> Self {
        Self { secrets: seeds.iter().map(|seed| mac(seed, &[derived])).collect(), context }
    }

    pub fn tag(&self, parts: &[&[u8]]) -> Tag {
        let secret = self.secrets.first().unwrap_or_else(|| unreachable!("there is a secret"));
        self.tag_by(secret, parts)
    }

    /// Whether one of the secrets made the tag. Takes as long for a tag that is wrong in its first byte as in its last.
    pub fn made(&self, tag: &Tag, parts: &[&[u8]]) -> bool {
        let same = |secret: &[u8; 32]| self.tag_by(secret, parts).ct_eq(tag);
        // at most one of them made it: | and ^ say the same
        self.secrets.iter().fold(Choice::from(0), |any, secret| any | same(secret)).into()
    }

    /// The body and its tag as text that fits into a path, a header and a cookie.
    pub fn seal(&self, body: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([body, &self.tag(&[body])].concat())
    }

    /// The body of a text that was sealed here; none for any other text.
    pub fn open<const BODY: usize>(&self, text: &str) -> Option<[u8; BODY]> {
        if Some(text.len()) != base64::encoded_len(BODY + TAG_BYTES, false) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_first_chunk()?;
        self.made(tag.try_into().ok()?, &[body]).then_some(*body)
    }

    fn tag_by(&self, secret: &[u8; 32], parts: &[&[u8]]) -> Tag {
        let full = mac(secret, &[&[self.context], parts].concat());
        std::array::from_fn(|at| full[at])
    }
}

fn mac(secret: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
