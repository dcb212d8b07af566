//! One search over one snapshot: words, filters, counts and order in a single pass over each segment.

use domain::event::Availability;
use jiff::Timestamp;
use tantivy::DocId;

use super::advice::{self, Typed};
use super::answer::{DidYouMean, Facets, Histograms};
use super::facets::Counters;
use super::filter::{Filters, SegmentFilters, bit};
use super::groups::Groups;
use super::matching::{Candidate, Wanted};
use super::names::NONE;
use super::order::{Key, Order, Position, Top};
use super::overlay::Badges;
use super::query::{FacetName, Kind, Query, Sort};
use super::rank;
use super::segment::Segment;
use super::snapshot::Snapshot;
use super::synonyms::Synonyms;
use super::words::{self, Stage, Word};
use crate::index::Fault;

/// A document that belongs on the page.
#[derive(Debug, Clone)]
pub struct Place {
    pub segment: usize,
    pub doc: DocId,
    pub key: Key,
    pub name: Option<String>,
    pub availability: Option<Availability>,
    pub metres: Option<u32>,
    /// With `group=series`, for an event.
    pub dates: Option<Dates>,
}

/// The dates of one series that match.
#[derive(Debug, Clone)]
pub struct Dates {
    pub count: u64,
    /// Segment and document of the next one.
    pub next: (usize, DocId),
    /// City number and how many dates there, in the order of their first dates.
    pub cities: Vec<(u32, u64)>,
}

/// What a search found.
pub struct Found {
    pub page: Vec<Place>,
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
}

/// Searches. When nothing at all holds the words, they are bent a little more, and again, unless a cursor says how the first page
/// read them. Filters have no say in this: a page that a filter empties stays empty, and its facets say where the words are held.
pub fn search(
    snapshot: &Snapshot,
    query: &Query,
    now: Timestamp,
    position: Option<&Position>,
    badges: &Badges<'_>,
    synonyms: &Synonyms,
) -> Result<Found, Fault> {
    let filters = Filters::new(query, snapshot, now, badges);
    let texts = words::split(&query.q);
    let search = Search { snapshot, query, filters: &filters, now: now.as_second(), position };
    if texts.is_empty() {
        return search.run(Stage::Strict, Vec::new(), Vec::new());
    }
    let stages = match position {
        Some(position) => vec![position.stage],
        None => Stage::ALL.to_vec(),
    };
    let mut found = None;
    for stage in stages {
        let words = words::resolve(snapshot, synonyms, &texts, stage)?;
        let weights = match position {
            Some(position) if position.weights.len() == words.len() => position.weights.clone(),
            _ => rank::weights(&words, snapshot.docs),
        };
        let result = search.run(stage, words, weights)?;
        let done = result.held;
        found = Some(result);
        if done {
            break;
        }
    }
    found.ok_or_else(|| Fault::Internal("a search has at least one stage".to_owned()))
}

/// A better spelling than the typed one, if the index knows any that gives hits: more of them when the typed one gives some.
///
/// Gives     how the question was typed, too: [`Typed::Unknown`] when nothing holds its words as they are.
pub fn better(
    snapshot: &Snapshot,
    query: &Query,
    now: Timestamp,
    badges: &Badges<'_>,
    synonyms: &Synonyms,
    found: &Found,
) -> Result<(Typed, Option<DidYouMean>), Fault> {
    let held = found.held && found.stage == Stage::Strict;
    let (mut typed, spellings) = advice::spellings(snapshot, synonyms, &words::split(&query.q), held)?;
    if typed == Typed::Doubtful && !held {
        typed = Typed::Unknown;
    }
    let hits = if typed == Typed::Unknown { 0 } else { found.total };
    for q in spellings {
        let other = Query { q, limit: 1, facets: Vec::new(), ..query.clone() };
        let filters = Filters::new(&other, snapshot, now, badges);
        let words = words::resolve(snapshot, synonyms, &words::split(&other.q), Stage::Strict)?;
        let weights = rank::weights(&words, snapshot.docs);
        let search = Search { snapshot, query: &other, filters: &filters, now: now.as_second(), position: None };
        let total = search.run(Stage::Strict, words, weights)?.total;
        if total > hits {
            return Ok((typed, Some(DidYouMean { q: other.q, total })));
        }
    }
    Ok((typed, None))
}

