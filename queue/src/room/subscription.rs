//! Somebody who listens to his block.

use std::sync::Arc;

use bytes::Bytes;
use domain::QueueToken;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::open_room::OpenRoom;
use super::status::Status;
use crate::error::QueueError;

/// A stream of what happens in front of a place. Its holder is here while it lives.
pub struct Subscription {
    room: Arc<OpenRoom>,
    token: QueueToken,
    receiver: broadcast::Receiver<Bytes>,
}

/// Something that was told to a block.
#[derive(Debug, Clone)]
pub struct BlockUpdate {
    /// The frame as `rules/frame.rs` writes it: the same bytes for everybody in the block.
    pub frame: Bytes,
    pub status: Status,
}

impl Subscription {
    /// Refuses   not found: nobody has this number.
    pub(crate) fn begin(room: Arc<OpenRoom>, token: QueueToken) -> Result<Self, QueueError> {
        room.touch();
        let now = room.second();
        let receiver = {
            let mut live = room.live();
            if live.closed {
                return Err(QueueError::again());
            }
            live.room.look(token.number, now).ok_or(QueueError::NotFound)?;
            if live.room.opened(token.number) {
                room.wake.notify_one();
            }
            let block = live.room.block_of(token.number);
            room.listen(&mut live, block, now)
        };
        Ok(Self { room, token, receiver })
    }

    /// The place as it is now.
    ///
    /// Refuses   busy: the room has closed.
    pub fn status(&self) -> Result<Status, QueueError> {
        self.room.status(&self.token, false)?.ok_or(QueueError::NotFound)
    }

    /// What a client must know to follow the frames.
    pub fn snapshot(&self) -> Bytes {
        let (live, now) = (self.room.live(), self.room.second());
        live.room.snapshot(live.room.block_of(self.token.number), now).into()
    }

    /// Waits for the next thing that is told. None: the room has closed, and whoever asks again finds it open, here or elsewhere.
    pub async fn next(&mut self) -> Option<BlockUpdate> {
        let frame = match self.receiver.recv().await {
            Ok(frame) => frame,
            Err(RecvError::Lagged(_)) => self.anew()?,
            // after a start that drew he stands in another block
            Err(RecvError::Closed) => self.anew()?,
        };
        Some(BlockUpdate { frame, status: self.status().ok()? })
    }

    fn anew(&mut self) -> Option<Bytes> {
        let now = self.room.second();
        {
            let mut live = self.room.live();
            if live.closed {
                return None;
            }
            let block = live.room.block_of(self.token.number);
            self.receiver = self.room.listen(&mut live, block, now);
        }
        Some(self.snapshot())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let now = self.room.second();
        self.room.live().room.closed(self.token.number, now);
    }
}
