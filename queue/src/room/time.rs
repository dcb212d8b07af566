//! What time it is in a room: the database's, counted on by this machine's steady clock, so that two nodes agree whatever their clocks say.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

#[derive(Debug)]
pub struct Time {
    clock: Clock,
    /// What the database said, and when that was here.
    said: Mutex<(Timestamp, Instant)>,
}

impl Time {
    pub fn new(clock: Clock, database: Timestamp) -> Self {
        Self { clock, said: Mutex::new((database, Instant::now())) }
    }

    /// Hears what time it is in the database. Time here never goes back.
    pub fn heard(&self, database: Timestamp) {
        let now = self.now();
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = (database.max(now), Instant::now());
    }

    pub fn now(&self) -> Timestamp {
        match &self.clock {
            Clock::System => {
                let (said, at) = *self.said.lock().unwrap_or_else(PoisonError::into_inner);
                said.checked_add(at.elapsed()).unwrap_or(said)
            }
            Clock::Manual(_) => self.clock.now(),
        }
    }

    /// How long until the next whole second begins.
    pub fn until_second(&self) -> Duration {
        Duration::from_millis(u64::try_from(1_000 - self.now().as_millisecond().rem_euclid(1_000)).unwrap_or(1_000))
    }
}
