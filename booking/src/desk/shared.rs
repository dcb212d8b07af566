//! What a desk shows: its last committed state for readers, and its journal as it grows.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::live::entry::JournalEntry;
use crate::live::picture::Picture;
use crate::live::seats::SeatsView;
use crate::rules::change::JournalRow;
use crate::rules::inventory::Inventory;
use crate::rules::terms::Terms;

/// What listeners hear.
#[derive(Debug, Clone)]
pub enum Live {
    Entry(Arc<JournalEntry>),
    /// Something was committed that is only in the table.
    Look,
}

/// What readers and the desk have in common. Readers copy a pointer; the desk copies seats only while a reader holds the last picture.
pub struct Shared {
    picture: RwLock<Arc<Picture>>,
    view: Mutex<Option<Arc<SeatsView>>>,
    live: broadcast::Sender<Live>,
    verified: Mutex<Instant>,
}

impl Shared {
    pub fn new(picture: Picture, backlog: usize) -> Shared {
        let picture = RwLock::new(Arc::new(picture));
        let live = broadcast::Sender::new(backlog);
        Shared { picture, view: Mutex::new(None), live, verified: Mutex::new(Instant::now()) }
    }

    pub fn picture(&self) -> Arc<Picture> {
        Arc::clone(&self.picture.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn listen(&self) -> broadcast::Receiver<Live> {
        self.live.subscribe()
    }

    /// Whether anyone listens.
    pub fn watched(&self) -> bool {
        self.live.receiver_count() > 0
    }

    /// How long ago the picture was known to be the newest.
    pub fn age(&self) -> Duration {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    pub(super) fn verified(&self) {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The view of the present picture, built once a version.
    pub fn view(&self) -> Arc<SeatsView> {
        let picture = self.picture();
        let known = self.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let names = |view: &SeatsView| (view.version as i64, view.terms_version as i64);
        match known {
            Some(view) if names(&view) == (picture.version, picture.terms.version) => view,
            _ => {
                let view = Arc::new(SeatsView::of(&picture));
                *self.view.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&view));
                view
            }
        }
    }

    /// Shows a committed version, and tells who listens.
    pub(super) fn publish(&self, inventory: &Inventory, row: &JournalRow) {
        {
            let mut shown = self.picture.write().unwrap_or_else(PoisonError::into_inner);
            let picture = Arc::make_mut(&mut shown);
            (picture.version, picture.as_of) = (row.version, row.at);
            picture.show(inventory, &row.changes);
        }
        if self.watched() {
            // Nobody may have stayed to hear it.
            let _ = self.live.send(Live::Entry(Arc::new(JournalEntry::of(&inventory.terms.house, row))));
        }
    }

    /// Shows the same seats under the organiser's new word.
    pub(super) fn set_terms(&self, terms: &Arc<Terms>) {
        let mut shown = self.picture.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut shown).terms = Arc::clone(terms);
    }

    /// Shows a state that was read from rows.
    pub(super) fn replace(&self, picture: Picture) {
        *self.picture.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(picture);
        let _ = self.live.send(Live::Look);
    }
}
