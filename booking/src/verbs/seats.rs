//! The seats of one event at one version, as the live map shows them.

use std::sync::Arc;
use std::time::Duration;

use domain::EventId;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::live::seats::SeatsView;
use crate::store::desks::{self, EventCounts};
use crate::store::sale_terms::{self, Opening};

impl Booking {
    /// Reads all seats at the newest version known here, at most a second older than the database's.
    ///
    /// Cost      no desk and no row: the picture that all viewers of this node share; one build per version.
    pub async fn seats(&self, event: EventId) -> Result<Arc<SeatsView>, BookingError> {
        Ok(self.gallery.fresh(event).await?.view())
    }

    /// Sales that open within a time from now on, the earliest first.
    pub async fn opening_within(&self, within: Duration, limit: u32) -> Result<Vec<Opening>, BookingError> {
        Ok(sale_terms::opening(self.pool(), self.premises().decides_at(), within, limit).await?)
    }

    /// Names the events whose counts changed within a time before the database's now, with their counts; all of them without a time.
    /// May name some twice: it overlaps by seconds, since commit order is not clock order.
    pub async fn availability_within(&self, within: Option<Duration>) -> Result<Vec<EventCounts>, BookingError> {
        Ok(desks::changed_within(self.pool(), within).await?)
    }
}
