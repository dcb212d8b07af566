//! The desks that are open on this node: found by event, opened once, bounded in number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, EventId};
use tokio::sync::{OnceCell, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Desk, Envelope, Premises, Shared, open::open};
use crate::error::{BookingError, Fault};

/// How to reach an open desk.
#[derive(Clone)]
pub struct Handle {
    pub commands: mpsc::Sender<Envelope>,
    pub shared: Arc<Shared>,
    close: CancellationToken,
}

/// A desk's place in the registry, also while it opens: who comes meanwhile waits for the same opening.
#[derive(Default)]
struct Slot {
    handle: OnceCell<Handle>,
    used: Mutex<Option<Instant>>,
}

pub struct Registry {
    premises: Premises,
    slots: Mutex<HashMap<EventId, Arc<Slot>>>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Registry {
    pub fn new(premises: Premises) -> Arc<Registry> {
        let slots = Mutex::new(HashMap::new());
        Arc::new(Registry { premises, slots, tasks: TaskTracker::new(), shutdown: CancellationToken::new() })
    }

    /// Finds the event's desk, opening it if need be.
    ///
    /// Refuses   an event that does not exist; Busy when all desks are in use.
    pub async fn desk(self: &Arc<Self>, event: EventId) -> Result<Handle, BookingError> {
        let slot = self.slot(event)?;
        let opened = slot.handle.get_or_try_init(|| self.open(event, &slot)).await;
        match opened {
            Ok(handle) => Ok(handle.clone()),
            Err(error) => {
                self.leave(event, &slot);
                Err(error)
            }
        }
    }

    fn slot(&self, event: EventId) -> Result<Arc<Slot>, BookingError> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if !slots.contains_key(&event) && slots.len() >= self.premises.config.desks {
            evict(&mut slots)?;
        }
        let slot = slots.entry(event).or_default();
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(Arc::clone(slot))
    }

    async fn open(self: &Arc<Self>, event: EventId, slot: &Arc<Slot>) -> Result<Handle, BookingError> {
        let opened = open(&self.premises, event).await?;
        let shared = Arc::new(Shared::new(opened.picture(), self.premises.config.backlog));
        let (sender, commands) = mpsc::channel(self.premises.config.queue);
        let close = self.shutdown.child_token();
        let desk = Desk {
            premises: self.premises.clone(),
            event,
            inventory: opened.inventory,
            version: opened.version,
            // A manual clock knows nothing of the database's.
            decided: matches!(self.premises.clock, Clock::System).then(|| (opened.now, Instant::now())),
            shared: Arc::clone(&shared),
            commands,
            close: close.clone(),
        };
        let (registry, mine) = (Arc::downgrade(self), Arc::downgrade(slot));
        let leave = move || {
            if let (Some(registry), Some(slot)) = (registry.upgrade(), mine.upgrade()) {
                registry.leave(event, &slot);
            }
        };
        self.tasks.spawn(desk.run(leave));
        metrics::counter!("booking_desks_opened_total").increment(1);
        Ok(Handle { commands: sender, shared, close })
    }

    /// Removes a desk that closes, unless another has taken its place.
    fn leave(&self, event: EventId, slot: &Arc<Slot>) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.get(&event).is_some_and(|known| Arc::ptr_eq(known, slot)) {
            slots.remove(&event);
        }
        metrics::gauge!("booking_desks_open").set(slots.len() as f64);
    }

    pub fn premises(&self) -> &Premises {
        &self.premises
    }

    /// Runs something until it ends by itself or booking shuts down.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = task => {}
            }
        });
    }

    pub fn shutting_down(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Lets every desk finish its queue.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Closes the desk that was used longest ago and that nobody watches.
fn evict(slots: &mut HashMap<EventId, Arc<Slot>>) -> Result<(), BookingError> {
    let used = |slot: &Arc<Slot>| *slot.used.lock().unwrap_or_else(PoisonError::into_inner);
    let open = slots.iter().filter_map(|(event, slot)| Some((*event, used(slot), slot.handle.get()?)));
    let oldest = open.filter(|(_, _, handle)| !handle.shared.watched()).min_by_key(|(_, used, _)| *used);
    let Some((event, _, handle)) = oldest else { return Err(BookingError::Busy { retry_after: Duration::from_secs(5) }) };
    handle.close.cancel();
    slots.remove(&event);
    Ok(())
}
