//! The token of a place in an event's queue: who has it may ask after the place, and leave it.
//!
//! A token is `base64url(event ‖ holder ‖ issued at ‖ epoch ‖ number ‖ tag)`: 16, 16, 8 (milliseconds since 1970), 4 and 4 bytes, big
//! endian, and 16 bytes of tag, 86 letters. The tag is HMAC-SHA256 over the rest, cut. So a token proves its place even where the place's
//! row is lost. The secrets are derived from those of the tickets' keys, which all nodes share.

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{BuyerId, EventId};
use crate::signed::secrets::Secrets;

const BODY_BYTES: usize = 48;
/// Makes the secret of tokens out of a ticket key's seed.
const DERIVED: &[u8] = b"boxoffice queue token secret 1\0";
/// Keeps a tag made for a token from meaning anything else.
const CONTEXT: &[u8] = b"boxoffice queue token 1\0";

/// A place in an event's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueToken {
    pub event: EventId,
    /// Who joined.
    pub holder: BuyerId,
    /// A whole millisecond.
    pub issued_at: Timestamp,
    /// Which start of the queue gave the number. One of an earlier start is as good.
    pub epoch: u32,
    /// No two places of an event have one.
    pub number: u32,
}

/// The secrets of tokens: the first one signs, all of them open.
#[derive(Debug, Clone)]
pub struct QueueTokens(Secrets);

impl QueueTokens {
    /// Takes     `seeds`: of the keys that sign tickets, the one that signs now first; at least one.
    pub fn of_seeds(seeds: &[[u8; 32]]) -> Self {
        Self(Secrets::of_seeds(seeds, DERIVED, CONTEXT))
    }

    /// The token as its holder carries it: 86 letters that fit into a path.
    pub fn seal(&self, token: &QueueToken) -> String {
        self.0.seal(&body(token))
    }

    /// Takes what somebody presents, whatever it is. None: nobody here signed it.
    pub fn open(&self, text: &str) -> Option<QueueToken> {
        read(&self.0.open::<BODY_BYTES>(text)?)
    }
}

fn body(token: &QueueToken) -> [u8; BODY_BYTES] {
    let mut body = [0; BODY_BYTES];
    body[..16].copy_from_slice(token.event.0.as_bytes());
    body[16..32].copy_from_slice(token.holder.0.as_bytes());
    body[32..40].copy_from_slice(&token.issued_at.as_millisecond().to_be_bytes());
    body[40..44].copy_from_slice(&token.epoch.to_be_bytes());
    body[44..].copy_from_slice(&token.number.to_be_bytes());
    body
}

fn read(body: &[u8]) -> Option<QueueToken> {
    let id = |at: usize| Uuid::from_slice(body.get(at..at + 16)?).ok();
    let word = |at: usize| Some(u32::from_be_bytes(body.get(at..at + 4)?.try_into().ok()?));
    let millis = i64::from_be_bytes(body.get(32..40)?.try_into().ok()?);
    let issued_at = Timestamp::from_millisecond(millis).ok()?;
    Some(QueueToken { event: EventId(id(0)?), holder: BuyerId(id(16)?), issued_at, epoch: word(40)?, number: word(44)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> QueueToken {
        let id = |n: u128| Uuid::from_u128(n);
        let issued_at = Timestamp::from_millisecond(1_800_000_000_123).expect("an instant");
        QueueToken { event: EventId(id(1)), holder: BuyerId(id(2)), issued_at, epoch: 3, number: 1_048_576 }
    }

    #[test]
    fn a_token_says_what_was_sealed_in_it_and_nobody_else_can_make_one() {
        let tokens = QueueTokens::of_seeds(&[[7; 32]]);
        let text = tokens.seal(&token());
        assert_eq!((text.len(), tokens.open(&text)), (86, Some(token())));
        assert_eq!(QueueTokens::of_seeds(&[[8; 32]]).open(&text), None, "another installation");
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed_and_no_other_text_is_one() {
        let tokens = QueueTokens::of_seeds(&[[7; 32]]);
        let text = tokens.seal(&token());
        for at in 0..text.len() {
            for other in ["A", "B", "_", "="] {
                let mut changed = text.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(tokens.open(&changed).is_some(), changed == text, "{changed}");
            }
        }
        for wrong in ["", "A", &text[1..], &format!("{text}A"), &format!("{text}=="), "é", &"A".repeat(86), &"A".repeat(5_000)] {
            assert_eq!(tokens.open(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_lasts_as_long_as_the_key_that_made_it() {
        let text = QueueTokens::of_seeds(&[[7; 32]]).seal(&token());
        let overlap = QueueTokens::of_seeds(&[[8; 32], [7; 32]]);
        assert_eq!(overlap.open(&text), Some(token()));
        assert_ne!(overlap.seal(&token()), text, "the newer one signs");
    }
}
