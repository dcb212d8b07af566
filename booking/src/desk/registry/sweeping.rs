//! Held places lapse and what comes free is offered though nobody asks: desks are opened for it when it is time.

use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::EventId;
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::{Found, ROOM, Registry};
use crate::desk::desk::{DeskAnswer, Letter};
use crate::error::BookingError;
use crate::rules::command::Command;
use crate::store::waitlist;

/// Events with waiters that one look opens, and how often is looked.
const WAITED: i64 = 1_000;
const WAITED_LOOK: Duration = Duration::from_secs(2);
/// How often is looked what has become due meanwhile.
const LAPSE_LOOK: Duration = Duration::from_secs(1);
/// Events swept in one go, and at the same time.
const LAPSE_MOST: usize = 64;
const LAPSE_AT_ONCE: usize = 4;

impl Registry {
    /// Opens desks where held places lapse that nobody asks about: of these events now, of desks that closed when it is time.
    pub fn lapse_from_rows(self: &Arc<Self>, holding: Vec<EventId>) {
        self.tasks.spawn(Self::open_holding(Arc::downgrade(self), holding));
        self.tasks.spawn(Self::open_waited(Arc::downgrade(self), self.shutdown.clone()));
        self.tasks.spawn(Self::lapse(Arc::downgrade(self), self.shutdown.clone()));
    }

    /// Opens desks of events at which somebody waits, here or since another node went: what comes free there is theirs. Some at a time,
    /// each look after the ones that the last one saw.
    async fn open_waited(registry: Weak<Registry>, shutdown: CancellationToken) {
        let mut seen = None;
        loop {
            let Some(here) = registry.upgrade() else { return };
            match waitlist::events(&here.premises.others, seen, WAITED).await {
                Ok(events) => {
                    seen = events.last().copied().filter(|_| events.len() as i64 == WAITED);
                    let closed: Vec<_> = events.into_iter().filter(|event| !here.slots().contains_key(event)).collect();
                    drop(here);
                    Self::open_holding(registry.clone(), closed).await;
                }
                Err(error) => tracing::warn!(%error, "events at which somebody waits cannot be looked for"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(WAITED_LOOK) => {}
            }
        }
    }

    /// An open desk wakes by itself when the first hold is over, and tells when that is if it must make room before.
    async fn open_holding(registry: Weak<Registry>, holding: Vec<EventId>) {
        for event in holding {
            let Some(registry) = registry.upgrade().filter(|registry| !registry.shutdown.is_cancelled()) else { return };
            match registry.desk(event).await {
                // another node's desk looks after what is its own
                Ok(_) | Err(BookingError::NotFound) => {}
                Err(_) => registry.lapsing.note(event, ROOM),
            }
        }
    }

    async fn lapse(registry: Weak<Registry>, shutdown: CancellationToken) {
        loop {
            let Some(wait) = registry.upgrade().map(|registry| registry.lapsing.wait()) else { return };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait.map_or(LAPSE_LOOK, |wait| wait.min(LAPSE_LOOK))) => {}
            }
            let Some(registry) = registry.upgrade() else { return };
            let due: Vec<_> = std::iter::from_fn(|| registry.lapsing.take()).take(LAPSE_MOST).collect();
            let sweeps: Vec<_> = due.into_iter().map(|event| registry.sweep(event)).collect();
            futures::stream::iter(sweeps).buffer_unordered(LAPSE_AT_ONCE).collect::<()>().await;
        }
    }

    /// Gives back what has lapsed at one event: asked for and waited for, so that its desk cannot be sent away before it did.
    async fn sweep(self: &Arc<Self>, event: EventId) {
        let swept = async {
            let Found::Here(desk) = self.desk(event).await? else { return Ok(()) };
            match desk.hand(Letter::of(Command::Sweep)).await {
                Some(DeskAnswer::Back(_)) => Err(BookingError::Busy { retry_after: ROOM }),
                // a full queue has others before it, and each of them gives back what has lapsed
                Some(DeskAnswer::Answered(Err(BookingError::Busy { .. }))) | None => Ok(()),
                Some(DeskAnswer::Answered(answer)) => answer.map(|_| ()),
            }
        };
        match swept.await {
            Ok(()) | Err(BookingError::NotFound) => {}
            Err(_) if self.shutdown.is_cancelled() => {}
            Err(error) => {
                tracing::warn!(%event, %error, "an event's held places lapse later");
                self.lapsing.note(event, ROOM);
            }
        }
    }
}
