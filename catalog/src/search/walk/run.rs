//! One search over one snapshot: words, filters, counts and order in a single pass over each segment.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::groups::{Group, Groups};
use super::order::{Order, Position};
use super::paged::Paged;
use super::rank;
use super::search::{Gathered, Search};
use super::wanted::Wanted;
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::facets::Counters;
use crate::search::facets::counts::{Facets, Histograms};
use crate::search::filter::Filters;
use crate::search::overlay::Badges;
use crate::search::question::cut;
use crate::search::question::query::{Query, Sort};
use crate::search::segment::snapshot::Snapshot;
use crate::search::words::advice::{self, DidYouMean, Typed};
use crate::search::words::intent::Intent;
use crate::search::words::reading;
use crate::search::words::synonyms::Synonyms;
use crate::search::words::word::{Stage, Word, is_time};

/// What a search found.
pub struct Found {
    pub page: Vec<Paged>,
    pub total: u64,
    pub facets: Facets,
    pub histograms: Histograms,
    /// Whether more follow the page.
    pub more: bool,
    /// Whether some document of the kinds and times asked for holds the words, filtered out or not.
    pub held: bool,
    pub stage: Stage,
    pub weights: Vec<u32>,
    pub words: Vec<Word>,
    pub intent: Intent,
}

impl Found {
    /// This with what the question means; none when it took more than the effort allowed.
    fn with(self, intent: Intent, effort: &Effort) -> Option<Self> {
        (!effort.is_spent()).then_some(Self { intent, ..self })
    }

    /// The words that the hits need not hold, for nothing holds all.
    pub fn relaxed(&self) -> Vec<String> {
        let counts = |at: usize| {
            let known = self.words[at].required && !self.words[at].variants.is_empty();
            if known { self.weights.get(at).copied().unwrap_or(0) } else { 0 }
        };
        let all: u32 = (0..self.words.len()).map(counts).sum();
        let enough = |without: u32| without > 0 && without * 2 >= all;
        let left_out = |at: &usize| match self.stage {
            Stage::Strict | Stage::Forgiving => false,
            Stage::Untimed => is_time(&self.words[*at].text) || self.intent.is_time(*at),
            Stage::Relaxed => self.words[*at].required && (counts(*at) == 0 || enough(all - counts(*at))),
        };
        (0..self.words.len()).filter(left_out).map(|at| self.words[at].text.clone()).collect()
    }
}

/// The most words of a question that takes [little effort](Effort::little): more are seldom typed and seldom quick.
const LITTLE_WORDS: usize = 4;

/// Whether there are looks enough to meet these words, so far as their lists tell.
fn may_meet(effort: &Effort, stage: Stage, words: &[Word]) -> bool {
    let unknown = words.iter().filter(|word| word.variants.is_empty()).count();
    let few = stage <= Stage::Untimed && words.len() <= LITTLE_WORDS && unknown <= 1;
    (effort.is_any() || few) && effort.spend(words.iter().map(Word::looks).sum())
}

/// What is asked, cut into words, and what they mean.
struct Wording<'a> {
    snapshot: &'a Snapshot,
    synonyms: &'a Synonyms,
    texts: Vec<String>,
    now: Timestamp,
}

impl Wording<'_> {
    fn intent(&self) -> Intent {
        let names = self.snapshot.names.read().unwrap_or_else(PoisonError::into_inner);
        Intent::read(&self.texts, &names, self.now)
    }
}

/// What the words of a question may stand for; none when finding or meeting that takes more than the effort allows.
fn resolve(asked: &Wording<'_>, intent: &Intent, stage: Stage, effort: &Effort) -> Result<Option<Vec<Word>>, Fault> {
    let Wording { snapshot, synonyms, texts, now } = asked;
    let mut words = reading::as_written(snapshot, synonyms, texts, stage, effort)?;
    intent.mean(snapshot, &mut words, *now, stage == Stage::Untimed)?;
    if effort.is_spent() || !may_meet(effort, stage, &words) {
        return Ok(None);
    }
    if reading::bend(snapshot, &mut words, stage, effort)? && !may_meet(effort, stage, &words) {
        return Ok(None);
    }
    Ok((!effort.is_spent()).then_some(words))
}

