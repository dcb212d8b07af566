//! Somebody's place: looking at it, waiting for it to change, listening, leaving.

use std::time::Duration;

use domain::{BuyerId, EventId, PassId};

use crate::error::QueueError;
use crate::queue::Queue;
use crate::room::{Audience, Listener, PlaceState, RoomCommand, Status, Subscription};

/// Nobody waits for an answer longer than this.
const LONGEST: Duration = Duration::from_secs(60);

impl Queue {
    /// The event of a token, so that its owner is asked.
    ///
    /// Refuses   not found: nobody here signed it.
    pub fn event_of(&self, token: &str) -> Result<EventId, QueueError> {
        Ok(self.token(token)?.event)
    }

    /// Who joined with a token: his alone is the pass that comes of it.
    ///
    /// Refuses   not found: nobody here signed it.
    pub fn holder_of(&self, token: &str) -> Result<BuyerId, QueueError> {
        Ok(self.token(token)?.holder)
    }

    /// A place as it is now. A sign of life: for a minute its holder is here.
    pub async fn status(&self, token: &str) -> Result<Status, QueueError> {
        let token = self.token(token)?;
        let room = self.room_of(&token).await?;
        room.status(&token, true)?.ok_or(QueueError::NotFound)
    }

    /// A place once it has changed, or as it is after a while. Who does not wait any more is told at once.
    ///
    /// Takes     `known`: the version that the caller knows; none: what is now. `at_most`: a minute at most.
    pub async fn wait(&self, token: &str, known: Option<u64>, at_most: Duration) -> Result<Status, QueueError> {
        let mut stream = self.subscribe(token).await?;
        let status = stream.status()?;
        let waits = matches!(status.state, PlaceState::Before | PlaceState::Waiting);
        if !waits || known.is_some_and(|known| known != status.version) {
            return Ok(status);
        }
        match tokio::time::timeout(at_most.min(LONGEST), stream.next()).await {
            Ok(Some(told)) => Ok(told.status),
            Ok(None) => Err(QueueError::again()),
            Err(_) => stream.status(),
        }
    }

    /// Listens to what happens in front of a place. Its holder is here while the stream lives.
    pub async fn subscribe(&self, token: &str) -> Result<Subscription, QueueError> {
        let token = self.token(token)?;
        Subscription::begin(self.room_of(&token).await?, token)
    }

    /// Those who hear of their places in the queue of a token without a task of their own, and the token's holder among them.
    ///
    /// Refuses   not found: nobody has this place; busy.
    pub async fn listen(&self, token: &str) -> Result<(Audience, Listener), QueueError> {
        let token = self.token(token)?;
        let audience = Audience::of(self.room_of(&token).await?);
        let listener = audience.listen(token)?;
        Ok((audience, listener))
    }

    /// Leaves the line, or the time inside. The same again changes nothing.
    pub async fn leave(&self, token: &str) -> Result<Status, QueueError> {
        let token = self.token(token)?;
        let room = self.room_of(&token).await?;
        self.ask(token.event, |reply| RoomCommand::Leave(token.number, reply)).await?;
        room.status(&token, false)?.ok_or(QueueError::NotFound)
    }

    /// Ends the time inside of whoever has bought with this pass. A pass that nobody here is inside with changes nothing; where the room is
    /// not open it finds out when it opens.
    pub async fn pass_ended(&self, event: EventId, pass: PassId) -> Result<(), QueueError> {
        match self.rooms.opened(event) {
            Some(room) => room.ask(|reply| RoomCommand::Ended(pass, reply)).await,
            None => Ok(()),
        }
    }
}
