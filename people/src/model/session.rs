//! Sessions: as they are opened, as they are known.

use domain::BuyerId;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    pub id: BuyerId,
    pub expires_at: Timestamp,
    /// The partner whose buyer it is.
    pub partner: Option<KeyView>,
}

impl Buyer {
    /// Whether it is good at this instant.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.partner.is_none_or(|partner| partner.lives(now))
    }
}
