//! Events whose held places lapse after their desk has closed: one list a node, in order of time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::time::Instant;

/// Events remembered. One more waits for the next command or the next start: nothing is sold wrongly for it.
const MOST: usize = 100_000;

/// When which event's places are due: of each event the next time.
#[derive(Default)]
pub struct Lapsing(Mutex<Due>);

#[derive(Default)]
struct Due {
    by_time: BTreeSet<(Instant, EventId)>,
    of: HashMap<EventId, Instant>,
}

impl Lapsing {
    fn due(&self) -> MutexGuard<'_, Due> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note(&self, event: EventId, after: Duration) {
        let Some(at) = Instant::now().checked_add(after) else { return };
        let mut due = self.due();
        match due.of.get(&event).copied() {
            Some(known) if known <= at => return,
            Some(known) => drop(due.by_time.remove(&(known, event))),
            None if due.of.len() >= MOST => return,
            None => {}
        }
        due.of.insert(event, at);
        due.by_time.insert((at, event));
    }

    /// How long until the first is due.
    pub fn wait(&self) -> Option<Duration> {
        self.due().by_time.first().map(|(at, _)| at.saturating_duration_since(Instant::now()))
    }

    /// Takes an event that is due.
    pub fn take(&self) -> Option<EventId> {
        let mut due = self.due();
        let (at, event) = *due.by_time.first().filter(|(at, _)| *at <= Instant::now())?;
        due.by_time.remove(&(at, event));
        due.of.remove(&event);
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;

    #[test]
    fn events_are_due_in_order_of_time() {
        let (lapsing, first, second) = (Lapsing::default(), EventId::at(noon()), EventId::at(noon()));
        assert_eq!((lapsing.wait(), lapsing.take()), (None, None));
        lapsing.note(second, Duration::from_secs(3_600));
        lapsing.note(first, Duration::ZERO);
        lapsing.note(second, Duration::MAX);
        assert_eq!(lapsing.wait(), Some(Duration::ZERO));
        assert_eq!((lapsing.take(), lapsing.take()), (Some(first), None));
        assert!(lapsing.wait().is_some_and(|wait| wait > Duration::from_secs(3_000)), "never is not noted");
    }

    /// Each look at an event whose desk does not open notes it once more.
    #[test]
    fn an_event_that_is_noted_again_and_again_is_due_once_and_at_the_earliest() {
        let (lapsing, often, once) = (Lapsing::default(), EventId::at(noon()), EventId::at(noon()));
        for seconds in [7_200, 3_600, 0, 0, 3_600] {
            lapsing.note(often, Duration::from_secs(seconds));
        }
        lapsing.note(once, Duration::ZERO);
        let due: Vec<_> = std::iter::from_fn(|| lapsing.take()).collect();
        assert!(due.len() == 2 && due.contains(&often) && due.contains(&once), "{due:?}");
        assert_eq!(lapsing.wait(), None, "nothing is left of it");
    }
}
