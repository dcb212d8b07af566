//! What is shown of one event on this node: its last known version, the frames just before it, and who listens for the next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::live::encoded::EncodedEntry;
use crate::live::entry::JournalEntry;
use crate::live::picture::Picture;
use crate::live::seats::SeatsView;
use crate::rules::change::JournalRow;
use crate::rules::terms::Terms;

/// How long a frame is kept for who was away.
const KEPT: Duration = Duration::from_secs(60);
/// Seats in the frames that are kept, some ten bytes each.
const KEPT_SEATS: usize = 400_000;
/// What was put together for those who come back is kept until the next frame, for so many positions.
const RESUMED: usize = 64;
const RESUMED_SEATS: usize = 60_000;

/// Readers copy a pointer; a step copies the letters only while a reader holds the last picture.
pub struct Shown {
    state: RwLock<ShownState>,
    times: Mutex<ShownTimes>,
    /// Says the version whenever it moves.
    versions: watch::Sender<i64>,
    /// One looks for news at a time; when the last look began that came to an end.
    pub(super) looking: tokio::sync::Mutex<Option<Instant>>,
}

struct ShownState {
    picture: Arc<Picture>,
    view: Option<Arc<SeatsView>>,
    /// The version up to which frames were made; what came since waits for the next one.
    told_to: i64,
    waiting: Vec<JournalEntry>,
    /// The last frames, oldest first, without gaps; kept while somebody listens.
    frames: VecDeque<(Instant, Arc<JournalEntry>)>,
    frames_weight: usize,
    /// What is told since the last frame was made: that frame, then what was put together for those who came back.
    current: Vec<Arc<EncodedEntry>>,
    /// It is shown no longer: nobody tells it anything any more.
    ended: bool,
}

struct ShownTimes {
    /// When the picture was last known to be the newest.
    verified: Option<Instant>,
    /// When the last look for news failed.
    failed: Option<Instant>,
    used: Instant,
}

/// What a listener at some version has missed.
#[derive(Debug, Clone)]
pub enum News {
    /// Nothing that was told yet.
    Nothing,
    /// One frame that leads from there, or from a little before, to the last one.
    Told(Arc<EncodedEntry>),
    /// More than is kept, or there is no such version: all seats are to be read again, at this version or a later one.
    Gone { version: u64 },
}

impl Shown {
    pub fn new(picture: Picture) -> Shown {
        let now = Instant::now();
        let versions = watch::Sender::new(picture.version);
        let state = ShownState {
            told_to: picture.version,
            picture: Arc::new(picture),
            view: None,
            waiting: Vec::new(),
            frames: VecDeque::new(),
            frames_weight: 0,
            current: Vec::new(),
            ended: false,
        };
        let times = Mutex::new(ShownTimes { verified: Some(now), failed: None, used: now });
        Shown { state: RwLock::new(state), times, versions, looking: tokio::sync::Mutex::new(None) }
    }

