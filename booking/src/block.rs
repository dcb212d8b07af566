//! Blocking: an organiser keeps places from sale, or gives them back to it.

use domain::EventId;

use crate::booking::Booking;
use crate::command::{Command, Reply};
use crate::error::{BookingError, Fault};
use crate::seats::Counts;
use crate::wanted::Places;

/// The event after blocking or unblocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    pub version: u64,
    pub counts: Counts,
}

impl Booking {
    /// Keeps places from sale, all or none; what is blocked already stays so.
    ///
    /// Refuses   seats_unavailable when a place is held or sold.
    pub async fn block(&self, event: EventId, places: Places) -> Result<Blocked, BookingError> {
        places.check()?;
        self.mark(event, Command::Block(places)).await
    }

    /// Gives blocked places back to the sale; what is not blocked stays as it is.
    pub async fn unblock(&self, event: EventId, places: Places) -> Result<Blocked, BookingError> {
        places.check()?;
        self.mark(event, Command::Unblock(places)).await
    }

    async fn mark(&self, event: EventId, command: Command) -> Result<Blocked, BookingError> {
        match self.ask(event, command, None).await? {
            Reply::Blocked(blocked) => Ok(blocked),
            Reply::Outcome { .. } | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "blocking was answered with something else").into())
            }
        }
    }
}
