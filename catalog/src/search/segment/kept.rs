//! The JSON of events, kept from when they were last shown: a segment never changes, so neither does what it says of an event.
//!
//! Only what is shown again is kept: most of a large catalogue is shown once in a long while, and making room for it would cost more
//! than reading it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::event::TierId;
use tantivy::DocId;
use uuid::Uuid;

use crate::index::card::Sale;

/// The most sets of one segment, and the most events of each: some 1,300 bytes an event. Chance fills sets unevenly, the less so the
/// larger they are: of ten thousand events an eighth would stand in sets of eight that overflow, and hardly any do in these.
const SETS: u32 = 512;
const EACH: usize = 32;
/// The most bytes of one set: half as much again as that many usual events take. What takes a quarter of it would drive too many others out.
const SET_BYTES: usize = 64 << 10;
const LARGE: usize = SET_BYTES / 4;
/// The most rows of places in which a segment notes what was shown once, of so many each that a look reads one line of memory.
const ROWS: u32 = 2_048;
const PLACES: usize = 16;

/// An event of which nothing but its badge may change.
pub struct Kept {
    pub id: Uuid,
    pub sale: Sale,
    /// All that stands before its badge.
    pub json: Box<[u8]>,
    pub tiers: Arc<[Unmarked]>,
}

impl Kept {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.json.len() + self.tiers.iter().map(|(_, json)| size_of::<Unmarked>() + json.len()).sum::<usize>()
    }
}

/// A tier, and its JSON up to its badge.
pub type Unmarked = (TierId, Box<[u8]>);

/// The events of one segment that were shown lately, in sets by their numbers: a look-up costs a lock that nearly nobody else wants
/// and a glance at a few numbers.
pub struct KeptEvents {
    sets: Box<[Mutex<Set>]>,
    /// Of events that were shown lately and are not kept.
    shown: Box<[Row]>,
}

/// Some events, each where its number is: numbers stand together, so that a look reads two lines of memory.
#[derive(Default)]
struct Set {
    docs: [DocId; EACH],
    /// Nothing where one made room and no other has come since.
    events: Vec<Option<Kept>>,
    bytes: usize,
    /// The place of the one that makes room next.
    oldest: usize,
}

impl Set {
    fn forget(&mut self, at: usize) {
        if let Some(gone) = self.events.get_mut(at).and_then(Option::take) {
            self.bytes -= gone.bytes();
        }
    }

    fn keep(&mut self, doc: DocId, kept: Kept) {
        let (at, bytes) = (self.oldest, kept.bytes());
        self.forget(at);
        for older in (1..EACH).map(|ahead| (at + ahead) % EACH) {
            if self.bytes + bytes <= SET_BYTES {
                break;
            }
            self.forget(older);
        }
        self.docs[at] = doc;
        match self.events.get_mut(at) {
            Some(place) => *place = Some(kept),
            None => self.events.push(Some(kept)),
        }
        self.bytes += bytes;
        self.oldest = (at + 1) % EACH;
    }
}

/// One more than the number of each event, the last first.
#[derive(Default)]
#[repr(align(64))]
struct Row([AtomicU32; PLACES]);

impl KeptEvents {
    pub fn new(docs: u32) -> Self {
        let shown = |places: usize| docs.div_ceil(places as u32).max(1);
        Self {
            sets: (0..shown(EACH).min(SETS)).map(|_| Mutex::default()).collect(),
            shown: (0..shown(PLACES).min(ROWS)).map(|_| Row::default()).collect(),
        }
    }

    /// Uses the event, if it is kept.
    pub fn with<T>(&self, doc: DocId, look: impl FnOnce(&Kept) -> T) -> Option<T> {
        let set = self.set(doc);
        let at = set.docs[..set.events.len()].iter().position(|known| *known == doc)?;
        set.events.get(at)?.as_ref().map(look)
    }

    /// Keeps an event, unless it is so large that many others had to go for it.
    pub fn keep(&self, doc: DocId, kept: Kept) {
        if kept.bytes() <= LARGE {
            self.set(doc).keep(doc, kept);
        }
    }

    fn set(&self, doc: DocId) -> MutexGuard<'_, Set> {
        self.sets[doc as usize % self.sets.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an event is shown; tells whether it was before, lately. Two at once may forget one of each other's.
    pub fn again(&self, doc: DocId) -> bool {
        let (Row(row), this) = (&self.shown[doc as usize % self.shown.len()], doc.wrapping_add(1));
        let known = row.iter().any(|place| place.load(Ordering::Relaxed) == this);
        if !known {
            row.iter().fold(this, |last, place| {
                let before = place.load(Ordering::Relaxed);
                place.store(last, Ordering::Relaxed);
                before
            });
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(doc: DocId) -> Kept {
        Kept {
            id: Uuid::from_u128(doc.into()),
            sale: Sale { cancelled: false, window: None },
            json: Box::default(),
            tiers: Arc::default(),
        }
    }

    #[test]
    fn the_last_of_a_set_are_kept_and_no_set_outgrows_its_place() {
        let events = KeptEvents::new(u32::MAX);
        let known = |doc: DocId| events.with(doc, |kept| kept.id.as_u128() == u128::from(doc));
        let same_set = |other: u32| 7 + other * SETS;
        for other in 0..=EACH as u32 {
            assert_eq!(known(same_set(other)), None);
            events.keep(same_set(other), kept(same_set(other)));
            assert_eq!(known(same_set(other)), Some(true));
        }
        assert_eq!((known(same_set(0)), known(same_set(1)), known(8)), (None, Some(true), None), "the first made room");
        assert_eq!(
            events.sets.iter().map(|set| set.lock().expect("not poisoned").events.len()).max(),
            Some(EACH),
            "the bound was met"
        );
    }

    #[test]
    fn large_events_drive_older_ones_out_and_none_takes_the_room_of_all() {
        let events = KeptEvents::new(u32::MAX);
        let same_set = |other: u32| 7 + other * SETS;
        let large = |doc: DocId, bytes: usize| Kept { json: vec![b' '; bytes].into(), ..kept(doc) };
        let bytes = || events.sets.iter().map(|set| set.lock().expect("not poisoned").bytes).max().expect("some sets");
        let known = |other: u32| events.with(same_set(other), |_| ()).is_some();
        for round in 0..3 * EACH as u32 {
            events.keep(same_set(round), large(same_set(round), LARGE / 2));
            assert!(known(round) && bytes() <= SET_BYTES, "{round}: {}", bytes());
        }
        let last = 3 * EACH as u32 - 1;
        assert!(known(last - 5) && !known(last - 9), "as many as there is room for, the last ones");
        events.keep(same_set(999), large(999, LARGE));
        assert!(!known(999) && known(last), "too large to be kept");
        (0..EACH as u32).for_each(|other| events.keep(same_set(other), kept(same_set(other))));
        assert!((0..EACH as u32).all(known), "a control: of small ones a set is full");
        assert_eq!(bytes(), EACH * kept(0).bytes(), "what is gone is not counted");
    }

    #[test]
    fn an_event_is_known_to_have_been_shown_until_so_many_others_of_its_row_were() {
        let events = KeptEvents::new(u32::MAX);
        let same_row = |other: u32| 7 + other * ROWS;
        assert!(!events.again(same_row(0)) && events.again(same_row(0)));
        assert!(!events.again(same_row(1)) && events.again(same_row(0)), "two of a row do not drive each other out");
        assert!((2..=PLACES as u32).all(|other| !events.again(same_row(other))));
        assert!(!events.again(same_row(0)), "others took its place");
        assert!(!KeptEvents::new(0).again(0), "a segment without documents");
    }
}
