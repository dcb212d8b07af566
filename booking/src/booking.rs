//! The handle to selling: shared by all handlers, cheap to clone.

use domain::{Clock, EventId};
use sqlx::PgPool;

use crate::config::BookingConfig;
use crate::error::{BookingError, Fault};

/// Sells seats of any event; opens a desk where one is needed.
#[derive(Clone)]
pub struct Booking {}

impl Booking {
    /// Starts selling over a migrated database; cancellations of events that were stopped midway go on by themselves.
    ///
    /// Takes     `clock`: the system's leaves decisions to the database's clock; a manual one decides in its stead, for tests.
    pub async fn start(pool: PgPool, clock: Clock, config: BookingConfig) -> Result<Booking, Fault> {
        todo!()
    }

    /// Gives back what has lapsed at one event now, instead of when its desk wakes.
    pub async fn sweep(&self, event: EventId) -> Result<(), BookingError> {
        todo!()
    }

    /// Deletes what is kept no longer: idempotency keys after 24 h, expired sessions.
    pub async fn purge(&self) -> Result<u64, BookingError> {
        todo!()
    }

    /// Lets every desk finish what it was given, then stops.
    pub async fn shutdown(&self) {
        todo!()
    }
}
