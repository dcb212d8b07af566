//! A room as everybody on this node sees it: its task changes it, who asks reads it under the same lock, which nobody keeps while he waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::{EventId, Pass, QueueToken};
use jiff::Timestamp;
use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::RoomCommand;
use super::listening::{ListenedBlock, Member};
use super::premises::Premises;
use super::status::{PlaceState, Status};
use super::time::Time;
use crate::error::{Fault, QueueError};
use crate::rules::room::{Outlook, Room};
use crate::rules::shuffle::Seed;
use crate::store::terms::QueueTerms;

/// What is under the lock.
pub struct Live {
    pub room: Room,
    pub terms: QueueTerms,
    /// When the sale began and those were drawn who came before.
    pub started_at: Option<Timestamp>,
    /// The blocks to which somebody listens.
    pub blocks: HashMap<u32, ListenedBlock>,
    /// Who listens without a task of his own, by a number of this start.
    pub members: HashMap<u64, Member>,
    pub next_member: u64,
    /// Counts what changes for them and no frame tells: the start, and what the organiser says.
    pub turned: u64,
    /// When the last beat was.
    pub beaten: Instant,
    /// The task is gone: nothing here is true any more.
    pub closed: bool,
}

/// The least time between two beats.
pub const BEAT: Duration = Duration::from_millis(50);

pub struct OpenRoom {
    pub premises: Premises,
    pub event: EventId,
    pub epoch: u32,
    pub seed: Seed,
    pub time: Time,
    pub commands: mpsc::Sender<RoomCommand>,
    /// Wakes the task: somebody who was called has come.
    pub wake: Notify,
    pub close: CancellationToken,
    /// Changes when members may be told something.
    pub moved: watch::Sender<u64>,
    /// The last second at which somebody asked.
    pub used: AtomicI64,
    pub(super) live: Mutex<Live>,
}

impl OpenRoom {
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn second(&self) -> i64 {
        self.time.now().as_second()
    }

    pub fn is_closed(&self) -> bool {
        self.live().closed
    }

    /// Ends it for everybody who listens.
    pub fn shut(&self) {
        let mut live = self.live();
        live.closed = true;
        live.blocks.clear();
        drop(live);
        self.tell_members();
    }

