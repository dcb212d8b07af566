//! An organiser.

use domain::OrganiserId;
use jiff::Timestamp;
use serde_json::Value;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organiser {
    pub id: OrganiserId,
    pub name: String,
    pub created_at: Timestamp,
}

/// What an organiser's tickets show of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketLook {
    /// Its name.
    pub organiser: String,
    /// As it was put: what it means is known where tickets are drawn.
    pub theme: Option<Value>,
}
