//! Sessions of buyers: an anonymous buyer is a random token, stored hashed.

use domain::BuyerId;
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::BookingError;

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
}

impl Booking {
    /// Opens an anonymous session.
    pub async fn open_session(&self) -> Result<Session, BookingError> {
        todo!()
    }

    /// Finds who a token belongs to; none for one that is unknown or expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Buyer>, BookingError> {
        todo!()
    }
}