pub(super) struct Search<'a> {
    snapshot: &'a Snapshot,
    pub query: &'a Query,
    pub filters: &'a Filters<'a>,
    pub now: i64,
    pub position: Option<&'a Position>,
}

/// What is gathered over all segments.
pub(super) struct Gathered {
    pub total: u64,
    held: bool,
    pub counters: Counters,
    pub places: Vec<Place>,
    groups: Groups,
}

impl Gathered {
    pub fn of(facets: &[FacetName], now: i64) -> Self {
        Self { total: 0, held: false, counters: Counters::new(facets), places: Vec::new(), groups: Groups::at(now) }
    }
}

impl Search<'_> {
    fn run(&self, stage: Stage, words: Vec<Word>, weights: Vec<u32>) -> Result<Found, Fault> {
        let mut gathered = Gathered::of(&self.query.facets, self.now);
        for (at, segment) in self.snapshot.segments.iter().enumerate() {
            let ranges = self.filters.ranges(segment);
            if words.is_empty() {
                self.browse(at, segment, &ranges, &mut gathered)?;
            } else {
                let (fields, grades) = (self.snapshot.fields, rank::grades);
                let wanted = Wanted { fields, words: &words, weights: &weights, stage, grades, most: usize::MAX };
                match wanted.of_one_word(segment, &ranges)? {
                    Some(walk) => self.pass(at, segment, walk, &mut gathered)?,
                    None => self.pass(at, segment, wanted.candidates(segment, &ranges)?.into_iter(), &mut gathered)?,
                }
            }
        }
        if self.query.group_series {
            self.page_of_groups(&mut gathered)?;
        }
        self.finish(gathered, stage, words, weights)
    }

    fn by_name(&self) -> bool {
        matches!(self.query.sort, Sort::Name | Sort::NameDescending)
    }

    pub fn most(&self) -> usize {
        usize::from(self.query.limit) + 1
    }

    /// Filters, counts and orders documents that come in their order.
    ///
    /// Cost      of a document that cannot enter the page some nanoseconds: what it is in is counted block by block, and nothing of it
    ///           is read to place it.
    pub fn pass(
        &self,
        at: usize,
        segment: &Segment,
        docs: impl Iterator<Item = Candidate>,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let filters = self.filters.in_segment(segment)?;
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        let after = self.position.map(|position| order.after(position)).transpose()?;
        let ranked = self.query.sort == Sort::Relevance;
        let first = |order: &Order<'_>, doc, score| if ranked { rank::place(score) } else { order.first(doc, 0) };
        let mut top = Top::new(self.most());
        let mut gate = Gate { first: u64::MAX, beyond: DocId::MAX, in_order: self.query.sort == Sort::Date };
        for candidate in docs {
            let doc = candidate.doc;
            if !segment.is_alive(doc) {
                continue;
            }
            let fails = filters.fails(doc);
            gathered.held |= fails & bit::KIND == 0;
            let series = if self.query.group_series { segment.columns.series.first(doc) } else { NONE };
            gathered.counters.count(fails, segment, &filters, doc, series);
            if fails != 0 {
                continue;
            }
            gathered.total += u64::from(series == NONE);
            if series == NONE && gate.refuses(doc, || first(&order, doc, candidate.most())) {
                continue;
            }
            let first = first(&order, doc, if ranked { whole_names(segment, candidate) } else { 0 });
            if series != NONE {
                let city = self.filters.city(segment, doc);
                gathered.groups.add(series, at, segment, doc, order.key(doc, first), city, self.by_name());
                continue;
            }
            if gate.refuses(doc, || first) {
                continue;
            }
            // What earlier pages showed is told by the key's first part alone, nearly always: a deep page costs what the first does.
            let may_enter = top.may_enter(first) && top.may_tie(first, || order.second(doc));
            if may_enter && after.is_none_or(|after| first >= after.first) {
                let key = order.key(doc, first);
                if after.is_none_or(|after| key > after)
                    && let Some(worst) = top.push(key, doc)
                {
                    gate = Gate { first: worst.first, beyond: order.beyond(worst), ..gate };
                }
            }
        }
        gathered.counters.flush(segment, &filters);
        for (key, doc) in top.into_sorted() {
            gathered.places.push(self.place(at, segment, doc, key, &order, &filters)?);
        }
        Ok(())
    }

    fn place(
        &self,
        at: usize,
        segment: &Segment,
        doc: DocId,
        key: Key,
        order: &Order<'_>,
        filters: &SegmentFilters<'_>,
    ) -> Result<Place, Fault> {
        let metres = self.query.near.map(|_| self.filters.metres(segment, doc)).filter(|metres| *metres != u32::MAX);
        let availability = (doc >= segment.columns.undated).then(|| filters.availability(doc));
        let alone = self.query.group_series && doc >= segment.columns.undated;
        let city = || (self.filters.city(segment, doc), 1);
        let dates = alone.then(|| Dates { count: 1, next: (at, doc), cities: vec![city()] });
        Ok(Place { segment: at, doc, key, name: order.name(doc)?, availability, metres, dates })
    }

    /// One place for each series, behind the cursor.
    fn page_of_groups(&self, gathered: &mut Gathered) -> Result<(), Fault> {
        let mut groups = std::mem::take(&mut gathered.groups).into_vec();
        gathered.total += groups.len() as u64;
        let by_name = self.by_name();
        if !by_name {
            groups.retain(|group| self.position.is_none_or(|position| group.best > position.after));
            groups.sort_unstable_by_key(|group| group.best);
            groups.truncate(self.most());
        }
        for group in groups {
            let ordered = &self.snapshot.segments[group.best_at.0];
            let order = Order::new(self.query.sort, self.now, self.filters, ordered);
            let after = self.position.filter(|_| by_name).map(|position| order.after(position)).transpose()?;
            if after.is_some_and(|after| group.best <= after) {
                continue;
            }
            let name = order.name(group.best_at.1)?;
            let (at, doc) = group.stands_for(self.query.sort);
            let segment = &self.snapshot.segments[at];
            let order = Order::new(self.query.sort, self.now, self.filters, segment);
            let place = self.place(at, segment, doc, group.best, &order, &self.filters.in_segment(segment)?)?;
            gathered.places.push(Place { name, dates: group.dates(), ..place });
        }
        Ok(())
    }

    /// Orders the segments' places among each other and cuts the page.
    fn finish(&self, gathered: Gathered, stage: Stage, words: Vec<Word>, weights: Vec<u32>) -> Result<Found, Fault> {
        let mut page = gathered.places;
        match self.query.sort {
            Sort::Name => page.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| rest(a).cmp(&rest(b)))),
            Sort::NameDescending => page.sort_by(|a, b| b.name.cmp(&a.name).then_with(|| rest(a).cmp(&rest(b)))),
            _ => page.sort_by_key(|place| place.key),
        }
        let limit = usize::from(self.query.limit);
        let more = page.len() > limit;
        page.truncate(limit);
        let names = self.snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (facets, histograms) = gathered.counters.finish(&names);
        Ok(Found { page, total: gathered.total, facets, histograms, more, held: gathered.held, stage, weights, words })
    }
}

fn rest(place: &Place) -> (u64, u128) {
    (place.key.second, place.key.id)
}

/// What can no longer enter a full page, told without reading anything of the document.
struct Gate {
    /// The first part of the worst key.
    first: u64,
    /// From here on, equals start later than the worst.
    beyond: DocId,
    /// The order is that of the documents: from `beyond` on, nothing enters.
    in_order: bool,
}

impl Gate {
    #[inline]
    fn refuses(&self, doc: DocId, first: impl FnOnce() -> u64) -> bool {
        if doc < self.beyond { first() > self.first } else { self.in_order || first() >= self.first }
    }
}

/// The score with what a candidate earns when no word of its name is missing.
fn whole_names(segment: &Segment, candidate: Candidate) -> u32 {
    if candidate.named == 0 {
        return candidate.score;
    }
    let columns = &segment.columns;
    let words = columns.name_words(candidate.doc);
    if words == 0 || u64::from(candidate.named) < words {
        return candidate.score;
    }
    let kind = Kind::ALL.get(columns.kind.first(candidate.doc).unwrap_or(0) as usize).copied().unwrap_or(Kind::Event);
    candidate.score + rank::whole_name(kind)
}
