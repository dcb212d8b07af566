//! One search over one snapshot: words, filters, counts and order in a single pass over each segment.

use std::collections::HashMap;
use std::ops::Range;

use domain::event::Availability;
use jiff::Timestamp;
use tantivy::DocId;

use super::advice::{self, Typed};
use super::answer::{DidYouMean, Facets};
use super::facets::Counters;
use super::filter::{Filters, SegmentFilters, bit};
use super::matching::{Candidate, Wanted};
use super::names::NONE;
use super::order::{Key, Order, Position, Top};
use super::overlay::Badges;
use super::query::{Kind, Query, Sort};
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
    pub dates: Option<u64>,
}

/// What a search found.
pub struct Found {
    pub page: Vec<Place>,
    pub total: u64,
    pub facets: Facets,
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

struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    filters: &'a Filters<'a>,
    now: i64,
    position: Option<&'a Position>,
}

/// What is gathered over all segments.
struct Gathered {
    total: u64,
    held: bool,
    counters: Counters,
    places: Vec<Place>,
    groups: HashMap<u128, Group>,
}

/// The dates of one series that match.
struct Group {
    best: Key,
    segment: usize,
    doc: DocId,
    dates: u64,
}

impl Search<'_> {
    fn run(&self, stage: Stage, words: Vec<Word>, weights: Vec<u32>) -> Result<Found, Fault> {
        let mut gathered = Gathered {
            total: 0,
            held: false,
            counters: Counters::new(&self.query.facets),
            places: Vec::new(),
            groups: HashMap::new(),
        };
        for (at, segment) in self.snapshot.segments.iter().enumerate() {
            let ranges = self.filters.ranges(segment);
            if words.is_empty() {
                self.browse(at, segment, &ranges, &mut gathered)?;
            } else {
                let (fields, grades) = (self.snapshot.fields, rank::grades);
                let wanted = Wanted { fields, words: &words, weights: &weights, stage, grades, most: usize::MAX };
                let candidates = wanted.candidates(segment, &ranges)?;
                self.pass(at, segment, candidates.into_iter().map(|candidate| whole_names(segment, candidate)), &mut gathered)?;
            }
        }
        if self.query.group_series {
            self.page_of_groups(&mut gathered)?;
        }
        self.finish(gathered, stage, words, weights)
    }

    /// Without words: walks what the filters name, or the whole range.
    fn browse(&self, at: usize, segment: &Segment, ranges: &[Range<DocId>], gathered: &mut Gathered) -> Result<(), Fault> {
        if let Some(docs) = self.filters.driven(segment, ranges)? {
            return self.pass(at, segment, docs.into_iter().map(|doc| (doc, 0)), gathered);
        }
        let all = ranges.iter().cloned().flatten();
        let plain = self.query.kinds == [Kind::Event]
            && self.filters.allows_all()
            && gathered.counters.is_empty()
            && !self.query.group_series;
        if plain && self.query.sort == Sort::Date && !segment.reader.has_deletes() {
            return self.first_of_range(at, segment, ranges, gathered);
        }
        self.pass(at, segment, all.map(|doc| (doc, 0)), gathered)
    }

    /// Every document counts and they stand in order already: looks at one page of them.
    fn first_of_range(
        &self,
        at: usize,
        segment: &Segment,
        ranges: &[Range<DocId>],
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let mut seen =
            Gathered { total: 0, held: false, counters: Counters::new(&[]), places: Vec::new(), groups: HashMap::new() };
        for range in ranges {
            gathered.total += u64::from(range.end - range.start);
            let from = match self.position {
                Some(position) => segment.first_from(self.second_of(position.after.first)).clamp(range.start, range.end),
                None => range.start,
            };
            let mut docs = from..range.end;
            let mut taken = 0;
            let mut last = None;
            let page = docs.by_ref().take_while(|doc| {
                let start = segment.columns.start.first(*doc);
                let go_on = taken < self.most() || start == last;
                last = start;
                taken += usize::from(self.position.is_none_or(|position| self.first_after(segment, *doc, position)));
                go_on
            });
            self.pass(at, segment, page.map(|doc| (doc, 0)), &mut seen)?;
        }
        gathered.places.append(&mut seen.places);
        Ok(())
    }

    fn second_of(&self, first: u64) -> i64 {
        i64::try_from(first).unwrap_or(i64::MAX).saturating_add(crate::index::schema::NO_START)
    }

    fn first_after(&self, segment: &Segment, doc: DocId, position: &Position) -> bool {
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        order.key(doc, order.first(doc, 0)) > position.after
    }

    fn by_name(&self) -> bool {
        matches!(self.query.sort, Sort::Name | Sort::NameDescending)
    }

    fn most(&self) -> usize {
        usize::from(self.query.limit) + 1
    }

    /// Filters, counts and orders documents that come in their order, each with its score.
    fn pass(
        &self,
        at: usize,
        segment: &Segment,
        docs: impl Iterator<Item = (DocId, u32)>,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let filters = self.filters.in_segment(segment)?;
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        let after = self.position.map(|position| order.after(position)).transpose()?;
        let mut top = Top::new(self.most());
        for (doc, score) in docs {
            if !segment.is_alive(doc) {
                continue;
            }
            let fails = filters.fails(doc);
            gathered.held |= fails & bit::KIND == 0;
            gathered.counters.count(fails, segment, &filters, doc);
            if fails != 0 {
                continue;
            }
            gathered.total += 1;
            let first = order.first(doc, score);
            if self.query.group_series {
                gathered.group(at, segment, doc, order.key(doc, first), self.by_name());
            } else if top.may_enter(first) {
                let key = order.key(doc, first);
                if after.is_none_or(|after| key > after) {
                    top.push(key, doc);
                }
            }
        }
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
        Ok(Place { segment: at, doc, key, name: order.name(doc)?, availability, metres, dates: None })
    }

    /// One place for each group, behind the cursor.
    fn page_of_groups(&self, gathered: &mut Gathered) -> Result<(), Fault> {
        gathered.total = gathered.groups.len() as u64;
        let by_name = self.by_name();
        let mut groups: Vec<Group> = std::mem::take(&mut gathered.groups).into_values().collect();
        if !by_name {
            groups.retain(|group| self.position.is_none_or(|position| group.best > position.after));
            groups.sort_unstable_by_key(|group| group.best);
            groups.truncate(self.most());
        }
        for group in groups {
            let segment = &self.snapshot.segments[group.segment];
            let order = Order::new(self.query.sort, self.now, self.filters, segment);
            if by_name
                && self.position.map(|position| order.after(position)).transpose()?.is_some_and(|after| group.best <= after)
            {
                continue;
            }
            let filters = self.filters.in_segment(segment)?;
            let mut place = self.place(group.segment, segment, group.doc, group.best, &order, &filters)?;
            place.dates = Some(group.dates);
            gathered.places.push(place);
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
        Ok(Found {
            page,
            total: gathered.total,
            facets: gathered.counters.finish(&names),
            more,
            held: gathered.held,
            stage,
            weights,
            words,
        })
    }
}

