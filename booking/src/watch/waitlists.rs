//! Waitlists as those see them who wait: what was committed, told at once by the desks of this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use domain::{EntryId, EventId};
use tokio::sync::Notify;

use crate::rules::waitlist::lines::{EntryStanding, Lines};
use crate::rules::waitlist::step::Step;

/// One waitlist an event whose desk is open here; as many as there are desks.
#[derive(Default)]
pub struct Waitlists(Mutex<HashMap<EventId, Arc<Waitlist>>>);

/// An event's waitlist as it was committed last, and who wants to be told.
#[derive(Default)]
pub struct Waitlist {
    lines: Mutex<Lines>,
    /// One bell an entry that somebody looks at.
    bells: Mutex<HashMap<EntryId, Weak<Notify>>>,
}

impl Waitlists {
    fn all(&self) -> MutexGuard<'_, HashMap<EventId, Arc<Waitlist>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The waitlist of an event whose desk is open on this node; none where nobody has waited since it was opened.
    pub fn find(&self, event: EventId) -> Option<Arc<Waitlist>> {
        self.all().get(&event).cloned()
    }

    /// Shows a waitlist as its desk read it.
    pub fn show(&self, event: EventId, lines: &Lines) {
        let known = self.find(event);
        if known.is_none() && lines.is_empty() {
            return;
        }
        let known = known.unwrap_or_else(|| Arc::clone(self.all().entry(event).or_default()));
        *known.lines() = lines.clone();
        known.ring_all();
    }

    /// Tells what a pile committed.
    ///
    /// Takes     `lines`: what it came to.
    pub fn committed(&self, event: EventId, steps: &[Step], lines: &Lines) {
        let Some(known) = self.find(event) else { return self.show(event, lines) };
        let told = steps.iter().try_for_each(|step| known.lines().apply(step));
        if told.is_err() {
            return self.show(event, lines);
        }
        for step in steps {
            match step {
                Step::Joined(_) | Step::Opened(_) => {}
                Step::Offered { entry, .. } => known.ring(*entry, false),
                Step::Ended { entry, .. } => known.ring(*entry, true),
            }
        }
    }

    /// Forgets it: the desk goes, and those who listen look at the rows until there is another.
    pub fn forget(&self, event: EventId) {
        let gone = self.all().remove(&event);
        if let Some(gone) = gone {
            gone.ring_all();
        }
    }
}

impl Waitlist {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<EntryId, Weak<Notify>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How an entry stands; none when it is not live.
    pub fn standing(&self, entry: EntryId) -> Option<EntryStanding> {
        self.lines().standing(entry)
    }

    /// What rings when a live entry moves on. Its position is to be looked at now and then.
    pub fn bell(&self, entry: EntryId) -> Arc<Notify> {
        let mut bells = self.bells();
        if let Some(bell) = bells.get(&entry).and_then(Weak::upgrade) {
            return bell;
        }
        if bells.len() == bells.capacity() {
            bells.retain(|_, bell| bell.strong_count() > 0);
        }
        let bell = Arc::new(Notify::new());
        bells.insert(entry, Arc::downgrade(&bell));
        bell
    }

    fn ring(&self, entry: EntryId, last: bool) {
        let mut bells = self.bells();
        let bell = if last { bells.remove(&entry) } else { bells.get(&entry).cloned() };
        if let Some(bell) = bell.and_then(|bell| bell.upgrade()) {
            bell.notify_waiters();
        }
    }

    fn ring_all(&self) {
        for bell in self.bells().values().filter_map(Weak::upgrade) {
            bell.notify_waiters();
        }
    }
}
