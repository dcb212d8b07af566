//! The open catalogue: the live snapshot, the badges, the cache, and the threads that search.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::Currency;
use domain::cursor::CursorKey;
use domain::text::fold;
use domain::time::Clock;
use jiff::Timestamp;
use uuid::Uuid;

use super::answer::Answer;
use super::answer::hits::hits;
use super::cache::rendered::{Rendered, State};
use super::cache::{Cache, Making, Seen};
use super::costs::{Costs, Form};
use super::effort::Effort;
use super::error::SearchError;
use super::filter::Filters;
use super::filter::plan::Explained;
use super::overlay::AvailabilityOverlay;
use super::pool::Pool;
use super::question::query::{FacetName, Sort};
use super::question::{Query, cut};
use super::segment::Segment;
use super::segment::snapshot::{Generation, Snapshot};
use super::suggest::{Prompt, Suggestions, suggest};
use super::walk::order::Position;
use super::walk::run::{self, Found};
use super::words::advice::Typed;
use super::words::synonyms::{self, Stamp, Synonyms};
use crate::index::{Fault, generation};

/// The search side of the catalogue. Clones share everything.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Opened>,
    /// Whose searches these are; none: the program's own.
    address: Option<IpAddr>,
}

struct Opened {
    dir: PathBuf,
    key: CursorKey,
    clock: Clock,
    live: RwLock<Option<Arc<Snapshot>>>,
    /// Held while a new state is opened, so that two reloads do not race.
    generation: Mutex<Option<Generation>>,
    overlay: AvailabilityOverlay,
    synonyms: RwLock<Arc<Synonyms>>,
    synonyms_file: Mutex<Option<(PathBuf, Stamp)>>,
    cache: Cache,
    seen: Seen,
    searches: AtomicU64,
    /// How many of them went to a thread of their own.
    handed_over: AtomicU64,
    pool: Pool,
    costs: Costs,
}

impl Catalog {
    /// Opens the index in `dir` (`<data-dir>/index`); without any index yet it is not [`ready`](Self::ready), generation 0.
    ///
    /// Refuses   a torn index: the message names the command that repairs it.
    pub fn open(dir: &Path, key: CursorKey, clock: Clock, cache_bytes: u64) -> Result<Catalog, Fault> {
        let catalog = Self::closed(dir, key, clock, cache_bytes);
        catalog.reload_if_changed()?;
        Ok(catalog)
    }

    /// One that looks at nothing yet: not [`ready`](Self::ready) until [`reload_if_changed`](Self::reload_if_changed) finds an index.
    pub fn closed(dir: &Path, key: CursorKey, clock: Clock, cache_bytes: u64) -> Catalog {
        let shared = Opened {
            dir: dir.to_owned(),
            key,
            clock,
            live: RwLock::new(None),
            generation: Mutex::new(None),
            overlay: AvailabilityOverlay::default(),
            synonyms: RwLock::default(),
            synonyms_file: Mutex::new(None),
            cache: Cache::new(cache_bytes),
            seen: Seen::default(),
            searches: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
            pool: Pool::of_this_machine(),
            costs: Costs::default(),
        };
        Catalog { shared: Arc::new(shared), address: None }
    }

    /// This catalogue as one address asks it, which has a share of the lanes and no more.
    pub fn asked_by(&self, address: Option<IpAddr>) -> Catalog {
        Catalog { address, ..self.clone() }
    }

    /// Opens one generation, published or just built, to be asked beside the live one; it never changes.
    pub fn open_generation(dir: &Path, generation: u64) -> Result<Catalog, Fault> {
        let catalog = Self::closed(dir, CursorKey::new([0; 32]), Clock::System, 0);
        catalog.publish_quietly(Generation::open_unfinished(dir, generation)?.snapshot(None)?);
        Ok(catalog)
    }