/// Searches. When nothing at all holds the words, they are bent a little more, and again, and then the rarest ones need not be there,
/// unless a cursor says how the first page read them. Filters have no say in this: a page that a filter empties stays empty, and its
/// facets say where the words are held.
///
/// Gives     none when that takes more than the effort allows.
pub fn search(
    snapshot: &Snapshot,
    query: &Query,
    now: Timestamp,
    position: Option<&Position>,
    badges: &Badges,
    synonyms: &Synonyms,
    effort: &Effort,
) -> Result<Option<Found>, Fault> {
    let texts = cut::split(&query.q);
    if !effort.spend(Filters::looks(query, snapshot) + u64::from(query.limit) * Effort::HIT) {
        return Ok(None);
    }
    let filters = Filters::new(query, snapshot, now, badges);
    tracing::debug!(plan = filters.plan().as_str(), why = filters.plan().why(), "search");
    let search = Search { snapshot, query, filters: &filters, now: now.as_second(), position, effort };
    let asked = Wording { snapshot, synonyms, texts, now };
    let intent = asked.intent();
    // whatever has such words is among it
    if asked.texts.is_empty() || intent.is_only_near() {
        return search.run(Stage::Strict, Vec::new(), Vec::new()).map(|found| found.with(intent, effort));
    }
    let stages = match position {
        Some(position) => vec![position.stage],
        None if query.widened => vec![Stage::Relaxed],
        None => Stage::ALL.into_iter().filter(|stage| stage.bends(&asked.texts, |at| intent.is_time(at))).collect(),
    };
    let mut found = None;
    for stage in stages {
        let Some(words) = resolve(&asked, &intent, stage, effort)? else { return Ok(None) };
        let weights = match position {
            Some(position) if position.weights.len() == words.len() => position.weights.clone(),
            _ if stage == Stage::Relaxed => rank::weights_of_some(&words, snapshot.docs),
            _ => rank::weights(&words, snapshot.docs),
        };
        let result = search.run(stage, words, weights)?;
        if effort.is_spent() {
            return Ok(None);
        }
        let done = result.held;
        found = Some(result);
        if done {
            break;
        }
    }
    let mut found = found.ok_or_else(|| Fault::Internal("a search has at least one stage".to_owned()))?;
    while !found.held
        && position.is_none()
        && let Some(weights) = without_rarest(&found)
    {
        found = search.run(Stage::Relaxed, found.words, weights)?;
    }
    Ok(found.with(intent, effort))
}

/// The weights without that of the rarest word: it may stand only where nobody looks, in what is over or gone, and half of the
/// question with it. None when no other word is left.
fn without_rarest(found: &Found) -> Option<Vec<u32>> {
    let counts = |(word, weight): (&Word, &u32)| if word.required && !word.variants.is_empty() { *weight } else { 0 };
    let known: Vec<u32> = found.words.iter().zip(&found.weights).map(counts).collect();
    let rarest = (0..known.len()).max_by_key(|at| known[*at])?;
    let mut left = found.weights.clone();
    left[rarest] = 0;
    known.iter().enumerate().any(|(at, weight)| at != rarest && *weight > 0).then_some(left)
}

/// A better spelling than the typed one, if the index knows any that gives hits: more of them when the typed one gives some.
///
/// Gives     how the question was typed, too: [`Typed::Unknown`] when nothing holds its words as they are; none when finding out takes more
///           than the effort allows.
pub fn better(
    snapshot: &Snapshot,
    query: &Query,
    now: Timestamp,
    badges: &Badges,
    synonyms: &Synonyms,
    found: &Found,
    effort: &Effort,
) -> Result<Option<(Typed, Option<DidYouMean>)>, Fault> {
    let held = found.held && found.stage <= Stage::Untimed;
    let (mut typed, spellings) = advice::spellings(snapshot, synonyms, &cut::split(&query.q), held, &found.intent, effort)?;
    if typed == Typed::Doubtful && !held {
        typed = Typed::Unknown;
    }
    let hits = if typed == Typed::Unknown { 0 } else { found.total };
    for q in spellings {
        let other = Query { q, limit: 1, facets: Vec::new(), ..query.clone() };
        let filters = Filters::new(&other, snapshot, now, badges);
        let asked = Wording { snapshot, synonyms, texts: cut::split(&other.q), now };
        let Some(words) = resolve(&asked, &asked.intent(), Stage::Strict, effort)? else { return Ok(None) };
        let weights = rank::weights(&words, snapshot.docs);
        let search = Search { snapshot, query: &other, filters: &filters, now: now.as_second(), position: None, effort };
        let total = search.run(Stage::Strict, words, weights)?.total;
        if !effort.is_spent() && total > hits {
            return Ok(Some((typed, Some(DidYouMean { q: other.q, total }))));
        }
    }
    Ok((!effort.is_spent()).then_some((typed, None)))
}

