//! What signs cursors, tickets and webhooks: for each the key that signs now, and those that verify beside it.
//!
//! While keys are changed two of a kind are good: the new one is known everywhere before it signs, and the old one verifies what it
//! signed until its time is over. The folder that holds them and the schedule are read elsewhere ([`crate::run`]); here they are used.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ticket_code::{TicketKey, TicketSigner};
use domain::{CursorKey, OrderLinks, Passes, QueueTokens};

/// 32 random bytes.
pub type Secret = [u8; 32];

/// The keys that are good at this moment; of each kind the first one signs and all of them verify.
pub struct Ring {
    pub cursors: Vec<Secret>,
    pub tickets: Vec<Secret>,
    pub webhooks: Vec<WebhookSecret>,
}

/// `whsec_…`, as Standard Webhooks spells it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Arc<str>);

impl WebhookSecret {
    /// Takes a secret as it is configured.
    pub fn spelt(secret: &str) -> Self {
        Self(secret.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Secret> for WebhookSecret {
    fn from(secret: &Secret) -> Self {
        Self(format!("whsec_{}", STANDARD.encode(secret)).into())
    }
}

/// The keys of this process; clones turn together.
#[derive(Clone)]
pub struct Keys {
    pub cursor: CursorKey,
    signers: Arc<RwLock<Signers>>,
}

#[derive(Clone)]
struct Signers {
    tickets: Arc<[TicketSigner]>,
    links: OrderLinks,
    passes: Passes,
    tokens: QueueTokens,
    webhooks: Arc<[WebhookSecret]>,
}

impl From<&Ring> for Signers {
    fn from(ring: &Ring) -> Self {
        Self {
            tickets: ring.tickets.iter().map(TicketSigner::from_seed).collect(),
            links: OrderLinks::of_seeds(&ring.tickets),
            passes: Passes::of_seeds(&ring.tickets),
            tokens: QueueTokens::of_seeds(&ring.tickets),
            webhooks: ring.webhooks.as_slice().into(),
        }
    }
}

impl Keys {
    /// Takes     `ring`: at least one key of each kind.
    pub fn new(ring: Ring) -> Self {
        let signers = Signers::from(&ring);
        Self { cursor: CursorKey::ring(ring.cursors), signers: Arc::new(RwLock::new(signers)) }
    }

    /// Keys of a test's own.
    #[cfg(test)]
    pub fn for_testing() -> Self {
        let secret = [7; 32];
        Self::new(Ring { cursors: vec![secret], tickets: vec![secret], webhooks: vec![WebhookSecret::from(&secret)] })
    }

    /// Uses other keys from now on, in every clone.
    pub fn turn(&self, ring: Ring) {
        *self.signers.write().unwrap_or_else(PoisonError::into_inner) = Signers::from(&ring);
        self.cursor.turn(ring.cursors);
    }

    /// Signs the code of a ticket, or whatever else a ticket's key signs.
    pub fn with_ticket<T>(&self, sign: impl FnOnce(&TicketSigner) -> T) -> T {
        let signers = self.signers();
        sign(signers.tickets.first().unwrap_or_else(|| unreachable!("a ring has a key of each kind")))
    }

    /// The public keys that verify ticket codes, the one that signs now first.
    pub fn ticket_keys(&self) -> Vec<TicketKey> {
        self.signers().tickets.iter().map(TicketSigner::public).collect()
    }

    /// What makes and opens the links of orders; they last as long as the tickets' keys.
    pub fn order_links(&self) -> OrderLinks {
        self.signers().links
    }

    /// What makes and opens the passes of queues.
    pub fn passes(&self) -> Passes {
        self.signers().passes
    }

    /// What makes and opens the tokens of places in queues.
    pub fn queue_tokens(&self) -> QueueTokens {
        self.signers().tokens
    }

    /// The secret that signs webhooks now.
    pub fn webhook(&self) -> WebhookSecret {
        self.signers().webhooks.first().cloned().unwrap_or_else(|| unreachable!("a ring has a key of each kind"))
    }

    /// The secrets that verify webhooks.
    pub fn webhooks(&self) -> Arc<[WebhookSecret]> {
        self.signers().webhooks
    }

    fn signers(&self) -> Signers {
        self.signers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ticket_code::{TicketClaims, verify};
    use domain::{EventId, TicketId};

    fn ring(secrets: &[u8]) -> Ring {
        let secrets: Vec<Secret> = secrets.iter().map(|byte| [*byte; 32]).collect();
        Ring { cursors: secrets.clone(), webhooks: secrets.iter().map(WebhookSecret::from).collect(), tickets: secrets }
    }

    fn code(keys: &Keys) -> String {
        let claims = TicketClaims { ticket: TicketId(uuid::Uuid::nil()), event: EventId(uuid::Uuid::nil()), edition: 1 };
        keys.with_ticket(|signer| signer.sign(&claims))
    }

    #[test]
    fn what_the_old_key_signed_is_good_until_it_leaves_the_ring() {
        let keys = Keys::new(ring(&[1]));
        let elsewhere = keys.clone();
        let (ticket, cursor, webhook) = (code(&keys), keys.cursor.seal("q", &7), keys.webhook());
        let good = || {
            let known = elsewhere.webhooks().contains(&webhook);
            (verify(&ticket, &elsewhere.ticket_keys()).is_ok(), elsewhere.cursor.open::<i32>("q", &cursor) == Ok(7), known)
        };
        keys.turn(ring(&[2, 1]));
        assert_eq!(good(), (true, true, true), "the overlap");
        assert_ne!(code(&keys), ticket, "the new key signs");
        assert_eq!(elsewhere.ticket_keys().len(), 2);
        keys.turn(ring(&[2]));
        assert_eq!(good(), (false, false, false), "the overlap is over");
    }

    #[test]
    fn a_key_to_come_verifies_before_it_signs() {
        let (early, late) = (Keys::new(ring(&[1, 2])), Keys::new(ring(&[2, 1])));
        assert!(verify(&code(&late), &early.ticket_keys()).is_ok());
        assert_eq!(early.cursor.open::<i32>("q", &late.cursor.seal("q", &7)), Ok(7));
    }
}
