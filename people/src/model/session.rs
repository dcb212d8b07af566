//! Sessions: as they are opened, as they are known.

use domain::{AccountId, BuyerId, BuyerIds, SessionId};
use jiff::Timestamp;

use crate::model::key::KeyView;

/// A new session. The token is shown once.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub buyer_id: BuyerId,
    pub expires_at: Timestamp,
}

/// Who a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// The id under which new things are made.
    pub id: BuyerId,
    /// All ids whose things are this buyer's.
    pub ids: BuyerIds,
    pub expires_at: Timestamp,
    /// The account, if its owner signed in.
    pub signed_in: Option<SignedIn>,
    /// The partner whose buyer it is.
    pub partner: Option<KeyView>,
}

/// One browser's or program's sign-in to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    pub account: AccountId,
    pub session: SessionId,
    pub since: Timestamp,
    /// In steps of five minutes.
    pub seen_at: Timestamp,
}

impl Buyer {
    /// An anonymous buyer.
    pub(crate) fn anonymous(id: BuyerId, expires_at: Timestamp, partner: Option<KeyView>) -> Self {
        Self { id, ids: id.into(), expires_at, signed_in: None, partner }
    }

    /// Whether it is good at this instant.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.partner.as_ref().is_none_or(|partner| partner.lives(now))
    }
}
