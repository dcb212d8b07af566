//! A line of the audit log, and which are wanted.

use domain::{EventId, OrganiserId};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLine {
    pub id: i64,
    pub at: Timestamp,
    pub organiser: OrganiserId,
    /// `account`, `key`, `device`, `admin` or `system`.
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    /// `<noun>.<verb>`.
    pub action: String,
    /// `<noun> <id>`.
    pub subject: String,
    pub event: Option<EventId>,
    /// Of what differs: what it was.
    pub before: Option<Value>,
    /// And what it is.
    pub after: Option<Value>,
    pub request_id: String,
    /// The first bits of the address.
    pub address: String,
}

/// Which lines are wanted; none of a field is all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    pub event: Option<EventId>,
    pub action: Option<String>,
    pub actor: Option<Uuid>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}
