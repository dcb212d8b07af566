//! The audit: proves that every seat and every payment is accounted for.

use domain::EventId;

use crate::booking::Booking;
use crate::error::BookingError;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditReport {
    pub events: u64,
    pub places: u64,
    pub orders: u64,
    pub payments: u64,
    pub journal_entries: u64,
    pub violations: Vec<Violation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub event_id: EventId,
    /// Which law was broken, such as `seat_twice` or `captured_without_order`.
    pub law: &'static str,
    pub detail: String,
}

impl AuditReport {
    pub fn clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl Booking {
    /// Reads everything in one snapshot per event and reports every violation.
    pub async fn audit(&self) -> Result<AuditReport, BookingError> {
        todo!()
    }
}
