//! The desks that are open on this node: found by event, opened once, bounded in number.

mod found;
mod handle;
mod lapsing;
mod leaving;
mod opening;
mod ownership;
mod sweeping;
#[cfg(test)]
mod tests;

pub use found::Found;
pub use handle::Handle;
pub use leaving::Leaving;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::found::Whose;
use self::lapsing::Lapsing;
use super::desk::Premises;
use crate::error::{BookingError, Fault};
use crate::waiting::{ByEvent, Fill, Waiting};

/// A desk's place in the registry, also while it opens: who comes meanwhile waits for the same opening.
#[derive(Default)]
struct DeskSlot {
    handle: OnceCell<Handle>,
    used: Mutex<Option<Instant>>,
}

impl Fill for DeskSlot {
    fn filled(&self) -> bool {
        self.handle.initialized()
    }
}

pub struct Registry {
    premises: Premises,
    slots: ByEvent<DeskSlot>,
    /// What opens at once: asking about events that do not exist must not take all connections.
    openings: Arc<Semaphore>,
    lapsing: Lapsing,
    /// This node gives its events to others, or takes none.
    leaving: AtomicBool,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// Desks that open at once.
const OPENINGS: usize = 16;
/// Commands that may wait for their desk to open, by desk: more of them are answered Busy.
const WAITING: usize = 4_096;
/// How long the room that another desk leaves is waited for.
const ROOM: Duration = Duration::from_secs(5);

impl Registry {
    pub fn new(premises: Premises) -> Arc<Registry> {
        Arc::new(Registry {
            slots: Mutex::default(),
            openings: Arc::new(Semaphore::new(OPENINGS)),
            lapsing: Lapsing::default(),
            leaving: AtomicBool::new(premises.config.nodes.as_ref().is_some_and(|nodes| !nodes.sells)),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            premises,
        })
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<EventId, Arc<DeskSlot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds who decides the event's commands, opening its desk here if it is this node's, or nobody's.
    ///
    /// Refuses   an event that does not exist; Busy when all desks are in use.
    pub async fn desk(self: &Arc<Self>, event: EventId) -> Result<Found, BookingError> {
        match self.opened(event) {
            Some(open) => Ok(Found::Here(open)),
            // in a box: the usual command carries no room for it
            None => Box::pin(self.found(event)).await,
        }
    }

    async fn found(self: &Arc<Self>, event: EventId) -> Result<Found, BookingError> {
        let lease = match self.whose(event).await? {
            Whose::Ours(lease) => lease,
            Whose::Theirs(other) => return Ok(Found::There(other)),
        };
        let slot = self.slot(event)?;
        let opened = slot.handle.get_or_try_init(|| self.open(event, &slot, lease)).await.cloned();
        drop(slot);
        if opened.is_err() {
            self.release(event).await;
        }
        Ok(Found::Here(opened?))
    }

    /// The desk that is open here and not about to close.
    fn opened(&self, event: EventId) -> Option<Handle> {
        let slots = self.slots();
        let slot = slots.get(&event)?;
        let open = slot.handle.get().filter(|handle| !handle.close.is_cancelled())?;
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Some(open.clone())
    }

    fn slot(&self, event: EventId) -> Result<Waiting<'_, DeskSlot>, BookingError> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let mut slots = self.slots();
        if !slots.contains_key(&event) && slots.len() >= self.premises.config.desks + WAITING {
            return Err(BookingError::Busy { retry_after: ROOM });
        }
        let slot = slots.entry(event).or_default();
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(Waiting::new(&self.slots, event, Arc::clone(slot)))
    }

    /// Removes a desk that closes, unless another has taken its place.
    fn leave(&self, event: EventId, slot: &Arc<DeskSlot>) {
        let mut slots = self.slots();
        if slots.get(&event).is_some_and(|known| Arc::ptr_eq(known, slot)) {
            slots.remove(&event);
            self.premises.waitlists.forget(event);
        }
        metrics::gauge!("booking_desks_open").set(slots.len() as f64);
    }

    /// Makes room for one more desk where there are as many as there may be: some of those that have nothing to do close, the ones
    /// that were used longest ago. Several at once, so that a look at all of them serves several openings.
    fn make_room(&self) -> Result<(), BookingError> {
        let most = self.premises.config.desks;
        let mut slots = self.slots();
        let open = slots.values().filter(|slot| slot.filled()).count();
        if open < most {
            return Ok(());
        }
        let used = |slot: &DeskSlot| *slot.used.lock().unwrap_or_else(PoisonError::into_inner);
        let all = slots.iter().filter_map(|(event, slot)| Some((used(slot), *event, slot.handle.get()?.clone())));
        let mut idle: Vec<_> =
            all.filter(|(_, _, handle)| handle.commands.capacity() == handle.commands.max_capacity()).collect();
        idle.sort_unstable_by_key(|(used, ..)| *used);
        idle.truncate(open - most + (most / 16).max(1));
        for (_, event, handle) in &idle {
            handle.close.cancel();
            slots.remove(event);
            self.premises.waitlists.forget(*event);
        }
        if open - idle.len() < most { Ok(()) } else { Err(BookingError::Busy { retry_after: ROOM }) }
    }

    pub fn premises(&self) -> &Premises {
        &self.premises
    }

    /// Runs something to its end; it looks at [`Self::shutting_down`] between its steps.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    pub fn shutting_down(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Commands that wait at the fullest desk, and how many may.
    pub fn depth(&self) -> (usize, usize) {
        let slots = self.slots();
        let waiting =
            |slot: &Arc<DeskSlot>| slot.handle.get().map(|open| open.commands.max_capacity() - open.commands.capacity());
        (slots.values().filter_map(waiting).max().unwrap_or(0), self.premises.config.queue)
    }

    /// Lets every desk finish its queue.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