    /// Sends a command to the task and waits for its answer.
    pub async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, QueueError>>) -> RoomCommand,
    ) -> Result<T, QueueError> {
        self.touch();
        let (reply, answer) = oneshot::channel();
        self.commands.try_send(command(reply)).map_err(|_| {
            metrics::counter!("queue_busy_total").increment(1);
            QueueError::again()
        })?;
        answer.await.unwrap_or_else(|_| Err(QueueError::again()))
    }

    pub fn touch(&self) {
        self.used.store(self.second(), Ordering::Relaxed);
    }

    /// What is told of a place; none where nobody has its number.
    ///
    /// Takes     `heard`: whether this is a sign of life.
    pub fn status(&self, token: &QueueToken, heard: bool) -> Result<Option<Status>, QueueError> {
        self.touch();
        let (mut live, now) = (self.live(), self.second());
        if live.closed {
            return Err(QueueError::again());
        }
        if heard && live.room.heard(token.number, now) {
            self.wake.notify_one();
        }
        Ok(self.told(&live, token, now))
    }

    pub(super) fn told(&self, live: &Live, token: &QueueToken, now: i64) -> Option<Status> {
        let look = live.room.look(token.number, now)?;
        let at = self.time.now();
        let (is_over, has_opened) = (live.terms.is_over(at), live.terms.has_opened(at));
        let (state, ahead, eta, inside) = match look {
            Outlook::Before { .. } | Outlook::Waiting { .. } if is_over => (PlaceState::Over, None, None, None),
            Outlook::Before { ahead } => (PlaceState::Before, ahead, None, None),
            // put off after its start: the line stays as it is, and begins to move when the sale does
            Outlook::Waiting { ahead, .. } if !has_opened => (PlaceState::Before, Some(ahead), None, None),
            Outlook::Waiting { ahead, eta } => (PlaceState::Waiting, Some(ahead), Some(eta), None),
            Outlook::Admitted(inside) => (PlaceState::Admitted, None, None, Some(inside)),
            Outlook::Left => (PlaceState::Left, None, None, None),
            Outlook::Over => (PlaceState::Over, None, None, None),
        };
        let pass_until = inside.and_then(|inside| Timestamp::from_second(inside.until).ok());
        let pass = inside.zip(pass_until).map(|(inside, expires_at)| {
            self.premises.passes().seal(&Pass { event: self.event, holder: token.holder, id: inside.pass, expires_at })
        });
        let seats_left = live.terms.seats_left;
        Some(Status {
            event: self.event,
            state,
            place: ahead.map(|ahead| ahead + 1),
            ahead,
            of: live.room.waiting(),
            eta_seconds: eta,
            joined_at: token.issued_at,
            opens_at: live.terms.opens_at.filter(|_| state == PlaceState::Before),
            pass,
            pass_until,
            seats_left,
            scarce: seats_left.zip(ahead).is_some_and(|(left, ahead)| left <= ahead),
            version: live.room.version(live.room.block_of(token.number)),
            turn: live.room.has_started().then(|| live.room.turn_of(token.number)),
        })
    }

    /// A block that is watched from now on.
    pub(super) fn block<'l>(&self, live: &'l mut Live, block: u32, now: i64) -> &'l mut ListenedBlock {
        let Live { room, blocks, .. } = live;
        room.watch(block, now);
        blocks.entry(block).or_insert_with(|| ListenedBlock::new(room.version(block)))
    }

    /// Puts all listeners into the blocks in which they stand now.
    pub(super) fn move_members(&self, live: &mut Live, now: i64) {
        live.blocks.clear();
        live.turned += 1;
        let moved: Vec<(u64, u32)> =
            live.members.iter().map(|(who, member)| (*who, live.room.block_of(member.token.number))).collect();
        for (who, block) in moved {
            if let Some(member) = live.members.get_mut(&who) {
                (member.block, member.anew) = (block, true);
            }
            self.block(live, block, now).members += 1;
        }
        self.tell_members();
    }

    /// Says that there may be something new for those who listen.
    pub(super) fn tell_members(&self) {
        self.moved.send_modify(|now| *now = now.wrapping_add(1));
    }

    /// Listens to a block, which is watched from now on.
    pub(super) fn listen(&self, live: &mut Live, block: u32, now: i64) -> broadcast::Receiver<Bytes> {
        self.block(live, block, now).sender.subscribe()
    }

    /// Tells the blocks whose beat it is: once a second, or all the time where somebody is about to come in.
    pub(super) fn beat_if_due(&self, at_once: bool) {
        let (mut live, now) = (self.live(), self.second());
        let beat = if live.room.is_urgent() { BEAT } else { Duration::from_secs(1) - BEAT };
        if !at_once && live.beaten.elapsed() < beat {
            return;
        }
        live.beaten = Instant::now();
        live.blocks.retain(|_, block| block.is_heard());
        let Live { room, blocks, .. } = &mut *live;
        let frames = room.beat(now, |block| blocks.contains_key(&block));
        let moved = !frames.is_empty();
        for (block, frame) in frames {
            let version = room.version(block);
            if let Some(listeners) = blocks.get_mut(&block) {
                listeners.tell(frame.into(), version);
            }
        }
        drop(live);
        if moved {
            self.tell_members();
        }
    }

    /// Takes over what the rows say now of the event and its queue.
    pub(super) fn reread(&self, terms: QueueTerms, settings: crate::rules::settings::Settings) {
        let mut live = self.live();
        // a sale that is over, or put off, is told by nothing else
        let moved = live.terms != terms || *live.room.settings() != settings;
        live.terms = terms;
        live.room.configure(settings);
        live.turned += u64::from(moved);
        drop(live);
        if moved {
            self.tell_members();
        }
    }

    pub(super) fn fault(&self, fault: &Fault) {
        metrics::counter!("queue_rooms_broken_total").increment(1);
        tracing::warn!(event = %self.event, %fault, "a queue closes; who asks next opens it from its rows");
    }
}
