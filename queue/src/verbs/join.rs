//! Joining an event's queue.

use domain::{BuyerIds, EventId};

use crate::error::QueueError;
use crate::queue::Queue;
use crate::room::{Joining, RoomCommand, Status};

/// A place, and the token that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// 86 letters.
    pub token: String,
    /// Whether the place is new.
    pub fresh: bool,
    pub status: Status,
}

impl Queue {
    /// Gives a buyer a place at the end of the line; who has one gets it again, under whichever of his ids he has it.
    ///
    /// Takes     `signed_in`: whether an account asks.
    /// Refuses   not found; `NoQueue`, `Closed`, `SignIn`, `NotOpen`, `Full`: the first that applies; busy.
    /// Cost      a place in the room's next pile.
    pub async fn join(&self, event: EventId, buyer: &BuyerIds, signed_in: bool) -> Result<Joined, QueueError> {
        let ids: Vec<_> = buyer.of_late().collect();
        let joining = |reply| RoomCommand::Join(Joining { ids: ids.clone(), signed_in, reply });
        let (token, fresh) = self.ask(event, joining).await?;
        let room = self.rooms.room(event).await?;
        let status = room.status(&token, true)?.ok_or_else(QueueError::again)?;
        Ok(Joined { token: self.premises().tokens().seal(&token), fresh, status })
    }
}
