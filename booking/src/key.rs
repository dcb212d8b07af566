//! API keys of organisers, partners and admins: `bxo_…`, stored hashed.

use domain::KeyId;

use crate::booking::Booking;
use crate::error::BookingError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Organiser,
    Partner,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Organiser, Self::Partner, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organiser => "organiser",
            Self::Partner => "partner",
            Self::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A new key. Its text is shown once.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: KeyId,
    pub key: String,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyView {
    pub id: KeyId,
    pub role: Role,
}

impl Booking {
    /// Makes a key: `bxo_` and 43 characters.
    pub async fn create_key(&self, role: Role, name: &str) -> Result<NewKey, BookingError> {
        todo!()
    }

    /// Finds the key; none for text that is no key of ours.
    pub async fn find_key(&self, key: &str) -> Result<Option<KeyView>, BookingError> {
        todo!()
    }
}
