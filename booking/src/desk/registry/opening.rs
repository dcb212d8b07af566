//! Opening a desk: few at once, in tasks of their own, each into a place that it frees when it goes.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, EventId};
use lease::Lease;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::handle::Handle;
use super::leaving::{Leaving, Left};
use super::{DeskSlot, ROOM, Registry};
use crate::desk::desk::Desk;
use crate::desk::open::open;
use crate::error::{BookingError, Fault};

/// A connection inside the fence of an event that has become this node's, and was asked nothing for so long, is put out.
const STOPPED: Duration = Duration::from_secs(1);

impl Registry {
    /// Opens the event's desk into its place.
    pub(super) async fn open(
        self: &Arc<Self>,
        event: EventId,
        slot: &Arc<DeskSlot>,
        lease: Option<Lease>,
    ) -> Result<Handle, BookingError> {
        let one = tokio::time::timeout(ROOM, Arc::clone(&self.openings).acquire_owned()).await;
        let one_of_few = match one {
            Ok(permit) => permit.map_err(|error| Fault::corrupt("opening", error))?,
            Err(_) => return Err(BookingError::Busy { retry_after: ROOM }),
        };
        // In a task of its own, which counts until it is over: a caller who gives up makes no room for one more.
        let premises = self.premises.clone();
        // whoever had it before and stopped inside the fence keeps nobody out
        let stopped = lease.is_some().then_some(STOPPED);
        let opening = self.tasks.spawn(async move {
            let _one_of_few = one_of_few;
            open(&premises, event, stopped).await
        });
        let opened = opening.await.map_err(|error| Fault::corrupt("opening", error))??;
        // Only now: an event that does not exist takes nobody's room.
        self.make_room()?;
        let (sender, commands) = mpsc::channel(self.premises.config.queue);
        self.premises.waitlists.show(event, &opened.inventory.lines);
        let close = self.shutdown.child_token();
        let desk = Desk {
            premises: self.premises.clone(),
            event,
            inventory: opened.inventory,
            version: opened.version,
            // A manual clock knows nothing of the database's.
            decided: matches!(self.premises.clock, Clock::System).then(|| (opened.now, Instant::now())),
            commands,
            db: opened.db,
            uncertain: false,
            lease,
            close: close.clone(),
        };
        let (running, registry) = (desk.run(self.leaving(event, slot)), Arc::downgrade(self));
        self.tasks.spawn(async move {
            running.await;
            if let Some(registry) = registry.upgrade() {
                registry.release(event).await;
            }
        });
        metrics::counter!("booking_desks_opened_total").increment(1);
        Ok(Handle { commands: sender, close })
    }

    /// Frees a desk's place when it goes, and remembers what lapses there later.
    fn leaving(self: &Arc<Self>, event: EventId, slot: &Arc<DeskSlot>) -> Leaving {
        let (registry, slot) = (Arc::downgrade(self), Arc::downgrade(slot));
        Leaving::new(move |left| {
            let Some(registry) = registry.upgrade() else { return };
            match left {
                Left::Closing => {
                    if let Some(slot) = slot.upgrade() {
                        registry.leave(event, &slot);
                    }
                }
                Left::Done(due) => {
                    if !registry.shutdown.is_cancelled() {
                        registry.lapsing.note(event, due);
                    }
                }
                Left::Panicked => {
                    tracing::error!(%event, "a desk panicked; the next command opens it again");
                    metrics::counter!("booking_desk_panics_total").increment(1);
                    registry.lapsing.note(event, Duration::from_secs(1));
                }
            }
        })
    }
}
