//! Keys: as they are wanted, as they are made, as they are known.

use domain::{KeyId, OrganiserId};
use jiff::Timestamp;

use crate::model::quota::Quota;
use crate::model::role::Role;
use crate::model::scope::Scopes;

/// What a new key is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedKey {
    pub role: Role,
    pub name: String,
    pub organiser: OrganiserId,
    /// None: all that the role has.
    pub scopes: Option<Scopes>,
    pub expires_at: Option<Timestamp>,
    pub quota: Quota,
}

impl WantedKey {
    /// A key of the house with all that its role has.
    pub fn new(role: Role, name: &str) -> Self {
        let quota = if role == Role::Partner { Quota::PARTNER } else { Quota::default() };
        Self { role, name: name.to_owned(), organiser: OrganiserId::HOUSE, scopes: None, expires_at: None, quota }
    }
}

/// A new key, or a new secret of one. Its text is shown once.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: KeyId,
    pub key: String,
    pub role: Role,
}

/// A key as its organiser sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyLine {
    pub id: KeyId,
    pub role: Role,
    pub organiser: OrganiserId,
    pub name: String,
    /// None: all that the role has.
    pub scopes: Option<Scopes>,
    pub quota: Quota,
    /// The key that made it; none: the command line.
    pub created_by: Option<KeyId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// In steps of five minutes.
    pub last_used_at: Option<Timestamp>,
    /// Until when the secret before the last rotation works.
    pub old_until: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl KeyLine {
    /// What the key may do.
    pub fn may(&self) -> Scopes {
        self.scopes.unwrap_or(Scopes::of(self.role))
    }
}

/// A key as it is known to whoever it lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyView {
    pub id: KeyId,
    pub role: Role,
    pub organiser: OrganiserId,
    pub scopes: Scopes,
    pub quota: Quota,
    /// When it ends: its own end, or that of the secret before a rotation.
    pub until: Option<Timestamp>,
    /// Whether it came by the secret before a rotation, which may have been in other hands.
    pub by_old: bool,
}

impl KeyView {
    /// Whether it is good at this instant.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