    fn read(&self) -> RwLockReadGuard<'_, ShownState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, ShownState> {
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
            let held = state.picture.held_after(row);
            state.waiting.push(JournalEntry { held, ..JournalEntry::of(row) });
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
        (state.picture, state.view) = (Arc::new(picture), None);
        state.forget();
        drop(state);
        self.versions.send_replace(version);
    }

    /// The version up to which listeners are told.
    pub fn told_to(&self) -> i64 {
        self.read().told_to
    }

    /// Makes one frame of all that came since the last one.
    pub(crate) fn tell(&self) {
        let mut state = self.write();
        let waiting = std::mem::take(&mut state.waiting);
        let Some(entry) = JournalEntry::merged(&waiting) else { return };
        state.told_to = entry.version as i64;
        let (now, entry) = (Instant::now(), Arc::new(entry));
        state.current = vec![Arc::new(EncodedEntry::new(Arc::clone(&entry), &state.picture))];
        state.frames_weight += entry.weight();
        state.frames.push_back((now, entry));
        state.trim(now);
    }

    /// What a listener who has seen `version` has missed: one frame, the same for all who know as much.
    pub fn after(&self, version: i64) -> News {
        let missed: Vec<Arc<JournalEntry>> = {
            let state = self.read();
            if version >= state.told_to {
                return if version > state.picture.version { state.gone() } else { News::Nothing };
            }
            let first = state.frames.partition_point(|(_, entry)| entry.version as i64 <= version);
            let from = match state.frames.get(first) {
                Some((_, entry)) if entry.after as i64 <= version => entry.after,
                _ => return state.gone(),
            };
            if let Some(told) = state.current.iter().find(|told| told.entry.after == from) {
                return News::Told(Arc::clone(told));
            }
            state.frames.iter().skip(first).map(|(_, entry)| Arc::clone(entry)).collect()
        };
        self.resume(&missed)
    }

    /// Puts several frames together into one, for all who come back from as far.
    fn resume(&self, missed: &[Arc<JournalEntry>]) -> News {
        let Some(entry) = JournalEntry::merged(missed.iter().map(Arc::as_ref)) else { return News::Nothing };
        let mut state = self.write();
        let (version, weight) = (entry.version as i64, entry.weight());
        let told = Arc::new(EncodedEntry::new(Arc::new(entry), &state.picture));
        if state.told_to == version && state.current.len() < RESUMED && state.current_weight() + weight <= RESUMED_SEATS {
            state.current.push(Arc::clone(&told));
        }
        News::Told(told)
    }

    /// Puts versions that were read again before those that are kept, as one frame, for whoever comes back.
    ///
    /// Gives     false where they do not lead from `after` to what is kept, or are more than may be.
    pub(super) fn recall(&self, after: i64, rows: &[JournalRow]) -> bool {
        let mut state = self.write();
        let first = state.frames.front().map_or(state.told_to, |(_, entry)| entry.after as i64);
        let Ok(missing) = usize::try_from(first - after) else { return true };
        let Some(rows) = rows.get(..missing) else { return false };
        let leads = rows.iter().zip(after + 1..).all(|(row, version)| row.version == version);
        let house = &state.picture.terms.house;
        let fits = |entry: &JournalEntry| {
            entry.seats.iter().all(|(seat, _)| (*seat as usize) < house.seats.len())
                && entry.areas.iter().all(|(area, _)| (*area as usize) < house.areas.len())
        };
        let entries: Vec<_> = rows.iter().map(JournalEntry::of).collect();
        let Some(entry) = JournalEntry::merged(&entries) else { return leads };
        if !leads || !fits(&entry) || state.frames_weight + entry.weight() > KEPT_SEATS {
            return false;
        }
        state.frames_weight += entry.weight();
        state.frames.push_front((Instant::now(), Arc::new(entry)));
        true
    }

    /// The memory it takes, the house not counted.
    pub(super) fn bytes(&self) -> usize {
        let state = self.read();
        let view =
            if state.view.is_some() { 4 * state.picture.letters.len() + 256 * state.picture.terms.house.rows.len() } else { 0 };
        // what was told is kept as an entry, as JSON and compressed, and the last of it again for those who come back
        state.picture.bytes() + view + state.frames_weight * 10 + state.current_weight() * 150
    }
}

impl ShownState {
    fn gone(&self) -> News {
        News::Gone { version: self.told_to.unsigned_abs() }
    }

    fn current_weight(&self) -> usize {
        self.current.iter().map(|told| told.entry.weight()).sum()
    }

    /// Lets go of frames that are old, and of the oldest where all are too much; the last one stays.
    fn trim(&mut self, now: Instant) {
        while self.frames.len() > 1 {
            let Some((at, entry)) = self.frames.front() else { return };
            if now.duration_since(*at) <= KEPT && self.frames_weight <= KEPT_SEATS {
                return;
            }
            self.frames_weight -= entry.weight();
            self.frames.pop_front();
        }
    }

    /// Nobody can be told step by step how it came to this.
    fn forget(&mut self) {
        self.told_to = self.picture.version;
        self.waiting = Vec::new();
        self.frames = VecDeque::new();
        self.frames_weight = 0;
        self.current = Vec::new();
    }
}
