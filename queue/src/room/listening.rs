//! Who listens to a room, and the blocks to which somebody does.

use bytes::Bytes;
use domain::QueueToken;
use tokio::sync::broadcast;

use super::status::PlaceState;

/// Frames that somebody slow with a task of his own may be behind; with more he begins anew.
const BEHIND: usize = 8;

/// A listener as the room knows him.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub token: QueueToken,
    pub block: u32,
    /// The state and the turn that he was told.
    pub told: Option<(PlaceState, Option<u32>)>,
    /// He knows nothing of his block yet.
    pub anew: bool,
    /// Up to which of the changes that no frame tells he was told.
    pub turned: u64,
}

/// A block that somebody listens to.
pub struct ListenedBlock {
    /// Those who have a task of their own.
    pub sender: broadcast::Sender<Bytes>,
    /// How many have none.
    pub members: u32,
    /// The version of what was told last.
    pub version: u64,
    /// The last frame, and the version on which it follows.
    last: Option<(u64, Bytes)>,
}

impl Member {
    pub fn new(token: QueueToken, block: u32, turned: u64) -> Self {
        Self { token, block, told: None, anew: true, turned }
    }
}

impl ListenedBlock {
    /// Takes     `version`: of the block as it is now.
    pub fn new(version: u64) -> Self {
        Self { sender: broadcast::channel(BEHIND).0, members: 0, version, last: None }
    }

    pub fn is_heard(&self) -> bool {
        self.members > 0 || self.sender.receiver_count() > 0
    }

    /// Tells a frame to all.
    pub fn tell(&mut self, frame: Bytes, version: u64) {
        let base = std::mem::replace(&mut self.version, version);
        self.last = Some((base, frame.clone()));
        // an error: nobody has a task
        let _ = self.sender.send(frame);
    }

    /// The last frame for somebody who has seen this version; none where it does not follow on that.
    pub fn after(&self, seen: u64) -> Option<Bytes> {
        let (base, frame) = self.last.as_ref()?;
        let is_snapshot = frame.first() == Some(&1);
        (*base == seen || is_snapshot).then(|| frame.clone())
    }
}
