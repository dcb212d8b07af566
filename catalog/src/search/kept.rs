//! Events as hits show them, kept from when they were last read: a segment never changes, so neither does what it says of an event.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::DocId;

use super::answer::EventShown;

/// The most sets of one segment, and the most events of each: some two kilobytes an event. Chance fills sets unevenly, the less so the
/// larger they are: of ten thousand events an eighth would stand in sets of eight that overflow, and hardly any do in these.
const SETS: u32 = 512;
const EACH: usize = 32;

/// The events of one segment that were shown lately, in sets by their numbers: a look-up costs a lock that nearly nobody else wants
/// and a glance at a few numbers.
pub struct KeptEvents(Box<[Set]>);

type Set = Mutex<VecDeque<(DocId, Arc<EventShown>)>>;

impl KeptEvents {
    pub fn new(docs: u32) -> Self {
        Self((0..docs.div_ceil(EACH as u32).clamp(1, SETS)).map(|_| Set::default()).collect())
    }

    /// The event as it was read before, or as `read` reads it now.
    pub fn get<E>(&self, doc: DocId, read: impl FnOnce() -> Result<EventShown, E>) -> Result<Arc<EventShown>, E> {
        let set = || self.0[doc as usize % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, event)) = set().iter().find(|(known, _)| *known == doc) {
            return Ok(Arc::clone(event));
        }
        let event = Arc::new(read()?);
        let mut set = set();
        if set.len() == EACH {
            set.pop_front();
        }
        set.push_back((doc, Arc::clone(&event)));
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_once_while_it_is_kept_and_no_set_outgrows_its_place() {
        let kept = KeptEvents::new(u32::MAX);
        let shown = |doc: DocId| kept.get(doc, || Ok::<_, ()>(EventShown::for_testing(doc))).expect("read");
        let first = shown(7);
        assert!(Arc::ptr_eq(&first, &shown(7)), "read once");
        assert!(!Arc::ptr_eq(&first, &shown(8)), "another event");
        for others in 1..=EACH as u32 {
            shown(7 + others * SETS);
        }
        assert!(!Arc::ptr_eq(&first, &shown(7)), "made room");
        assert!(kept.0.iter().all(|set| set.lock().expect("not poisoned").len() <= EACH));
    }
}
