//! An organiser.

use domain::OrganiserId;
use jiff::Timestamp;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organiser {
    pub id: OrganiserId,
    pub name: String,
    pub created_at: Timestamp,
}