fn rest(place: &Place) -> (u64, u128) {
    (place.key.second, place.key.id)
}

impl Gathered {
    /// Counts a date of its series. Under names, whose numbers count for one segment only, the nearest date stands for its series.
    fn group(&mut self, at: usize, segment: &Segment, doc: DocId, key: Key, by_name: bool) {
        let series = segment.columns.series.first(doc);
        let group = if series == NONE { key.id } else { u128::from(series) };
        let entry = self.groups.entry(group).or_insert(Group { best: key, segment: at, doc, dates: 0 });
        entry.dates += 1;
        let better = if by_name { (key.second, key.id) < (entry.best.second, entry.best.id) } else { key < entry.best };
        if better {
            *entry = Group { best: key, segment: at, doc, dates: entry.dates };
        }
    }
}

/// Adds what a candidate earns when no word of its name is missing.
fn whole_names(segment: &Segment, candidate: Candidate) -> (DocId, u32) {
    if candidate.named == 0 {
        return (candidate.doc, candidate.score);
    }
    let columns = &segment.columns;
    let words = columns.name_words.first(candidate.doc).unwrap_or(0);
    if words == 0 || u64::from(candidate.named) < words {
        return (candidate.doc, candidate.score);
    }
    let kind = Kind::ALL.get(columns.kind.first(candidate.doc).unwrap_or(0) as usize).copied().unwrap_or(Kind::Event);
    (candidate.doc, candidate.score + rank::whole_name(kind))
}
