//! Events as hits show them, kept from when they were last read: a segment never changes, so neither does what it says of an event.
//!
//! Only what is shown again is kept: most of a large catalogue is shown once in a long while, and making room for it would cost more
//! than reading it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::DocId;

use super::answer::EventShown;

/// The most sets of one segment, and the most events of each: some two kilobytes an event. Chance fills sets unevenly, the less so the
/// larger they are: of ten thousand events an eighth would stand in sets of eight that overflow, and hardly any do in these.
const SETS: u32 = 512;
const EACH: usize = 32;
/// So many events of a set are known to have been shown once.
const ONCE: usize = 64;

/// The events of one segment that were shown lately, in sets by their numbers: a look-up costs a lock that nearly nobody else wants
/// and a glance at a few numbers.
pub struct KeptEvents(Box<[Mutex<Set>]>);

#[derive(Default)]
struct Set {
    events: VecDeque<(DocId, Arc<EventShown>)>,
    once: VecDeque<DocId>,
}

impl KeptEvents {
    pub fn new(docs: u32) -> Self {
        Self((0..docs.div_ceil(EACH as u32).clamp(1, SETS)).map(|_| Mutex::default()).collect())
    }

    /// The event as it was read before, or as it is read now.
    ///
    /// Takes     `read`: is told whether the event will be kept.
    pub fn get<E>(&self, doc: DocId, read: impl FnOnce(bool) -> Result<EventShown, E>) -> Result<Arc<EventShown>, E> {
        let set = || self.0[doc as usize % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner);
        let again = {
            let mut set = set();
            if let Some((_, event)) = set.events.iter().find(|(known, _)| *known == doc) {
                return Ok(Arc::clone(event));
            }
            set.again(doc)
        };
        let event = Arc::new(read(again)?);
        if again {
            set().keep(doc, &event);
        }
        Ok(event)
    }
}

impl Set {
    /// Whether the event was shown before, lately.
    fn again(&mut self, doc: DocId) -> bool {
        let again = self.once.contains(&doc);
        if !again {
            make_room(&mut self.once, ONCE);
            self.once.push_back(doc);
        }
        again
    }

    fn keep(&mut self, doc: DocId, event: &Arc<EventShown>) {
        make_room(&mut self.events, EACH);
        self.events.push_back((doc, Arc::clone(event)));
    }
}

fn make_room<T>(of: &mut VecDeque<T>, most: usize) {
    if of.len() == most {
        of.pop_front();
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
        for other in (1..=ONCE as u32).flat_map(|others| [7 + others * SETS; 2]) {
            shown(other);
        }
        assert!(!Arc::ptr_eq(&again, &shown(7)), "made room");
        let sets = || kept.0.iter().map(|set| set.lock().expect("not poisoned"));
        assert!(sets().all(|set| set.events.len() <= EACH && set.once.len() <= ONCE));
        assert!(sets().any(|set| set.events.len() == EACH && set.once.len() == ONCE), "the bounds were met");
    }
}
