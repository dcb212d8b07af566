//! The pass: the signed word that lets a buyer from an event's queue into booking, which believes it without asking the queue.
//!
//! A pass is `base64url(event ‖ holder ‖ id ‖ expires at ‖ tag)`: 16, 16, 16, 8 (milliseconds since 1970, big endian) and 16 bytes, 96
//! letters. The tag is HMAC-SHA256 over the rest, cut to 16 bytes. The secrets are derived from those of the tickets' keys, which all
//! nodes share: what one of them signed, any other opens, as long as the key is kept.

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{BuyerId, EventId, PassId};
use crate::signed::secrets::Secrets;

const BODY_BYTES: usize = 56;
/// Makes the secret of passes out of a ticket key's seed.
const DERIVED: &[u8] = b"boxoffice pass secret 1\0";
/// Keeps a tag made for a pass from meaning anything else.
const CONTEXT: &[u8] = b"boxoffice pass 1\0";

/// Who may hold places, at which event, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pass {
    pub event: EventId,
    pub holder: BuyerId,
    /// No two passes have one.
    pub id: PassId,
    /// A whole millisecond.
    pub expires_at: Timestamp,
}

/// A text that somebody presents as a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresentedPass {
    /// We signed it. Whether it fits the event, the buyer and the hour is for whom it is shown to.
    Signed(Pass),
    /// Nobody here signed this.
    Forged,
}

/// The secrets of passes: the first one signs, all of them open.
#[derive(Debug, Clone)]
pub struct Passes(Secrets);

impl Passes {
    /// Takes     `seeds`: of the keys that sign tickets, the one that signs now first; at least one.
    pub fn of_seeds(seeds: &[[u8; 32]]) -> Self {
        Self(Secrets::of_seeds(seeds, DERIVED, CONTEXT))
    }

    /// The pass as its holder carries it: 96 letters that fit into a header, a form and a cookie.
    pub fn seal(&self, pass: &Pass) -> String {
        self.0.seal(&body(pass))
    }

    /// Takes what somebody presents, whatever it is.
    pub fn open(&self, text: &str) -> PresentedPass {
        let body = self.0.open::<BODY_BYTES>(text);
        body.and_then(|body| read(&body)).map_or(PresentedPass::Forged, PresentedPass::Signed)
    }
}

fn body(pass: &Pass) -> [u8; BODY_BYTES] {
    let mut body = [0; BODY_BYTES];
    body[..16].copy_from_slice(pass.event.0.as_bytes());
    body[16..32].copy_from_slice(pass.holder.0.as_bytes());
    body[32..48].copy_from_slice(pass.id.0.as_bytes());
    body[48..].copy_from_slice(&pass.expires_at.as_millisecond().to_be_bytes());
    body
}

fn read(body: &[u8]) -> Option<Pass> {
    let id = |at: usize| Uuid::from_slice(body.get(at..at + 16)?).ok();
    let millis = i64::from_be_bytes(body.get(48..)?.try_into().ok()?);
    let expires_at = Timestamp::from_millisecond(millis).ok()?;
    Some(Pass { event: EventId(id(0)?), holder: BuyerId(id(16)?), id: PassId(id(32)?), expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> Pass {
        let id = |n: u128| Uuid::from_u128(n);
        let expires_at = Timestamp::from_millisecond(1_800_000_000_123).expect("an instant");
        Pass { event: EventId(id(1)), holder: BuyerId(id(2)), id: PassId(id(3)), expires_at }
    }

    #[test]
    fn a_pass_says_what_was_sealed_in_it_and_nobody_else_can_make_one() {
        let passes = Passes::of_seeds(&[[7; 32]]);
        let text = passes.seal(&pass());
        assert_eq!(text.len(), 96);
        assert_eq!(passes.open(&text), PresentedPass::Signed(pass()));
        assert_eq!(Passes::of_seeds(&[[8; 32]]).open(&text), PresentedPass::Forged, "another installation");
    }

    #[test]
    fn no_letter_of_a_pass_can_be_changed_and_no_other_text_is_one() {
        let passes = Passes::of_seeds(&[[7; 32]]);
        let text = passes.seal(&pass());
        for at in 0..text.len() {
            for other in ["A", "B", "_", "="] {
                let mut changed = text.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(passes.open(&changed) == PresentedPass::Forged, changed != text, "{changed}");
            }
        }
        for wrong in ["", "A", &text[1..], &format!("{text}A"), &format!("{text}=="), "é", &"A".repeat(96), &"A".repeat(5_000)] {
            assert_eq!(passes.open(wrong), PresentedPass::Forged, "{wrong}");
        }
    }

    #[test]
    fn a_pass_lasts_as_long_as_the_key_that_made_it() {
        let text = Passes::of_seeds(&[[7; 32]]).seal(&pass());
        let overlap = Passes::of_seeds(&[[8; 32], [7; 32]]);
        assert_eq!(overlap.open(&text), PresentedPass::Signed(pass()));
        assert_ne!(overlap.seal(&pass()), text, "the newer one signs");
        assert_eq!(Passes::of_seeds(&[[8; 32]]).open(&text), PresentedPass::Forged);
    }
}
