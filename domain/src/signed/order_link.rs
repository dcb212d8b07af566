//! The key of an order's own link: who has it may read the order and its tickets, on any device.
//!
//! A key is `base64url(HMAC-SHA256(secret, context ‖ order ‖ generation))` cut to 16 bytes: 22 letters. It holds nothing that could be
//! read; the generation stands in the order's row, and raising it revokes every key that was given out before. The secrets are derived
//! from those of the tickets' keys, since a link has to last as long as the tickets that it shows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::OrderId;
use crate::signed::secrets::{Secrets, TAG_BYTES, Tag};

/// Makes the secret of links out of a ticket key's seed.
const DERIVED: &[u8] = b"boxoffice order link secret 1\0";
/// Keeps a tag made for a link from meaning anything else.
const CONTEXT: &[u8] = b"boxoffice order link 1\0";

/// The secrets of links: the first one signs, all of them open.
#[derive(Debug, Clone)]
pub struct OrderLinks(Secrets);

/// A key as somebody presents it, with what it is checked against.
#[derive(Clone)]
pub struct PresentedLink {
    /// None for what cannot be a key.
    tag: Option<Tag>,
    links: OrderLinks,
}

impl OrderLinks {
    /// Takes     `seeds`: of the keys that sign tickets, the one that signs now first; at least one.
    pub fn of_seeds(seeds: &[[u8; 32]]) -> Self {
        Self(Secrets::of_seeds(seeds, DERIVED, CONTEXT))
    }

    /// The key of an order's link in this generation.
    pub fn key(&self, order: OrderId, generation: u32) -> String {
        URL_SAFE_NO_PAD.encode(self.0.tag(&parts(&order, &generation.to_be_bytes())))
    }

    /// Takes what somebody presents as a key, whatever it is.
    pub fn presented(&self, key: &str) -> PresentedLink {
        let mut bytes = [0; TAG_BYTES];
        let whole = URL_SAFE_NO_PAD.decode_slice(key, &mut bytes) == Ok(TAG_BYTES);
        PresentedLink { tag: whole.then_some(bytes), links: self.clone() }
    }
}

impl PresentedLink {
    /// Whether it opens this order in this generation. Takes as long for a key that is wrong in its first letter as in its last.
    pub fn opens(&self, order: OrderId, generation: u32) -> bool {
        let Some(presented) = &self.tag else { return false };
        self.links.0.made(presented, &parts(&order, &generation.to_be_bytes()))
    }
}

fn parts<'a>(order: &'a OrderId, generation: &'a [u8; 4]) -> [&'a [u8]; 2] {
    [order.0.as_bytes(), generation]
}

impl std::fmt::Debug for PresentedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn order(n: u128) -> OrderId {
        OrderId(Uuid::from_u128(n))
    }

    #[test]
    fn a_key_opens_its_order_in_its_generation_and_nothing_else() {
        let links = OrderLinks::of_seeds(&[[7; 32]]);
        let key = links.key(order(1), 1);
        assert_eq!((key.len(), links.key(order(1), 1)), (22, key.clone()), "short, and the same each time");
        let presented = links.presented(&key);
        assert!(presented.opens(order(1), 1));
        assert!(!presented.opens(order(2), 1), "another order");
        assert!(!presented.opens(order(1), 2), "revoked");
        assert!(!OrderLinks::of_seeds(&[[8; 32]]).presented(&key).opens(order(1), 1), "another installation");
    }

    #[test]
    fn no_letter_of_a_key_can_be_changed_and_no_other_text_is_one() {
        let links = OrderLinks::of_seeds(&[[7; 32]]);
        let key = links.key(order(1), 1);
        for at in 0..key.len() {
            for other in ["A", "B", "_", "="] {
                let mut changed = key.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(links.presented(&changed).opens(order(1), 1), changed == key, "{changed}");
            }
        }
        for wrong in ["", "A", &key[1..], &format!("{key}A"), &format!("{key}=="), "é", &"A".repeat(5_000)] {
            assert!(!links.presented(wrong).opens(order(1), 1), "{wrong}");
        }
    }

    #[test]
    fn a_link_lasts_as_long_as_the_ticket_key_that_made_it() {
        let key = OrderLinks::of_seeds(&[[7; 32]]).key(order(1), 1);
        let overlap = OrderLinks::of_seeds(&[[8; 32], [7; 32]]);
        assert!(overlap.presented(&key).opens(order(1), 1));
        assert_ne!(overlap.key(order(1), 1), key, "the newer one signs");
        assert!(!OrderLinks::of_seeds(&[[8; 32]]).presented(&key).opens(order(1), 1));
    }
}
