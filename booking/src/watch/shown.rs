//! What is shown of one event on this node: its last known version, the versions just before it, and who listens for the next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::crowd::{Beat, PHASES};
use crate::live::entry::{JournalEntry, Told};
use crate::live::picture::Picture;
use crate::live::seats::SeatsView;
use crate::rules::change::JournalRow;
use crate::rules::terms::Terms;

/// Seats in the entries kept for listeners who are a little behind: some 100 bytes each.
const RECENT_SEATS: usize = 5_000;
/// Seats in the entries kept for a crowd, which hears at a beat what changed since the last one; and in what is put together for it.
const RECENT_SEATS_OF_BEATS: usize = 60_000;
/// Entries a listener takes at once.
const HANDFUL: usize = 32;

/// Readers copy a pointer; a step copies the letters only while a reader holds the last picture.
pub struct Shown {
    state: RwLock<State>,
    times: Mutex<Times>,
    /// Says the version whenever it moves.
    versions: watch::Sender<i64>,
    /// One looks for news at a time; when the last look began that came to an end.
    pub(super) looking: tokio::sync::Mutex<Option<Instant>>,
}

struct State {
    picture: Arc<Picture>,
    view: Option<Arc<SeatsView>>,
    /// The last versions, oldest first, without gaps; kept while somebody listens.
    recent: VecDeque<Arc<Told>>,
    recent_seats: usize,
    /// A crowd listens: more is kept, for its beats.
    in_beats: bool,
    /// Up to which version each phase of listeners is told at its present beat.
    beats: [Option<(Beat, i64)>; PHASES],
    /// What was put together for the last beats, by the version it leads on from; its own is where it leads to.
    merged: VecDeque<(i64, Arc<Told>)>,
    /// It is shown no longer: nobody tells it anything any more.
    ended: bool,
}

struct Times {
    /// When the picture was last known to be the newest.
    verified: Option<Instant>,
    /// When the last look for news failed.
    failed: Option<Instant>,
    used: Instant,
}

/// What a listener at some version has missed.
pub enum News {
    /// Nothing, or the next versions in order.
    Entries(Vec<Arc<Told>>),
    /// More than is kept.
    Gone,
}

impl Shown {
    pub fn new(picture: Picture) -> Shown {
        let now = Instant::now();
        let versions = watch::Sender::new(picture.version);
        let state = State {
            picture: Arc::new(picture),
            view: None,
            recent: VecDeque::new(),
            recent_seats: 0,
            in_beats: false,
            beats: [None; PHASES],
            merged: VecDeque::new(),
            ended: false,
        };
        let times = Mutex::new(Times { verified: Some(now), failed: None, used: now });
        Shown { state: RwLock::new(state), times, versions, looking: tokio::sync::Mutex::new(None) }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn picture(&self) -> Arc<Picture> {
        Arc::clone(&self.read().picture)
    }

    pub fn version(&self) -> i64 {
        self.read().picture.version
    }

    /// Hears when the version moves; an error once the event is shown no longer.
    pub fn listen(&self) -> watch::Receiver<i64> {
        self.versions.subscribe()
    }

    /// Nobody will tell it anything any more: who listens goes away.
    pub(super) fn end(&self) {
        self.write().ended = true;
        self.versions.send_modify(|_| {});
    }

    pub fn ended(&self) -> bool {
        self.read().ended
    }

    /// Whether anyone listens.
    pub fn watched(&self) -> bool {
        self.versions.receiver_count() > 0
    }

    /// How long ago the picture was known to be the newest.
    pub fn age(&self) -> Duration {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).verified.map_or(Duration::MAX, |at| at.elapsed())
    }