impl Search<'_> {
    fn run(&self, stage: Stage, words: Vec<Word>, weights: Vec<u32>) -> Result<Found, Fault> {
        let mut gathered = Gathered::new(Counters::new(&self.query.facets, &self.names()));
        for (at, segment) in self.snapshot.segments.iter().enumerate() {
            let ranges = self.filters.ranges(segment);
            if words.is_empty() {
                self.browse(at, segment, &ranges, &mut gathered)?;
            } else {
                let (fields, grades) = (self.snapshot.fields, rank::grades);
                let (words, weights) = (&words, &weights);
                let wanted = Wanted { fields, words, weights, stage, grades, in_pairs: true, most: usize::MAX };
                let mut walk = wanted.walk(segment, &ranges)?;
                self.pass(at, segment, |block| walk.next(block), &mut gathered)?;
            }
        }
        if self.query.group_series {
            self.page_of_groups(&mut gathered)?;
        }
        self.finish(gathered, stage, words, weights)
    }

    /// One place for each series, behind the cursor.
    fn page_of_groups(&self, gathered: &mut Gathered) -> Result<(), Fault> {
        let mut met = std::mem::take(&mut gathered.met);
        gathered.total += met.series();
        let by_name = self.by_name();
        if !by_name {
            met.keep_page(self.most(), self.position.map(|position| position.after));
        }
        let mut groups = Groups::new(self.now, by_name);
        for (at, dates) in met.into_dates() {
            let segment = &self.snapshot.segments[at];
            let order = Order::new(self.query.sort, self.now, self.filters, segment);
            for date in dates {
                groups.add(at, segment, date, &order, self.filters.city(segment, date.doc));
            }
        }
        let mut afters = Vec::with_capacity(self.snapshot.segments.len());
        for segment in &self.snapshot.segments {
            let order = Order::new(self.query.sort, self.now, self.filters, segment);
            afters.push(self.position.map(|position| order.after(position)).transpose()?);
        }
        let mut groups = groups.into_vec();
        groups.retain(|group| afters[group.best_at.0].is_none_or(|after| group.best > after));
        // the numbers of names can be compared within a segment only
        let apart = |group: &Group| if by_name { group.best_at.0 } else { 0 };
        groups.sort_unstable_by_key(|group| (apart(group), group.best));
        for group in groups.chunk_by(|one, other| apart(one) == apart(other)).flat_map(|same| same.iter().take(self.most())) {
            gathered.places.push(self.place_of(group)?);
        }
        Ok(())
    }

    fn place_of(&self, group: &Group) -> Result<Paged, Fault> {
        let order = |segment| Order::new(self.query.sort, self.now, self.filters, segment);
        let name = order(&self.snapshot.segments[group.best_at.0]).name(group.best_at.1)?;
        let (at, doc) = group.stands_for(self.query.sort);
        let segment = &self.snapshot.segments[at];
        let place = self.place(at, segment, doc, group.best, &order(segment), &self.filters.in_segment(segment)?)?;
        Ok(Paged { name, dates: group.dates(), ..place })
    }

    /// Orders the segments' places among each other and cuts the page.
    fn finish(&self, gathered: Gathered, stage: Stage, words: Vec<Word>, weights: Vec<u32>) -> Result<Found, Fault> {
        let mut page = gathered.places;
        match self.query.sort {
            Sort::Name | Sort::NameDate => page.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| rest(a).cmp(&rest(b)))),
            Sort::NameDescending => page.sort_by(|a, b| b.name.cmp(&a.name).then_with(|| rest(a).cmp(&rest(b)))),
            Sort::DateName => page.sort_by(|a, b| (a.key.first, &a.name, a.key.id).cmp(&(b.key.first, &b.name, b.key.id))),
            _ => page.sort_by_key(|place| place.key),
        }
        let limit = usize::from(self.query.limit);
        let more = page.len() > limit;
        page.truncate(limit);
        let (facets, histograms) = gathered.counters.finish(self.query, self.filters, &self.names());
        Ok(Found {
            page,
            total: gathered.total,
            facets,
            histograms,
            more,
            held: gathered.held,
            stage,
            weights,
            words,
            intent: Intent::default(),
        })
    }
}

fn rest(place: &Paged) -> (u64, u128) {
    (place.key.second, place.key.id)
}
