//! Blocking: an organiser keeps places from sale, or gives them back to it.

use domain::EventId;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::command::{Command, Reply};
use crate::rules::counts::Counts;
use crate::rules::wanted::Places;

/// The event after blocking or unblocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    pub version: u64,
    pub counts: Counts,
}

impl Booking {
    /// Keeps places from sale, all or none; what is blocked already stays so.
    ///
    /// Takes     seats, and how many places of an area shall be blocked at least. The same again changes nothing.
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
        let answered = self.ask(event, command, None).await?;
        match answered.reply {
            Reply::Blocked(counts) => Ok(Blocked { version: answered.version.unsigned_abs(), counts }),
            Reply::Outcome { .. } | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "blocking was answered with something else").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, refusal};
    use crate::{Refusal, SeatLetter};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn blocked_places_are_not_for_sale_until_they_are_given_back(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        let taken = refusal(hall.block(&["A-1", "A-2"]).await);
        assert_eq!(taken, Refusal::SeatsUnavailable { seats: vec!["stalls-A-2".into()], others_available: true });
        let floor = Places { seats: vec!["stalls-A-1".into()], area: Some(("floor".into(), 18)) };
        let blocked = hall.booking.block(hall.event, floor.clone()).await.expect("blocked");
        assert_eq!((blocked.version, blocked.counts.blocked, blocked.counts.available), (2, 19, 10));
        assert_eq!(hall.letter("A-1").await, SeatLetter::Blocked);
        assert_eq!(refusal(hall.floor(hall.bob, 3).await).code(), "seats_unavailable");
        hall.balanced().await;
        let freed = hall.booking.unblock(hall.event, floor).await.expect("given back");
        assert_eq!((freed.version, freed.counts.blocked), (3, 0));
        hall.floor(hall.bob, 3).await.expect("for sale again");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_same_block_again_blocks_nothing_more(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let floor = |quantity| Places { seats: vec!["stalls-A-1".into()], area: Some(("floor".into(), quantity)) };
        // (asked for, blocked afterwards, version)
        for (quantity, blocked, version) in [(12, 13, 1), (12, 13, 1), (5, 13, 1), (15, 16, 2), (15, 16, 2)] {
            let said = hall.booking.block(hall.event, floor(quantity)).await.expect("blocked");
            assert_eq!((said.counts.blocked, said.version), (blocked, version), "{quantity}");
        }
        hall.floor(hall.bob, 5).await.expect("the rest is for sale");
        hall.booking.block(hall.event, floor(15)).await.expect("blocked already, though nothing is free");
        assert_eq!(refusal(hall.booking.block(hall.event, floor(16)).await).code(), "seats_unavailable");
        hall.balanced().await;
    }
}