    /// Searches anew: on the thread that asks what takes little effort, else on one of a bounded number of threads.
    ///
    /// Refuses   when too many wait for such a thread: [`SearchError::Busy`]; when too many of this address do: [`SearchError::TooMany`].
    pub async fn search(&self, query: &Query) -> Result<Arc<Answer>, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let rows = query.rows_text();
        let position = Position::open(&self.shared.key, query, &rows)?;
        self.shared.cache.searched();
        self.search_in(snapshot, query.clone(), rows, position).await.map(Arc::new)
    }

    /// Says how a question is answered, and why.
    pub fn explain(&self, query: &Query) -> Result<Explained, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let badges = self.shared.overlay.badges();
        let plan = Filters::new(query, &snapshot, self.minute(), &badges).plan();
        Ok(Explained { plan: plan.as_str(), why: plan.why() })
    }

    /// Answers in JSON, from the cache of ready bytes if this state of the index has answered it before; equal questions at once cost one
    /// search.  Just after the state has moved, the answer of the state before is given once more (see `cache`).
    pub async fn search_cached(&self, query: &Query) -> Result<Rendered, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let rows = query.rows_text();
        let position = Position::open(&self.shared.key, query, &rows)?;
        let (state, now) = (self.state_of(&snapshot), self.shared.clock.now());
        self.shared.seen.note(state, now);
        let key = (Arc::from(query.answer_text(&rows)), state);
        let (catalog, query) = (self.clone(), query.clone());
        let search = move || -> Making { Box::pin(async move { catalog.search_in(snapshot, query, rows, position).await }) };
        self.shared.cache.get(key, self.shared.seen.before(state, now), search).await
    }

    /// The state of which answers speak now: equal questions in equal states have equal answers. None before the first generation.
    pub fn state(&self) -> Option<State> {
        let state = self.snapshot().map(|snapshot| self.state_of(&snapshot))?;
        self.shared.seen.note(state, self.shared.clock.now());
        Some(state)
    }

    /// Counts an answer of the present state that who keeps it has given again.
    pub fn given_again(&self) {
        self.shared.cache.given_again();
    }

    /// How many searches were made: what the cache answers is none.
    pub fn searches(&self) -> u64 {
        self.shared.searches.load(Ordering::Relaxed)
    }

    /// How many searches went to a thread of their own, since they look at much.
    pub fn handed_over(&self) -> u64 {
        self.shared.handed_over.load(Ordering::Relaxed)
    }

    fn state_of(&self, snapshot: &Snapshot) -> State {
        State {
            generation: snapshot.generation,
            commit: snapshot.commit,
            badges: self.shared.overlay.epoch(),
            minute: self.minute().as_second(),
        }
    }

    /// Suggests what somebody who types may mean, on one of the threads that search.
    pub async fn suggest(&self, prompt: &Prompt) -> Result<Suggestions, SearchError> {
        let snapshot = self.snapshot().ok_or(SearchError::NotReady)?;
        let (catalog, prompt, now) = (self.clone(), prompt.clone(), self.minute());
        self.shared.cache.searched();
        let suggest = move || suggest(&snapshot, &catalog.synonyms(), &prompt, now, &catalog.shared.overlay);
        Ok(self.shared.pool.usual.run(self.address, suggest).await??)
    }

    async fn search_in(
        &self,
        snapshot: Arc<Snapshot>,
        query: Query,
        rows: String,
        position: Option<Position>,
    ) -> Result<Answer, SearchError> {
        self.shared.searches.fetch_add(1, Ordering::Relaxed);
        let (now, form) = (self.minute(), self.shared.costs.form(&query));
        if query.may_take_little()
            && let Some(answer) = self.answer(&snapshot, &query, &rows, position.as_ref(), now, &Effort::little())?
        {
            return Ok(answer);
        }
        self.shared.handed_over.fetch_add(1, Ordering::Relaxed);
        let catalog = self.clone();
        let search = Arc::new(move |effort: Effort| {
            let answer = catalog.answer(&snapshot, &query, &rows, position.as_ref(), now, &effort);
            catalog.shared.costs.note(form, effort.gone());
            answer
        });
        // on the heap: who waits for a thread should not carry the question and the answer with every future around it
        let answer = Box::pin(self.in_its_lane(form, search)).await?;
        Ok(answer.ok_or_else(|| Fault::Internal("no effort was enough".to_owned()))?)
    }

    /// Searches among the others with what they may look at, and among the dear ones what is known to be dear or turns out to be.
    async fn in_its_lane<T: Send + 'static>(
        &self,
        form: Form,
        search: Arc<impl Fn(Effort) -> Result<Option<T>, Fault> + Send + Sync + 'static>,
    ) -> Result<Option<T>, SearchError> {
        let (pool, usual, shared) = (&self.shared.pool, Arc::clone(&search), Arc::clone(&self.shared));
        // the first of many that came at once tells those in the line behind it what their form costs
        let in_turn = move || {
            if shared.costs.is_dear(form) {
                return Ok(None);
            }
            let answer = usual(Effort::usual())?;
            if answer.is_none() {
                shared.costs.note_given_up(form);
            }
            Ok::<_, Fault>(answer)
        };
        if !self.shared.costs.is_dear(form)
            && let Some(answer) = pool.usual.run(self.address, in_turn).await??
        {
            return Ok(Some(answer));
        }
        Ok(pool.dear.run(self.address, move || search(Effort::any())).await??)
    }

    /// Marks questions of this form as dear.
    #[cfg(test)]
    pub(super) fn note_dear(&self, query: &Query) {
        self.shared.costs.note_given_up(self.shared.costs.form(query));
    }

    #[cfg(test)]
    pub(super) fn lanes(&self) -> &Pool {
        &self.shared.pool
    }

    /// Searches on this thread; gives none when that takes more than the effort allows.
    fn answer(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        rows: &str,
        position: Option<&Position>,
        minute: Timestamp,
        effort: &Effort,
    ) -> Result<Option<Answer>, Fault> {
        let now = position.map_or(minute, |position| Timestamp::from_second(position.now).unwrap_or(minute));
        let (badges, synonyms) = (self.shared.overlay.badges(), self.synonyms());
        let search = |query: &Query| run::search(snapshot, query, now, position, &badges, &synonyms, effort);
        let mut corrected = position.and_then(|position| position.corrected.clone());
        let mut read = corrected.as_ref().map_or_else(|| query.clone(), |q| Query { q: q.clone(), ..query.clone() });
        if query.sort == Sort::Price {
            let known = query.currency.or(position.and_then(|position| position.currency));
            read.first_currency = if known.is_some() { known } else { commonest_currency(&read, search)? };
        }
        let Some(mut found) = search(&read)? else { return Ok(None) };
        let mut did_you_mean = None;
        if query.spellcheck && position.is_none() {
            let better = run::better(snapshot, query, now, &badges, &synonyms, &found, effort)?;
            let Some((typed, better)) = better else { return Ok(None) };
            if let Some(better) = &better
                && typed == Typed::Unknown
            {
                read.q.clone_from(&better.q);
                let Some(instead) = search(&read)? else { return Ok(None) };
                (found, corrected) = (instead, Some(better.q.clone()));
            }
            did_you_mean = better;
        }
        let items = hits(snapshot, &found.page, &found.words, &badges, minute)?;
        drop(badges);
        let last = found.page.last().filter(|_| found.more);
        let next_cursor = last.map(|place| {
            let (name, weights, corrected) = (place.name.clone(), found.weights.clone(), corrected.clone());
            let (stage, currency) = (found.stage, read.first_currency);
            let position = Position { after: place.key, name, now: now.as_second(), stage, weights, corrected, currency };
            position.seal(&self.shared.key, rows)
        });
        let near = query.near.map(|near| format!("{},{}", near.place.lat, near.place.lon)).unwrap_or_default();
        let currency = read.first_currency;
        // signs alone are no words: all is found, and it is said
        let unheard = Some(read.q.trim()).filter(|q| !q.is_empty() && cut::split(q).is_empty());
        let relaxed = unheard.map_or_else(|| found.relaxed(), |q| vec![q.to_owned()]);
        let understood = found.intent.understood(&near, &relaxed);
        let (total, facets, histograms, generation) = (found.total, found.facets, found.histograms, snapshot.generation);
        Ok(Some(Answer {
            items,
            total,
            facets,
            histograms,
            did_you_mean,
            corrected,
            relaxed,
            understood,
            currency,
            next_cursor,
            generation,
        }))
    }

    /// The time of which answers speak: whole minutes, so that they can be cached.
    fn minute(&self) -> Timestamp {
        let second = self.shared.clock.now().as_second();
        Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shared.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The live generation; 0 before the first.
    pub fn generation(&self) -> u64 {
        self.snapshot().map_or(0, |snapshot| snapshot.generation)
    }

    /// Documents of all kinds that can be found.
    pub fn doc_count(&self) -> u64 {
        self.snapshot().map_or(0, |snapshot| snapshot.docs)
    }

    /// How many segments a search walks.
    pub fn segment_count(&self) -> usize {
        self.snapshot().map_or(0, |snapshot| snapshot.segments.len())
    }

    pub fn ready(&self) -> bool {
        self.snapshot().is_some()
    }

    /// Takes up a new generation or commit, if there is one; searches that run keep the one they began with.
    ///
    /// Gives     whether anything changed. On a fault the old state stays live.
    pub fn reload_if_changed(&self) -> Result<bool, Fault> {
        self.read_synonyms();
        let mut held = self.shared.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(number) = generation::current(&self.shared.dir)? else { return Ok(false) };
        if held.as_ref().is_none_or(|open| open.number != number) {
            let open = Generation::open(&self.shared.dir, number)?;
            self.publish(open.snapshot(None)?);
            *held = Some(open);
            return Ok(true);
        }
        let Some(open) = held.as_ref() else { return Ok(false) };
        let before = self.snapshot();
        if before.as_ref().is_some_and(|before| open.latest_commit().is_ok_and(|commit| commit == before.commit)) {
            return Ok(false);
        }
        if open.is_outgrown() {
            let open = open.without_names();
            self.publish(open.snapshot(None)?);
            *held = Some(open);
            return Ok(true);
        }
        self.publish(open.snapshot(before.as_deref())?);
        Ok(true)
    }

    /// Makes one order of one segment that nobody has asked for yet: who asks first for names or popularity does not wait for it.
    ///
    /// Gives     whether one was missing; there may be more.
    /// Cost      sorting the events of the segment, on the thread that calls.
    pub fn prepare(&self) -> bool {
        self.snapshot().is_some_and(|snapshot| snapshot.segments.iter().any(Segment::prepare))
    }

    fn publish(&self, snapshot: Snapshot) {
        metrics::gauge!("catalog_generation").set(snapshot.generation as f64);
        metrics::gauge!("catalog_documents").set(snapshot.docs as f64);
        metrics::gauge!("catalog_segments").set(snapshot.segments.len() as f64);
        self.publish_quietly(snapshot);
    }

    fn publish_quietly(&self, snapshot: Snapshot) {
        *self.shared.live.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }

    fn synonyms(&self) -> Arc<Synonyms> {
        Arc::clone(&self.shared.synonyms.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes synonyms from a file, now and whenever [`reload_if_changed`](Self::reload_if_changed) finds it changed.
    pub fn watch_synonyms(&self, path: &Path) {
        *self.shared.synonyms_file.lock().unwrap_or_else(PoisonError::into_inner) = Some((path.to_owned(), None));
        self.read_synonyms();
    }

    /// Reads the file of synonyms if it is another than before; of one that is refused the old ones stay, and why is logged once.
    fn read_synonyms(&self) {
        let mut file = self.shared.synonyms_file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((path, before)) = file.as_mut() else { return };
        let stamp = synonyms::stamp(path);
        if stamp == *before {
            return;
        }
        *before = stamp;
        match synonyms::read(path) {
            Ok(synonyms) => {
                metrics::gauge!("catalog_synonyms").set(synonyms.len() as f64);
                *self.shared.synonyms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(synonyms);
                self.shared.overlay.outdate();
            }
            Err(refused) => {
                metrics::counter!("catalog_synonyms_refused_total").increment(1);
                tracing::error!(path = %path.display(), "synonyms are not taken up: {refused}");
            }
        }
    }

    #[cfg(test)]
    pub(super) fn name_bytes(&self) -> usize {
        self.snapshot().map_or(0, |snapshot| snapshot.names.read().unwrap_or_else(PoisonError::into_inner).bytes())
    }

    #[cfg(test)]
    pub(super) fn kind_names(&self) -> usize {
        self.snapshot().map_or(0, |snapshot| snapshot.names.read().unwrap_or_else(PoisonError::into_inner).kinds())
    }

    #[cfg(test)]
    pub(super) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    /// The cities of that name, in any spelling and by any other name of theirs; none before the first generation.
    pub fn cities_called(&self, name: &str) -> Vec<Uuid> {
        let Some(snapshot) = self.snapshot() else { return Vec::new() };
        let names = snapshot.names.read().unwrap_or_else(PoisonError::into_inner);
        let id = |number: &u32| names.cities.get(*number as usize)?.id;
        names.cities_called(&fold(name)).iter().filter_map(id).collect()
    }

    pub fn overlay(&self) -> &AvailabilityOverlay {
        &self.shared.overlay
    }
}

/// The currency in which most of what is found has its price.
fn commonest_currency(query: &Query, search: impl Fn(&Query) -> Result<Option<Found>, Fault>) -> Result<Option<Currency>, Fault> {
    let counted = Query { facets: vec![FacetName::Price], limit: 1, sort: Sort::Date, ..query.clone() };
    Ok(search(&counted)?.and_then(|found| Some(found.histograms.price?.first()?.currency)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::tests::fixture::{around, build, event, query};

    #[test]
    fn a_question_of_few_known_words_takes_little_and_one_that_may_look_at_much_does_not() {
        let dir = tempfile::tempdir().expect("a directory");
        build(dir.path(), &[event(401, "The Night Owls", "2027-02-01T20:00:00Z")], &around());
        let catalog = Catalog::open(dir.path(), CursorKey::new([7; 32]), Clock::System, 1 << 20).expect("opened");
        let snapshot = catalog.snapshot().expect("an index");
        let answered = |text: &str, effort: Effort| {
            let query = query(text);
            let may = effort.is_any() || query.may_take_little();
            let answer = || catalog.answer(&snapshot, &query, "", None, Timestamp::UNIX_EPOCH, &effort);
            may && answer().expect("readable").is_some()
        };
        let little = ["q=night owls", "q=nihgt owls", "q=nig", "q=night owls&facets=city&city=Brisbane", "city=Brisbane"];
        let more = [
            "",
            "q=nihgt olws",
            "q=night owls&spellcheck=yes",
            "q=night owls&group=series",
            "q=night night night night night",
            "q=night brisbane 1999",
        ];
        assert!(little.into_iter().all(|text| answered(text, Effort::little())));
        assert!(!more.into_iter().any(|text| answered(text, Effort::little())));
        assert!(little.into_iter().chain(more).all(|text| answered(text, Effort::any())));
    }
}
