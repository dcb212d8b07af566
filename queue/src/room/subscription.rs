//! Somebody who listens to his block.

use std::sync::Arc;

use bytes::Bytes;
use domain::QueueToken;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::shared::Shared;
use super::status::Status;
use crate::error::QueueError;

/// A stream of what happens in front of a place. Its holder is here while it lives.
pub struct Subscription {
    shared: Arc<Shared>,
    token: QueueToken,
    receiver: broadcast::Receiver<Bytes>,
}

/// Something that was told to a block.
#[derive(Debug, Clone)]
pub struct Told {
    /// The frame as `rules/frame.rs` writes it: the same bytes for everybody in the block.
    pub frame: Bytes,
    pub status: Status,
}

impl Subscription {
    /// Refuses   not found: nobody has this number.
    pub(crate) fn begin(shared: Arc<Shared>, token: QueueToken) -> Result<Self, QueueError> {
        shared.touch();
        let now = shared.second();
        let receiver = {
            let mut live = shared.live();
            if live.closed {
                return Err(QueueError::again());
            }
            live.room.look(token.number, now).ok_or(QueueError::NotFound)?;
            if live.room.opened(token.number) {
                shared.wake.notify_one();
            }
            let block = live.room.block_of(token.number);
            shared.listen(&mut live, block, now)
        };
        Ok(Self { shared, token, receiver })
    }

    /// The place as it is now.
    ///
    /// Refuses   busy: the room has closed.
    pub fn status(&self) -> Result<Status, QueueError> {
        self.shared.status(&self.token, false)?.ok_or(QueueError::NotFound)
    }

    /// What a client must know to follow the frames.
    pub fn snapshot(&self) -> Bytes {
        let (live, now) = (self.shared.live(), self.shared.second());
        live.room.snapshot(live.room.block_of(self.token.number), now).into()
    }

    /// Waits for the next thing that is told. None: the room has closed, and whoever asks again finds it open, here or elsewhere.
    pub async fn next(&mut self) -> Option<Told> {
        let frame = match self.receiver.recv().await {
            Ok(frame) => frame,
            Err(RecvError::Lagged(_)) => self.anew()?,
            // after a start that drew he stands in another block
            Err(RecvError::Closed) => self.anew()?,
        };
        Some(Told { frame, status: self.status().ok()? })
    }

    fn anew(&mut self) -> Option<Bytes> {
        let now = self.shared.second();
        {
            let mut live = self.shared.live();
            if live.closed {
                return None;
            }
            let block = live.room.block_of(self.token.number);
            self.receiver = self.shared.listen(&mut live, block, now);
        }
        Some(self.snapshot())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let now = self.shared.second();
        self.shared.live().room.closed(self.token.number, now);
    }
}
