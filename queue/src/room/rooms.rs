//! The rooms that are open on this node: found by event, opened once, bounded in number.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::open_room::OpenRoom;
use super::opening::open;
use super::owner::Owner;
use super::premises::Premises;
use crate::error::{Fault, QueueError};

/// Rooms that open at once: fewer than the queue's connections.
const OPENINGS: usize = 2;
/// Events whose rooms may be waited for at once, beside those that are open.
const WAITING: usize = 4_096;
/// Tries at a room that closes while it is asked.
const TRIES: u32 = 3;

type RoomSlot = Arc<OnceCell<Arc<OpenRoom>>>;

pub struct Rooms {
    premises: Premises,
    slots: Mutex<HashMap<EventId, RoomSlot>>,
    openings: Semaphore,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// What stands in `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub rooms: usize,
    pub waiting: u64,
    pub inside: u64,
    pub connected: u64,
    /// Commands that wait for a room's task.
    pub commands: u64,
}

impl Rooms {
    pub fn new(premises: Premises) -> Self {
        let (slots, tasks, shutdown) = (Mutex::default(), TaskTracker::new(), CancellationToken::new());
        Self { premises, slots, openings: Semaphore::new(OPENINGS), tasks, shutdown }
    }

    pub fn premises(&self) -> &Premises {
        &self.premises
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<EventId, RoomSlot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The event's room, opened if need be.
    ///
    /// Refuses   not found; `NoQueue`; busy where somebody is in as many as may be open.
    pub async fn room(self: &Arc<Self>, event: EventId) -> Result<Arc<OpenRoom>, QueueError> {
        for _ in 0..TRIES {
            let slot = self.slot(event)?;
            match self.opened_in(event, &slot).await {
                Ok(room) if !room.is_closed() => return Ok(room),
                Ok(_) => self.forget(event, &slot),
                Err(error) => {
                    self.forget(event, &slot);
                    return Err(error);
                }
            }
        }
        Err(QueueError::again())
    }

    /// The room of a slot, opened in a task of its own: who hangs up meanwhile ends nothing that others wait for, and leaves nothing behind.
    async fn opened_in(self: &Arc<Self>, event: EventId, slot: &RoomSlot) -> Result<Arc<OpenRoom>, QueueError> {
        if let Some(room) = slot.get() {
            return Ok(Arc::clone(room));
        }
        let (rooms, slot) = (Arc::clone(self), Arc::clone(slot));
        let opening = self.tasks.spawn(async move {
            let opened = slot.get_or_try_init(|| rooms.open(event)).await.cloned();
            if opened.is_err() {
                rooms.forget(event, &slot);
            }
            opened
        });
        opening.await.unwrap_or_else(|panic| {
            tracing::error!(%event, %panic, "a queue did not open");
            Err(QueueError::again())
        })
    }

    /// The event's room, if it is open.
    pub fn opened(&self, event: EventId) -> Option<Arc<OpenRoom>> {
        self.slots().get(&event).and_then(|slot| slot.get().cloned()).filter(|room| !room.is_closed())
    }

    /// Closes a room: another node has the event now.
    pub fn close(&self, event: EventId) {
        if let Some(slot) = self.slots().remove(&event)
            && let Some(room) = slot.get()
        {
            room.close.cancel();
        }
    }

    /// Whether no room opens here any more.
    pub fn are_shut(&self) -> bool {
        self.shutdown.is_cancelled()
    }

    /// Lets every room finish what it was given, then stops.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub fn totals(&self) -> Totals {
        let rooms: Vec<Arc<OpenRoom>> = self.slots().values().filter_map(|slot| slot.get().cloned()).collect();
        let mut totals = Totals { rooms: rooms.len(), ..Totals::default() };
        for room in rooms {
            totals.commands += (room.commands.max_capacity() - room.commands.capacity()) as u64;
            let live = room.live();
            totals.waiting += u64::from(live.room.waiting());
            totals.inside += u64::from(live.room.inside());
            totals.connected += live.room.connected() as u64;
        }
        totals
    }

    fn slot(&self, event: EventId) -> Result<RoomSlot, QueueError> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let mut slots = self.slots();
        if !slots.contains_key(&event) && slots.len() >= self.premises.config.rooms + WAITING {
            return Err(QueueError::again());
        }
        Ok(Arc::clone(slots.entry(event).or_default()))
    }

    /// Forgets a room that has closed or did not open, unless another has taken its place or somebody still waits for it.
    fn forget(&self, event: EventId, slot: &RoomSlot) {
        let mut slots = self.slots();
        let same = slots.get(&event).is_some_and(|known| Arc::ptr_eq(known, slot));
        // the table's own and the caller's
        if same && (slot.initialized() || Arc::strong_count(slot) <= 2) {
            slots.remove(&event);
        }
    }

    async fn open(&self, event: EventId) -> Result<Arc<OpenRoom>, QueueError> {
        let patience = self.premises.config.patience.max(Duration::from_secs(1));
        let permit = tokio::time::timeout(patience, self.openings.acquire()).await;
        let _one_of_few = permit.ok().and_then(Result::ok).ok_or_else(QueueError::again)?;
        self.make_room()?;
        let (room, commands, lease) = open(&self.premises, event, self.shutdown.child_token()).await?;
        self.tasks.spawn(Owner::new(Arc::clone(&room), commands, lease).run());
        Ok(room)
    }

    /// Makes room for one more. Rooms that have closed are forgotten; where as many are open as may be, of those in which nobody is the
    /// one closes that was used longest ago: who looks at very many queues keeps nobody out of another.
    ///
    /// Refuses   busy where somebody is in each.
    fn make_room(&self) -> Result<(), QueueError> {
        let mut slots = self.slots();
        slots.retain(|_, slot| slot.get().is_none_or(|room| !room.is_closed()));
        let open: Vec<(EventId, Arc<OpenRoom>)> =
            slots.iter().filter_map(|(event, slot)| Some((*event, Arc::clone(slot.get()?)))).collect();
        metrics::gauge!("queue_rooms_open").set(open.len() as f64);
        if open.len() < self.premises.config.rooms {
            return Ok(());
        }
        let is_empty = |room: &OpenRoom| {
            let live = room.live();
            (live.room.waiting(), live.room.inside(), live.room.connected()) == (0, 0, 0)
        };
        let empty = open.iter().filter(|(_, room)| is_empty(room));
        let longest_ago = empty.min_by_key(|(_, room)| room.used.load(Ordering::Relaxed));
        let (event, room) = longest_ago.ok_or_else(QueueError::again)?;
        slots.remove(event);
        room.close.cancel();
        Ok(())
    }
}
