//! Blocking: an organiser keeps places from sale, or gives them back to it.

use domain::EventId;

use crate::booking::Booking;
use crate::change::{Change, Taken};
use crate::command::{Command, Denial, Reply};
use crate::error::{BookingError, Fault, Invalid};
use crate::facts::Pile;
use crate::inventory::Inventory;
use crate::refusal::Refusal;
use crate::seat::SeatState;
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

impl Inventory {
    pub(crate) fn block(&mut self, places: &Places, pile: &mut Pile) -> Result<Reply, Denial> {
        let mut taken = self.places(places)?;
        let others =
            taken.seats.iter().filter(|seat| !matches!(self.seats[**seat as usize], SeatState::Available | SeatState::Blocked));
        let others: Vec<String> = others.map(|seat| self.terms.house.seat_id(*seat)).collect();
        let area_full = taken.area.is_some_and(|(area, quantity)| self.areas[area as usize].free() < quantity);
        if !others.is_empty() || area_full {
            return Err(Refusal::SeatsUnavailable { seats: others, others_available: self.counts.available > 0 }.into());
        }
        taken.seats.retain(|seat| self.seats[*seat as usize] == SeatState::Available);
        self.mark_taken(Change::Blocked(taken), pile)
    }

    pub(crate) fn unblock(&mut self, places: &Places, pile: &mut Pile) -> Result<Reply, Denial> {
        let mut taken = self.places(places)?;
        taken.seats.retain(|seat| self.seats[*seat as usize] == SeatState::Blocked);
        taken.area = taken.area.map(|(area, quantity)| (area, quantity.min(self.areas[area as usize].blocked)));
        taken.area = taken.area.filter(|(_, quantity)| *quantity > 0);
        self.mark_taken(Change::Unblocked(taken), pile)
    }

    fn mark_taken(&mut self, change: Change, pile: &mut Pile) -> Result<Reply, Denial> {
        if change.taken().is_some_and(|taken| taken.places() > 0) {
            self.change(change, pile)?;
        }
        Ok(Reply::Blocked(Blocked { version: 0, counts: self.counts }))
    }

    fn places(&self, places: &Places) -> Result<Taken, Invalid> {
        let seats = self.seats_by_id(&places.seats)?;
        let area = places.area.as_ref().map(|(area, quantity)| Ok((self.area_by_id(area, "area")?, *quantity))).transpose()?;
        Ok(Taken { seats, area })
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
}
