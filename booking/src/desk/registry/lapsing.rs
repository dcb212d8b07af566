//! Events whose held places lapse after their desk has closed: one list a node, in order of time.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::time::Instant;

/// Events remembered. One more waits for the next command or the next start: nothing is sold wrongly for it.
const MOST: usize = 100_000;

/// When which event's places are due.
#[derive(Default)]
pub struct Lapsing(Mutex<BTreeSet<(Instant, EventId)>>);

impl Lapsing {
    pub fn note(&self, event: EventId, after: Duration) {
        let Some(at) = Instant::now().checked_add(after) else { return };
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() < MOST {
            due.insert((at, event));
        }
    }

    /// How long until the first is due.
    pub fn wait(&self) -> Option<Duration> {
        let due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        due.first().map(|(at, _)| at.saturating_duration_since(Instant::now()))
    }

    /// Takes an event that is due.
    pub fn take(&self) -> Option<EventId> {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        due.first().is_some_and(|(at, _)| *at <= Instant::now()).then(|| due.pop_first()).flatten().map(|(_, event)| event)
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
}
