//! A caller's share in an event's place that may still be empty: the last who waits in vain takes the place away.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use domain::EventId;

/// Places by event.
pub type ByEvent<S> = Mutex<HashMap<EventId, Arc<S>>>;

/// A place that is filled once.
pub trait Fill: Default {
    fn filled(&self) -> bool;
}

/// Held while a place is filled. Dropped, also by a caller who gives up: a place that is empty then, and that nobody else waits
/// for, goes.
pub struct Waiting<'a, S: Fill> {
    places: &'a ByEvent<S>,
    event: EventId,
    place: Arc<S>,
}

impl<'a, S: Fill> Waiting<'a, S> {
    pub fn new(places: &'a ByEvent<S>, event: EventId, place: Arc<S>) -> Waiting<'a, S> {
        Waiting { places, event, place }
    }
}

impl<S: Fill> Deref for Waiting<'_, S> {
    type Target = Arc<S>;

    fn deref(&self) -> &Arc<S> {
        &self.place
    }
}

impl<S: Fill> Drop for Waiting<'_, S> {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        // let go of before the lock is: of two who leave at once, one is the last
        let place = std::mem::take(&mut self.place);
        let known = places.get(&self.event).is_some_and(|known| Arc::ptr_eq(known, &place));
        if known && !place.filled() && Arc::strong_count(&place) == 2 {
            places.remove(&self.event);
        }
    }
}
