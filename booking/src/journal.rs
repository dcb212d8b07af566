//! The journal: an event's committed changes by version, replayed and then live.

use std::sync::Arc;

use domain::EventId;
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::seat::SeatLetter;
use crate::seats::Counts;

/// What one version changed, as anyone may see it: no holds, no buyers.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    pub version: u64,
    pub at: Timestamp,
    pub seats: Vec<SeatChange>,
    pub areas: Vec<AreaChange>,
    pub counts: Counts,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SeatChange {
    pub id: String,
    /// The seat's position in the map.
    pub index: u32,
    pub state: SeatLetter,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AreaChange {
    pub id: String,
    pub available: u32,
}

/// One listener's place in an event's journal.
pub struct Subscription;

impl Subscription {
    /// Waits for the next version; none is skipped and none comes twice. `None` once booking shuts down.
    pub async fn next(&mut self) -> Option<Result<Arc<JournalEntry>, BookingError>> {
        todo!()
    }

    /// The same as a stream.
    pub fn into_stream(self) -> impl futures::Stream<Item = Result<Arc<JournalEntry>, BookingError>> + Send {
        futures::stream::unfold(self, |mut place| async move { place.next().await.map(|entry| (entry, place)) })
    }
}

impl Booking {
    /// Listens to an event's journal: every version after `after` (none: from now on), then live.
    pub async fn subscribe(&self, event: EventId, after: Option<u64>) -> Result<Subscription, BookingError> {
        todo!()
    }
}
