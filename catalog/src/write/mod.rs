//! What organisers write: each verb is one transaction that changes rows and appends to the change feed.
//!
//! ```text
//!  New… / …Patch ─► check (pure: names the field) ─► lock the row if it is the actor's, compare If-Match ─► resolve references
//!                ─► row ─► feed ─► audit log ─► commit
//! ```

mod bulk;
pub mod check;
mod dialects;
mod error;
pub mod events;
mod field;
#[cfg(test)]
pub(crate) mod fixture;
pub mod images;
#[cfg(test)]
mod owners;
pub mod performers;
pub mod seat_maps;
pub mod series;
mod terms;
mod told;
pub mod venues;

pub use bulk::{Bulk, insert_bulk};
pub use dialects::concerts;
use dialects::pretix;
pub use error::WriteError;
pub use events::put_tiers;
pub use field::wrong_field;
pub use seat_maps::{put_seat_map, read_seat_map};

use domain::{KeyId, OrganiserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::Kind;
use crate::store::Locked;
use crate::store::creations::{self, Creation};

/// An Idempotency-Key of the organiser's, with the fingerprint of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub owner: KeyId,
    pub key: String,
    pub fingerprint: [u8; 32],
}

/// What a creation gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Created<T> {
    pub record: T,
    /// This key made it before: nothing was done now.
    pub replayed: bool,
}

/// Claims the key for a new record, or gives the id of what the key made before.
async fn claimed(conn: &mut PgConnection, claim: Option<Claim>, kind: Kind, id: Uuid) -> Result<Option<Uuid>, WriteError> {
    let Some(claim) = claim else { return Ok(None) };
    let new = Creation { fingerprint: claim.fingerprint.to_vec(), kind: kind.as_str().to_owned(), id };
    match creations::claim(conn, claim.owner, &claim.key, &new).await? {
        None => Ok(None),
        Some(old) if old.fingerprint == new.fingerprint && old.kind == new.kind => Ok(Some(old.id)),
        Some(_) => Err(WriteError::KeyReused),
    }
}

/// Holds a locked row's version against If-Match; gives whose it is.
fn matched(current: Option<Locked>, if_match: Option<i64>) -> Result<OrganiserId, WriteError> {
    match (current, if_match) {
        (None, _) => Err(WriteError::NotFound),
        (Some(Locked { version, .. }), Some(wanted)) if version != wanted => Err(WriteError::Conflict { version }),
        (Some(Locked { organiser, .. }), _) => Ok(organiser),
    }
}
