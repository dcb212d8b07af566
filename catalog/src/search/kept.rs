//! Events as hits show them, kept from when they were last read: a segment never changes, so neither does what it says of an event.
//!
//! Only what is shown again is kept: most of a large catalogue is shown once in a long while, and making room for it would cost more
//! than reading it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::DocId;

use super::answer::EventShown;

/// The most sets of one segment, and the most events of each: some two kilobytes an event. Chance fills sets unevenly, the less so the
/// larger they are: of ten thousand events an eighth would stand in sets of eight that overflow, and hardly any do in these.
const SETS: u32 = 512;
const EACH: usize = 32;
/// So many events of a segment are known to have been shown once, at most; a later one takes the place of one that shares it.
const ONCE: u32 = 32_768;

/// The events of one segment that were shown lately, in sets by their numbers: a look-up costs a lock that nearly nobody else wants
/// and a glance at a few numbers.
pub struct KeptEvents {
    sets: Box<[Mutex<Set>]>,
    /// One more than the number of the event that was shown there last, kept or not.
    once: Box<[AtomicU32]>,
}

type Set = VecDeque<(DocId, Arc<EventShown>)>;

impl KeptEvents {
    pub fn new(docs: u32) -> Self {
        Self {
            sets: (0..docs.div_ceil(EACH as u32).clamp(1, SETS)).map(|_| Mutex::default()).collect(),
            once: (0..docs.clamp(1, ONCE)).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// The event as it was read before, or as it is read now.
    ///
    /// Takes     `read`: is told whether the event will be kept.
    pub fn get<E>(&self, doc: DocId, read: impl FnOnce(bool) -> Result<EventShown, E>) -> Result<Arc<EventShown>, E> {
        if !self.again(doc) {
            return Ok(Arc::new(read(false)?));
        }
        let set = || self.sets[doc as usize % self.sets.len()].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, event)) = set().iter().find(|(known, _)| *known == doc) {
            return Ok(Arc::clone(event));
        }
        let event = Arc::new(read(true)?);
        let mut set = set();
        if set.len() == EACH {
            set.pop_front();
        }
        set.push_back((doc, Arc::clone(&event)));
        Ok(event)
    }

    /// Whether the event was shown before, lately.
    fn again(&self, doc: DocId) -> bool {
        let (place, this) = (&self.once[doc as usize % self.once.len()], doc.wrapping_add(1));
        let again = place.load(Ordering::Relaxed) == this;
        if !again {
            place.store(this, Ordering::Relaxed);
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_kept_when_it_is_shown_again_and_no_set_outgrows_its_place() {
        let kept = KeptEvents::new(u32::MAX);
        let shown = |doc: DocId| kept.get(doc, |_| Ok::<_, ()>(EventShown::for_testing(doc))).expect("read");
        let first = shown(7);
        let again = shown(7);
        assert!(!Arc::ptr_eq(&first, &again), "shown once: not kept");
        assert!(Arc::ptr_eq(&again, &shown(7)), "shown again: kept");
        assert!(!Arc::ptr_eq(&again, &shown(8)), "another event");
        for other in (1..=EACH as u32).flat_map(|others| [7 + others * SETS; 2]) {
            shown(other);
        }
        assert!(!Arc::ptr_eq(&again, &shown(7)), "made room");
        assert_eq!(kept.sets.iter().map(|set| set.lock().expect("not poisoned").len()).max(), Some(EACH), "the bound was met");
        let last = shown(7);
        shown(7 + ONCE);
        assert!(!Arc::ptr_eq(&last, &shown(7)), "another took the place where it was known to have been shown");
    }
}
