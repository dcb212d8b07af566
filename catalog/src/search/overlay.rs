//! The live badge of every event that has sold or held anything, kept in memory beside the index.
//!
//! A sale never touches the index: booking's counts arrive here, and hits are decorated when they are read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::event::{Availability, TierId};
use domain::id::EventId;
use domain::tier_badges::TierBadges;
use jiff::Timestamp;

/// What booking says of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventAvailability {
    pub event_id: EventId,
    pub available: u32,
    pub held: u32,
    pub sold: u32,
    pub capacity: u32,
    /// What is left of each tier; none while that is not known.
    pub tiers: Option<TierBadges>,
    pub as_of: Timestamp,
}

/// One event's badge and when it was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    pub availability: Availability,
    /// Those of its tiers, where they are known and differ from one to the other.
    pub tiers: Option<TierBadges>,
    pub as_of: Timestamp,
}

impl Badge {
    /// One that says the same of all tiers.
    pub fn of_all(availability: Availability, as_of: Timestamp) -> Self {
        Self { availability, tiers: None, as_of }
    }

    /// The badge of a tier: its event's while its own is not known.
    pub fn of(&self, tier: TierId) -> Availability {
        self.tiers.map_or(self.availability, |tiers| tiers.of(tier))
    }
}

/// So many parts: of a million badges one has a thousand, which are copied in some twenty microseconds.
const PARTS: usize = 1_024;

type Part = HashMap<EventId, Badge>;

/// All live badges. Bounded by the number of events that were ever on sale here: about 70 bytes each.
#[derive(Debug, Default)]
pub struct AvailabilityOverlay {
    badges: RwLock<Badges>,
    /// Held while badges are changed, so that no change is lost to another.
    changing: Mutex<()>,
    epoch: AtomicU64,
}

impl AvailabilityOverlay {
    /// Takes what changed; the epoch moves only if some badge did, so that cached searches outlive sales that show nowhere.
    ///
    /// Cost      a look at each change; the parts of those that say something new are copied beside the live ones, and all badges are
    ///           swapped at once: whoever reads waits for no more than the swap, and not at all when nothing is new.
    pub fn update(&self, changes: impl IntoIterator<Item = EventAvailability>) {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.badges();
        let (mut parts, mut moved): (HashMap<usize, Part>, bool) = (HashMap::new(), false);
        for change in changes {
            let availability = Availability::of(change.available, change.held, change.capacity);
            let (id, badge) = (change.event_id, Badge { availability, tiers: change.tiers, as_of: change.as_of });
            let at = part_of(id);
            let known = parts.get(&at).or(before.part(at)).and_then(|part| part.get(&id));
            if known == Some(&badge) {
                continue;
            }
            moved |= known.is_none_or(|known| (known.availability, known.tiers) != (availability, badge.tiers));
            parts.entry(at).or_insert_with(|| before.part(at).cloned().unwrap_or_default()).insert(id, badge);
        }
        if parts.is_empty() {
            return;
        }
        let after = before.with(parts);
        *self.badges.write().unwrap_or_else(PoisonError::into_inner) = after;
        if moved {
            self.epoch.fetch_add(1, Ordering::Release);
        }
    }

    pub fn get(&self, event: EventId) -> Option<Badge> {
        self.badges().get(event)
    }

    /// All badges at one moment: what is swapped meanwhile is not seen.
    pub(super) fn badges(&self) -> Badges {
        self.badges.read().unwrap_or_else(PoisonError::into_inner).clone()
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

/// The badges while one search looks at them; none where there are no parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Badges(Arc<[Option<Arc<Part>>]>);

impl Badges {
    /// What booking said of an event.
    pub fn get(&self, event: EventId) -> Option<Badge> {
        self.part(part_of(event))?.get(&event).copied()
    }

    /// The badge of an event whose sale is open: what booking said, or available while it has said nothing.
    pub fn get_lazy(&self, event: impl FnOnce() -> EventId) -> Availability {
        if self.0.is_empty() {
            return Availability::Available;
        }
        self.get(event()).map_or(Availability::Available, |badge| badge.availability)
    }

    fn part(&self, at: usize) -> Option<&Part> {
        self.0.get(at)?.as_deref()
    }

    /// Of how many events booking has said something.
    pub fn len(&self) -> usize {
        self.0.iter().flatten().map(|part| part.len()).sum()
    }

    /// The events of which booking has said something else than that they are available.
    pub fn each_other(&self) -> impl Iterator<Item = (EventId, Availability)> + '_ {
        let badges = self.0.iter().flatten().flat_map(|part| part.iter()).map(|(event, badge)| (*event, badge.availability));
        badges.filter(|(_, badge)| *badge != Availability::Available)
    }

    /// These badges with some parts in place of their own.
    fn with(&self, mut parts: HashMap<usize, Part>) -> Self {
        let part = |at: usize| parts.remove(&at).map(Arc::new).or_else(|| self.0.get(at).cloned().flatten());
        Self((0..PARTS).map(part).collect())
    }
}

/// Ids end in chance, so their last bits spread them evenly.
fn part_of(event: EventId) -> usize {
    event.0.as_u128() as usize % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(available: u32, held: u32) -> EventAvailability {
        let event_id = EventId::from(uuid::Uuid::from_u128(1));
        EventAvailability { event_id, available, held, sold: 0, capacity: 100, tiers: None, as_of: Timestamp::UNIX_EPOCH }
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

    #[test]
    fn what_says_nothing_new_swaps_nothing() {
        let overlay = AvailabilityOverlay::default();
        overlay.update([counts(100, 0)]);
        let before = overlay.badges();
        overlay.update([counts(100, 0), counts(100, 0)]);
        assert!(Arc::ptr_eq(&before.0, &overlay.badges().0), "the same parts");
        overlay.update([counts(0, 100)]);
        assert!(!Arc::ptr_eq(&before.0, &overlay.badges().0));
        let id = counts(0, 0).event_id;
        assert_eq!(before.get(id).map(|badge| badge.availability), Some(Availability::Available), "who looks sees one moment");
    }

    #[test]
    fn a_reader_that_takes_its_time_holds_nobody_up_and_other_parts_stay_as_they_are() {
        let overlay = AvailabilityOverlay::default();
        let numbered =
            |n: u128, held| EventAvailability { event_id: EventId::from(uuid::Uuid::from_u128(n)), ..counts(100 - held, held) };
        overlay.update((0..5_000).map(|n| numbered(n, 0)));
        let reading = overlay.badges();
        overlay.update([numbered(7, 100), numbered(7 + PARTS as u128, 100)]);
        let now = overlay.badges();
        let kept =
            (0..PARTS).filter(|at| reading.0[*at].as_ref().zip(now.0[*at].as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b)));
        assert_eq!(kept.count(), PARTS - 1, "one part was copied");
        let held = (0..5_000)
            .filter(|n| now.get(numbered(*n, 0).event_id).is_some_and(|badge| badge.availability == Availability::Held));
        assert_eq!(held.collect::<Vec<_>>(), [7, 7 + PARTS as u128]);
    }
}
