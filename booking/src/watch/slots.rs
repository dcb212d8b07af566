//! The places of the gallery: bounded in number and bytes.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::sync::{OnceCell, watch};

use super::shown::Shown;
use crate::config::BookingConfig;
use crate::rules::house::House;
use crate::waiting::{ByEvent, Fill, Waiting};

/// A view that nobody wanted for so long is built again for the next who does.
const VIEW_KEPT: Duration = Duration::from_secs(5);
/// Bytes of a place of a house in memory.
const PLACE_BYTES: usize = 150;

/// What is shown, by event. Of number and bytes those that are watched may have three quarters, so that there is always room for who only
/// looks; what does not fit all the same is shown without being kept.
pub struct GallerySlots {
    most: usize,
    most_bytes: usize,
    taken: Mutex<GalleryUsage>,
    slots: ByEvent<GallerySlot>,
}

/// What is taken, as it was last reckoned up, and what came since.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct GalleryUsage {
    pub bytes: usize,
    /// Events that somebody listens to, and their part of the bytes.
    watched: usize,
    watched_bytes: usize,
}

/// An event's place in the gallery, also while it is loaded: who comes meanwhile waits for the same loading.
#[derive(Default)]
pub struct GallerySlot {
    pub shown: OnceCell<Arc<Shown>>,
    /// The newest version that a desk of this node committed: what is loaded just then may miss it.
    pub committed: AtomicI64,
}

impl Fill for GallerySlot {
    fn filled(&self) -> bool {
        self.shown.initialized()
    }
}

impl GallerySlots {
    pub fn new(config: &BookingConfig) -> Self {
        Self { most: config.shown, most_bytes: config.shown_bytes, taken: Mutex::default(), slots: Mutex::default() }
    }

    pub fn lock(&self) -> MutexGuard<'_, HashMap<EventId, Arc<GallerySlot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn taken(&self) -> MutexGuard<'_, GalleryUsage> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what was just loaded.
    pub fn loaded(&self, shown: &Shown) {
        self.taken().bytes += shown.bytes() + house_bytes(&shown.picture().terms.house);
    }

    /// Hears what changes at an event, which is kept meanwhile; none where those that are watched have their share, and this is not among them.
    pub fn listen(&self, event: EventId, shown: &Arc<Shown>) -> Option<watch::Receiver<i64>> {
        if !shown.watched() && self.watched_is_full() {
            self.tidy();
        }
        // what goes to make room goes under the same lock, unless it is watched
        let slots = self.lock();
        let is_kept = slots.get(&event).and_then(|slot| slot.shown.get()).is_some_and(|kept| Arc::ptr_eq(kept, shown));
        if !is_kept || (!shown.watched() && self.watched_is_full()) {
            return None;
        }
        if !shown.watched() {
            let mut taken = self.taken();
            taken.watched += 1;
            taken.watched_bytes += shown.bytes() + house_bytes(&shown.picture().terms.house);
        }
        Some(shown.listen())
    }

    /// Whether those that are watched have their share, as it was last reckoned up.
    pub fn watched_is_full(&self) -> bool {
        let taken = *self.taken();
        taken.watched >= self.most - self.most / 4 || taken.watched_bytes > self.most_bytes - self.most_bytes / 4
    }

    pub fn slot(&self, event: EventId) -> Waiting<'_, GallerySlot> {
        if let Some(slot) = self.lock().get(&event) {
            return Waiting::new(&self.slots, event, Arc::clone(slot));
        }
        if self.lock().len() >= self.most {
            self.make_room(self.most - (self.most / 16).max(1));
        }
        Waiting::new(&self.slots, event, Arc::clone(self.lock().entry(event).or_default()))
    }

    /// Makes room for what was just loaded. It was wanted last: where all else is watched, it goes itself, and is only shown.
    pub fn fit(&self) {
        // one statement each: within one both would be locked, and the other way round than where somebody begins to listen
        let bytes = self.taken().bytes;
        let count = self.lock().len();
        if bytes > self.most_bytes || count > self.most {
            self.tidy();
        }
    }

    /// Events with listeners whose picture is so old.
    pub fn watched(&self, age: Duration) -> Vec<(EventId, Arc<Shown>)> {
        let slots = self.lock();
        let all = slots.iter().filter_map(|(event, slot)| Some((*event, Arc::clone(slot.shown.get()?))));
        all.filter(|(_, shown)| shown.watched() && shown.age() >= age).collect()
    }

    /// Lets go of what is more than may be kept.
    pub fn tidy(&self) {
        self.make_room(self.most);
    }

    /// Lets go of views, and of the events that nobody wanted for longest, until at most so many and so much are left.
    ///
    /// Cost      a look at every event, without holding up who looks for one.
    fn make_room(&self, most: usize) {
        let all: Vec<(EventId, Arc<GallerySlot>)> = self.lock().iter().map(|(event, slot)| (*event, Arc::clone(slot))).collect();
        let shown = all.iter().filter_map(|(event, slot)| Some((*event, slot.shown.get()?)));
        let (watched, idle): (Vec<_>, Vec<_>) = shown.partition(|(_, shown)| shown.watched());
        let mut houses = HashSet::new();
        // a house that a watched one has counts there
        let watched_bytes = watched.iter().map(|(_, shown)| reckoned(shown, &mut houses)).sum();
        let mut taken = GalleryUsage { watched: watched.len(), watched_bytes, bytes: watched_bytes };
        let mut idle: Vec<_> =
            idle.into_iter().map(|(event, shown)| (shown.unused(), event, reckoned(shown, &mut houses))).collect();
        taken.bytes += idle.iter().map(|(_, _, bytes)| bytes).sum::<usize>();
        let count = all.len();
        drop(watched);
        drop(all);
        // their last caller left while somebody looked through them
        self.lock().retain(|_, slot| slot.filled() || Arc::strong_count(slot) > 1);
        metrics::gauge!("booking_events_shown").set(count as f64);
        metrics::gauge!("booking_events_shown_bytes").set(taken.bytes as f64);
        if count > most || taken.bytes > self.most_bytes {
            idle.sort_unstable_by_key(|(unused, ..)| std::cmp::Reverse(*unused));
            taken.bytes = self.let_go(idle, most, taken.bytes);
        }
        *self.taken() = taken;
    }

    /// A little more than is needed goes, so that not each who comes has to look through all.
    ///
    /// Gives     the bytes that are left.
    fn let_go(&self, idle: Vec<(Duration, EventId, usize)>, most: usize, mut bytes: usize) -> usize {
        let most_bytes = self.most_bytes - self.most_bytes / 16;
        let mut slots = self.lock();
        for (_, event, size) in idle {
            if slots.len() <= most && bytes <= most_bytes {
                break;
            }
            // somebody may have begun to listen since
            if slots.get(&event).is_some_and(|slot| slot.shown.get().is_some_and(|shown| !shown.watched())) {
                slots.remove(&event);
                bytes = bytes.saturating_sub(size);
            }
        }
        bytes
    }
}

/// What an event takes in memory; lets its view go where nobody wants it any more.
///
/// Takes     `houses`: those that are reckoned, since many events may have one.
fn reckoned(shown: &Shown, houses: &mut HashSet<usize>) -> usize {
    if shown.unused() > VIEW_KEPT {
        shown.forget_view();
    }
    let house = Arc::clone(&shown.picture().terms.house);
    let own = if houses.insert(Arc::as_ptr(&house) as usize) { house_bytes(&house) } else { 0 };
    shown.bytes() + own
}

fn house_bytes(house: &House) -> usize {
    (house.seats.len() + house.areas.len()) * PLACE_BYTES
}
