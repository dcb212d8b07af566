//! Blocking: an organiser keeps places from sale, or gives them back to it.

use domain::{Actor, EventId};

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::command::{Command, Reply};
use crate::rules::counts::Counts;
use crate::rules::wanted::Places;
use crate::store::sale_terms;

/// The event after blocking or unblocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    pub version: u64,
    pub counts: Counts,
}

impl Booking {
    /// Keeps places from sale, all or none; what is blocked already stays so.
    ///
    /// Takes     `by`: whose event it must be; seats, and how many places of an area shall be blocked at least. The same again changes nothing.
    /// Refuses   not_found; seats_unavailable when a place is held or sold.
    pub async fn block(&self, by: &Actor, event: EventId, places: Places) -> Result<Blocked, BookingError> {
        places.check()?;
        self.mark(by, event, Command::Block(places)).await
    }

    /// Gives blocked places back to the sale; what is not blocked stays as it is.
    pub async fn unblock(&self, by: &Actor, event: EventId, places: Places) -> Result<Blocked, BookingError> {
        places.check()?;
        self.mark(by, event, Command::Unblock(places)).await
    }

    /// Refuses   not_found: there is no such event, or it is another's.
    pub(crate) async fn within(&self, by: &Actor, event: EventId) -> Result<(), BookingError> {
        // an event never changes its owner, so this cannot be overtaken
        let within = sale_terms::is_within(self.pool(), event, by.bounds()).await?;
        if within { Ok(()) } else { Err(BookingError::NotFound) }
    }

    async fn mark(&self, by: &Actor, event: EventId, command: Command) -> Result<Blocked, BookingError> {
        self.within(by, event).await?;
        let answered = self.ask_by(event, command, None, Some(by)).await?;
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
        let blocked = hall.booking.block(&Actor::house(), hall.event, floor.clone()).await.expect("blocked");
        assert_eq!((blocked.version, blocked.counts.blocked, blocked.counts.available), (2, 19, 10));
        assert_eq!(hall.letter("A-1").await, SeatLetter::Blocked);
        assert_eq!(refusal(hall.floor(hall.bob, 3).await).code(), "seats_unavailable");
        hall.balanced().await;
        let freed = hall.booking.unblock(&Actor::house(), hall.event, floor).await.expect("given back");
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
            let said = hall.booking.block(&Actor::house(), hall.event, floor(quantity)).await.expect("blocked");
            assert_eq!((said.counts.blocked, said.version), (blocked, version), "{quantity}");
        }
        hall.floor(hall.bob, 5).await.expect("the rest is for sale");
        hall.booking.block(&Actor::house(), hall.event, floor(15)).await.expect("blocked already, though nothing is free");
        assert_eq!(refusal(hall.booking.block(&Actor::house(), hall.event, floor(16)).await).code(), "seats_unavailable");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn another_s_event_is_as_absent_and_what_is_done_is_told_once(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let other = Actor::system(domain::OrganiserId::at(crate::fixture::noon()));
        let places = || Places { seats: vec!["stalls-A-1".into()], area: None };
        for refused in [
            hall.booking.block(&other, hall.event, places()).await.map(|_| ()),
            hall.booking.unblock(&other, hall.event, places()).await.map(|_| ()),
            hall.booking.cancel_event(hall.event, Some(&other)).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(BookingError::NotFound)), "{refused:?}");
        }
        assert_eq!(hall.letter("A-1").await, SeatLetter::Available);
        let house = Actor::house();
        hall.booking.block(&house, hall.event, places()).await.expect("blocked");
        hall.booking.block(&house, hall.event, places()).await.expect("blocked already");
        hall.booking.unblock(&house, hall.event, places()).await.expect("given back");
        hall.booking.cancel_event(hall.event, Some(&house)).await.expect("cancelled");
        hall.booking.cancel_event(hall.event, Some(&house)).await.expect("cancelled already");
        let told = crate::store::fixture::audited(&pool).await.expect("lines");
        assert_eq!(told, ["events.block", "events.unblock"]);
        hall.balanced().await;
    }
}