    /// How long ago somebody wanted it.
    pub fn unused(&self) -> Duration {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).used.elapsed()
    }

    pub(super) fn verified(&self) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).verified = Some(Instant::now());
    }

    pub(super) fn failed(&self) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).failed = Some(Instant::now());
    }

    pub(super) fn failed_lately(&self, within: Duration) -> bool {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).failed.is_some_and(|at| at.elapsed() < within)
    }

    /// The picture is known to be wrong.
    pub(super) fn doubted(&self) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).verified = None;
    }

    pub(super) fn touch(&self) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).used = Instant::now();
    }

    /// The view of the present picture, built once a version.
    pub fn view(&self) -> Arc<SeatsView> {
        let state = self.read();
        if let Some(view) = &state.view {
            return Arc::clone(view);
        }
        let picture = Arc::clone(&state.picture);
        drop(state);
        let view = Arc::new(SeatsView::of(&picture));
        let mut state = self.write();
        if Arc::ptr_eq(&state.picture, &picture) {
            state.view = Some(Arc::clone(&view));
        }
        view
    }

    /// Lets the view go: the next reader builds it again.
    pub(super) fn forget_view(&self) {
        self.write().view = None;
    }

    /// Takes the step to the next version, and tells who listens. A version known before changes nothing.
    ///
    /// Gives     false where it does not fit: versions are missing, or the house is another one.
    pub fn step(&self, row: &JournalRow) -> bool {
        let mut state = self.write();
        match row.version - state.picture.version {
            ..=0 => return true,
            1 => {}
            _ => return false,
        }
        if !Arc::make_mut(&mut state.picture).step(row) {
            return false;
        }
        state.view = None;
        if self.watched() {
            state.remember(row);
        } else {
            state.forget();
        }
        drop(state);
        self.versions.send_replace(row.version);
        true
    }

    /// Shows the same seats under the organiser's new word.
    pub(super) fn set_terms(&self, terms: Arc<Terms>) {
        let mut state = self.write();
        Arc::make_mut(&mut state.picture).terms = terms;
        state.view = None;
    }

    /// Shows what was read from rows, unless it is older than what is shown.
    pub(super) fn replace(&self, picture: Picture) {
        let mut state = self.write();
        if picture.version < state.picture.version && picture.terms.map == state.picture.terms.map {
            return;
        }
        let version = picture.version;
        state.forget();
        (state.picture, state.view) = (Arc::new(picture), None);
        drop(state);
        self.versions.send_replace(version);
    }

    /// What a listener at `version` has missed.
    pub fn after(&self, version: i64) -> News {
        let state = self.read();
        if version >= state.picture.version {
            return News::Entries(Vec::new());
        }
        let missed = (state.picture.version - version) as usize;
        match state.recent.len().checked_sub(missed) {
            Some(first) => News::Entries(state.recent.iter().skip(first).take(HANDFUL).cloned().collect()),
            None => News::Gone,
        }
    }

    /// What a listener at `version` hears at a beat: all that changed, as one entry. Those of one phase who know the same hear the same.
    pub fn at_beat(&self, version: i64, beat: Beat) -> News {
        let mut state = self.write();
        state.in_beats = true;
        let newest = state.picture.version;
        let to = match &mut state.beats[beat.phase] {
            Some((present, to)) if *present == beat => *to,
            place => place.insert((beat, newest)).1,
        };
        if version >= to {
            return News::Entries(Vec::new());
        }
        if let Some((_, told)) = state.merged.iter().find(|(from, told)| *from == version && told.entry.version as i64 == to) {
            return News::Entries(vec![Arc::clone(told)]);
        }
        let Some(first) = state.recent.len().checked_sub((newest - version) as usize) else { return News::Gone };
        let missed: Vec<_> = state.recent.iter().skip(first).take((to - version) as usize).cloned().collect();
        let told = match missed.as_slice() {
            [one] => Arc::clone(one),
            several => Arc::new(Told::new(JournalEntry::merged(several.iter().map(|told| &told.entry)))),
        };
        state.merged.push_back((version, Arc::clone(&told)));
        while state.merged.len() > 1 && (state.merged.len() > 2 * PHASES || state.merged_seats() > RECENT_SEATS_OF_BEATS) {
            state.merged.pop_front();
        }
        News::Entries(vec![told])
    }

    /// Puts versions that were read again before those that are kept, for whoever comes back.
    ///
    /// Gives     false where they do not lead from `after` to what is kept, or are more than may be.
    pub(super) fn recall(&self, after: i64, rows: &[JournalRow]) -> bool {
        let house = Arc::clone(&self.picture().terms.house);
        let told: Vec<_> = rows.iter().map(|row| Arc::new(Told::new(JournalEntry::of(&house, row)))).collect();
        let mut state = self.write();
        let missing = state.picture.version - state.recent.len() as i64 - after;
        let Some(told) = usize::try_from(missing).ok().and_then(|missing| told.get(..missing)) else { return missing < 0 };
        let seats: usize = told.iter().map(|told| weight(&told.entry)).sum();
        let leads = rows.iter().zip(after + 1..).take(told.len()).all(|(row, version)| row.version == version);
        if !leads || state.recent_seats + seats > RECENT_SEATS || !Arc::ptr_eq(&house, &state.picture.terms.house) {
            return false;
        }
        state.recent_seats += seats;
        told.iter().rev().for_each(|told| state.recent.push_front(Arc::clone(told)));
        true
    }

    /// The memory it takes, the house not counted.
    pub(super) fn bytes(&self) -> usize {
        let state = self.read();
        let view =
            if state.view.is_some() { 4 * state.picture.letters.len() + 256 * state.picture.terms.house.rows.len() } else { 0 };
        // what was merged is kept as an entry, as JSON and compressed
        state.picture.bytes() + view + state.recent_seats * 100 + state.merged_seats() * 200
    }
}

impl State {
    fn merged_seats(&self) -> usize {
        self.merged.iter().map(|(_, told)| weight(&told.entry)).sum()
    }

    fn remember(&mut self, row: &JournalRow) {
        let entry = JournalEntry::of(&self.picture.terms.house, row);
        self.recent_seats += weight(&entry);
        self.recent.push_back(Arc::new(Told::new(entry)));
        let most = if self.in_beats { RECENT_SEATS_OF_BEATS } else { RECENT_SEATS };
        while self.recent_seats > most && self.recent.len() > 1 {
            let gone = self.recent.pop_front();
            self.recent_seats -= gone.map_or(0, |told| weight(&told.entry));
        }
    }

    fn forget(&mut self) {
        self.recent = VecDeque::new();
        self.recent_seats = 0;
        self.in_beats = false;
        self.beats = [None; PHASES];
        self.merged = VecDeque::new();
    }
}

/// Seats and areas of an entry, and the entry itself.
fn weight(entry: &JournalEntry) -> usize {
    entry.seats.len() + entry.areas.len() + 4
}
