//! The live badge of every event that has sold or held anything, kept in memory beside the index.
//!
//! A sale never touches the index: booking's counts arrive here, and hits are decorated when they are read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{RwLock, RwLockReadGuard};

use domain::event::Availability;
use domain::id::EventId;
use jiff::Timestamp;

/// What booking says of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventAvailability {
    pub event_id: EventId,
    pub available: u32,
    pub held: u32,
    pub sold: u32,
    pub capacity: u32,
    pub as_of: Timestamp,
}

/// One event's badge and when it was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    pub availability: Availability,
    pub as_of: Timestamp,
}

/// All live badges. Bounded by the number of events that were ever on sale here: about 60 bytes each.
#[derive(Debug, Default)]
pub struct AvailabilityOverlay {
    badges: RwLock<HashMap<EventId, Badge>>,
    epoch: AtomicU64,
}

impl AvailabilityOverlay {
    /// Takes what changed; the epoch moves only if some badge did, so that cached searches outlive sales that show nowhere.
    pub fn update(&self, changes: impl IntoIterator<Item = EventAvailability>) {
        let mut badges = self.badges.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut moved = false;
        for change in changes {
            let availability = Availability::of(change.available, change.held, change.capacity);
            let badge = Badge { availability, as_of: change.as_of };
            moved |= badges.insert(change.event_id, badge).is_none_or(|before| before.availability != availability);
        }
        if moved {
            self.epoch.fetch_add(1, Ordering::Release);
        }
    }

    pub fn get(&self, event: EventId) -> Option<Badge> {
        self.badges().get(event)
    }

    /// All badges at one moment: updates wait while this is held.
    pub(super) fn badges(&self) -> Badges<'_> {
        Badges(self.badges.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Makes answers that were cached until now unreachable, for a reason other than a badge.
    pub(super) fn outdate(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Grows with every visible change.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }
}

/// The badges while one search looks at them.
pub(super) struct Badges<'a>(RwLockReadGuard<'a, HashMap<EventId, Badge>>);

impl Badges<'_> {
    /// What booking said of an event.
    pub fn get(&self, event: EventId) -> Option<Badge> {
        self.0.get(&event).copied()
    }

    /// The badge of an event whose sale is open: what booking said, or available while it has said nothing.
    pub fn get_lazy(&self, event: impl FnOnce() -> EventId) -> Availability {
        if self.0.is_empty() {
            return Availability::Available;
        }
        self.0.get(&event()).map_or(Availability::Available, |badge| badge.availability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(available: u32, held: u32) -> EventAvailability {
        let event_id = EventId::from(uuid::Uuid::from_u128(1));
        EventAvailability { event_id, available, held, sold: 0, capacity: 100, as_of: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn only_a_visible_change_moves_the_epoch() {
        let overlay = AvailabilityOverlay::default();
        overlay.update([counts(100, 0)]);
        let first = overlay.epoch();
        overlay.update([counts(90, 5)]);
        assert_eq!(overlay.epoch(), first, "still available");
        overlay.update([counts(0, 5)]);
        assert_eq!(overlay.epoch(), first + 1);
        assert_eq!(overlay.get(counts(0, 0).event_id).map(|badge| badge.availability), Some(Availability::Held));
    }
}
