//! All who hear of their places without a task of their own: what each is told next, from what he has seen on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use domain::QueueToken;

use super::listening::Member;
use super::open_room::{Live, OpenRoom};
use super::status::{PlaceState, Status};
use crate::error::QueueError;

/// Those who hear of one start of a room. Cheap to clone.
#[derive(Clone)]
pub struct Audience {
    room: Arc<OpenRoom>,
    /// What was told of last, by [`Audience::moved`].
    looked: Arc<AtomicU64>,
}

/// One who hears. He is here while it lives.
pub struct Listener {
    room: Arc<OpenRoom>,
    who: u64,
}

/// What somebody hears next, and what he has seen then.
#[derive(Debug, Clone)]
pub enum Heard {
    /// His place, with its token, as it stands now.
    Place { token: String, status: Box<Status>, seen: u64 },
    /// What his block is told, as `rules/frame.rs` writes it.
    Frame { frame: Bytes, seen: u64 },
}

impl Audience {
    pub(crate) fn of(room: Arc<OpenRoom>) -> Self {
        Self { room, looked: Arc::default() }
    }

    /// A name of its own for each start of each room.
    pub fn name(&self) -> u128 {
        self.room.event.0.as_u128() ^ u128::from(self.room.epoch)
    }

    /// Listens to a place from now on.
    ///
    /// Refuses   not found: nobody has this number; busy: the room has closed.
    pub(crate) fn listen(&self, token: QueueToken) -> Result<Listener, QueueError> {
        let room = &self.room;
        room.touch();
        let (mut live, now) = (room.live(), room.second());
        if live.closed {
            return Err(QueueError::again());
        }
        live.room.look(token.number, now).ok_or(QueueError::NotFound)?;
        if live.room.opened(token.number) {
            room.wake.notify_one();
        }
        let (who, block) = (live.next_member, live.room.block_of(token.number));
        live.next_member += 1;
        let member = Member::new(token, block, live.turned);
        live.members.insert(who, member);
        room.block(&mut live, block, now).members += 1;
        Ok(Listener { room: Arc::clone(room), who })
    }

    /// What somebody is told next; none where there is nothing new for him.
    ///
    /// Takes     `seen`: the version that he has seen, 0 at first.  `who`: [`Listener::who`].  `frames`: whether he follows frames; else
    ///           each change is told as his place.
    pub fn next(&self, seen: u64, who: u64, frames: bool) -> Option<Heard> {
        let (mut live, now) = (self.room.live(), self.room.second());
        if live.closed {
            return None;
        }
        let member = *live.members.get(&who)?;
        let version = live.blocks.get(&member.block).map_or(u64::MAX, |block| block.version);
        // most are asked because somebody in another block was told something
        if member.told.is_some() && !member.anew && version <= seen && member.turned == live.turned {
            return None;
        }
        let turned = live.turned;
        let status = self.room.told(&live, &member.token, now)?;
        let stands = (status.state, status.turn);
        let by_frames = frames && status.state == PlaceState::Waiting && status.turn.is_some();
        let is_told = member.told == Some(stands);
        if by_frames && is_told {
            return self.frame(&mut live, member, (seen, who), now);
        }
        if is_told && (status.version <= seen || status.state == PlaceState::Admitted) {
            live.members.get_mut(&who)?.turned = turned;
            return None;
        }
        let known = live.members.get_mut(&who)?;
        known.told = Some(stands);
        (known.anew, known.turned) = (by_frames, turned);
        let seen = if by_frames { seen } else { status.version };
        Some(Heard::Place { token: self.room.premises.tokens().seal(&member.token), status: Box::new(status), seen })
    }

    fn frame(&self, live: &mut Live, member: Member, (seen, who): (u64, u64), now: i64) -> Option<Heard> {
        let block = live.blocks.get(&member.block)?;
        if !member.anew && seen >= block.version {
            return None;
        }
        let version = block.version;
        let frame = match block.after(seen).filter(|_| !member.anew) {
            Some(frame) => frame,
            None => live.room.snapshot(member.block, now).into(),
        };
        let known = live.members.get_mut(&who)?;
        (known.anew, known.turned) = (false, live.turned);
        Some(Heard::Frame { frame, seen: version })
    }

    /// Waits until there is something new; false once the room has closed.
    pub async fn moved(&self) -> bool {
        let mut moved = self.room.moved.subscribe();
        let looked = self.looked.load(Ordering::SeqCst);
        let now = moved.wait_for(|now| *now != looked).await.map_or(u64::MAX, |now| *now);
        self.looked.store(now, Ordering::SeqCst);
        !self.room.is_closed()
    }
}

impl Listener {
    pub fn who(&self) -> u64 {
        self.who
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let now = self.room.second();
        let mut live = self.room.live();
        if let Some(member) = live.members.remove(&self.who) {
            if let Some(block) = live.blocks.get_mut(&member.block) {
                block.members = block.members.saturating_sub(1);
            }
            live.room.closed(member.token.number, now);
        }
    }
}
