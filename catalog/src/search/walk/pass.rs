//! One pass over the documents of a segment that may be meant: what is refused goes, the rest is counted and the best are placed,
//! block by block.

use tantivy::DocId;

use super::groups::Date;
use super::order::{Key, Order, Top};
use super::paged::{Dates, Paged};
use super::rank;
use super::search::{Gathered, Search};
use crate::index::Fault;
use crate::model::Kind;
use crate::search::candidate::Candidate;
use crate::search::effort::Effort;
use crate::search::filter::bits::bit;
use crate::search::filter::{Held, SegmentFilters};
use crate::search::question::query::Sort;
use crate::search::segment::Segment;
use crate::search::segment::columns::Columns;
use crate::search::segment::names::NONE;

/// So many documents are looked at together when they come one by one.
const BLOCK: usize = 256;

/// Puts the next of some documents that stand in order into a block; tells whether there were any.
pub fn blocks(mut docs: impl Iterator<Item = DocId>) -> impl FnMut(&mut Vec<Candidate>) -> bool {
    move |block| {
        block.clear();
        block.extend(docs.by_ref().take(BLOCK).map(Candidate::plain));
        !block.is_empty()
    }
}

/// What one pass looks with.
struct Pass<'a> {
    search: &'a Search<'a>,
    at: usize,
    segment: &'a Segment,
    filters: SegmentFilters<'a>,
    order: Order<'a>,
    /// The key behind which the page begins.
    after: Option<Key>,
    ranked: bool,
}

impl Search<'_> {
    /// Filters, counts and orders documents that come in their order.
    ///
    /// Takes     `next`: puts the next ones into an emptied block, false when there are no more.
    /// Cost      of a document that cannot enter the page some nanoseconds: what it is in is counted block by block, and nothing of it
    ///           is read to place it.
    pub fn pass(
        &self,
        at: usize,
        segment: &Segment,
        mut next: impl FnMut(&mut Vec<Candidate>) -> bool,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        if !self.effort.spend(if self.by_name() { Effort::NAME } else { 0 }) {
            return Ok(());
        }
        let after = self.position.map(|position| order.after(position)).transpose()?;
        let (filters, ranked) = (self.filters.in_segment(segment)?, self.query.sort == Sort::Relevance);
        let pass = Pass { search: self, at, segment, filters, order, after, ranked };
        let mut top = Top::new(self.most());
        let mut gate = Gate {
            first: u64::MAX,
            score: 0,
            beyond: DocId::MAX,
            in_order: matches!(self.query.sort, Sort::Date | Sort::DateName),
        };
        let mut block = Vec::with_capacity(BLOCK);
        // under grouping, facets count series: each document is looked at
        let alone = !self.query.group_series || self.query.facets.is_empty();
        let held = if alone { self.filters.held() } else { Held::All };
        // what is refused by its cell at most is counted block by block, of the rest each document is looked at
        let looks = |documents: usize| (documents * (1 + self.query.facets.len())) as u64 / if held == Held::All { 1 } else { 4 };
        while next(&mut block) {
            if !self.effort.spend(looks(block.len())) {
                return Ok(());
            }
            segment.keep_living(&mut block);
            match held {
                Held::Nothing | Held::Cell if self.query.group_series => pass.gather(&mut block, gathered),
                Held::Nothing => pass.count_all(&block, gathered),
                Held::Cell => pass.count_by_cell(&mut block, gathered),
                Held::All => block.retain(|candidate| pass.counted(*candidate, gathered)),
            }
            for candidate in &block {
                if !(pass.ranked && gate.refuses_ranked(candidate, &segment.columns)) {
                    pass.enter(*candidate, &mut top, &mut gate);
                }
            }
        }
        gathered.counters.flush(segment, &pass.filters);
        for (key, doc) in top.into_sorted() {
            if self.effort.is_spent() {
                return Ok(());
            }
            gathered.places.push(self.place(at, segment, doc, key, &pass.order, &pass.filters)?);
        }
        Ok(())
    }

    pub fn place(
        &self,
        at: usize,
        segment: &Segment,
        doc: DocId,
        key: Key,
        order: &Order<'_>,
        filters: &SegmentFilters<'_>,
    ) -> Result<Paged, Fault> {
        if self.by_name() {
            self.effort.spend(Effort::NAME);
        }
        let metres = self.query.near.map(|_| self.filters.metres(segment, doc)).filter(|metres| *metres != u32::MAX);
        let decided = !self.query.availability.is_empty() && doc >= segment.columns.undated;
        let availability = decided.then(|| filters.availability(doc));
        let alone = self.query.group_series && doc >= segment.columns.undated;
        let city = || (self.filters.city(segment, doc), 1);
        let dates = alone.then(|| Dates { count: 1, next: (at, doc), cities: vec![city()] });
        Ok(Paged { segment: at, doc, key, name: order.name(doc)?, availability, metres, dates })
    }
}

impl Pass<'_> {
    /// Counts documents none of which is refused.
    fn count_all(&self, block: &[Candidate], gathered: &mut Gathered) {
        gathered.held |= !block.is_empty();
        gathered.total += block.len() as u64;
        gathered.counters.count_all(block, self.segment, &self.filters, false);
    }

    /// Counts documents of which nothing but their cells may be refused, and takes those out that are.
    fn count_by_cell(&self, block: &mut Vec<Candidate>, gathered: &mut Gathered) {
        gathered.held |= !block.is_empty();
        let (filters, columns, counters) = (self.search.filters, &self.segment.columns, &mut gathered.counters);
        if counters.any_of_cells() {
            block.iter().for_each(|candidate| counters.count_cell(columns.row(candidate.doc).cell));
        }
        block.retain(|candidate| filters.cell_fails(columns.row(candidate.doc).cell) == 0);
        gathered.total += block.len() as u64;
        counters.count_all(block, self.segment, &self.filters, true);
    }

    /// Counts a document and tells whether it may stand on the page for itself: it is allowed, and no series stands for it.
    fn counted(&self, candidate: Candidate, gathered: &mut Gathered) -> bool {
        let (doc, segment) = (candidate.doc, self.segment);
        let fails = self.filters.fails(doc);
        gathered.held |= fails & bit::KIND == 0;
        let series = if self.search.query.group_series { segment.columns.series.first(doc) } else { NONE };
        gathered.counters.count(fails, segment, &self.filters, doc, series);
        fails == 0 && self.stands_alone(candidate, series, gathered)
    }

    /// Gathers documents of which nothing but their cells may be refused into their series, and takes those out that do not stand for
    /// themselves.
    fn gather(&self, block: &mut Vec<Candidate>, gathered: &mut Gathered) {
        gathered.held |= !block.is_empty();
        let (filters, columns) = (self.search.filters, &self.segment.columns);
        block.retain(|candidate| {
            filters.cell_fails(columns.row(candidate.doc).cell) == 0
                && self.stands_alone(*candidate, columns.series.first(candidate.doc), gathered)
        });
    }

    /// Counts what is allowed for itself or with its series; tells whether it stands for itself.
    fn stands_alone(&self, candidate: Candidate, series: u32, gathered: &mut Gathered) -> bool {
        if series == NONE {
            gathered.total += 1;
            return true;
        }
        let score = if self.ranked { with_name(self.segment, candidate) } else { 0 };
        let first = self.order.first(candidate.doc, score);
        gathered.met.note(self.at, Date { series, doc: candidate.doc, score }, first);
        false
    }

    /// The first part of a document's key.
    #[inline]
    fn first(&self, candidate: Candidate) -> u64 {
        if self.ranked { rank::place(with_name(self.segment, candidate)) } else { self.order.first(candidate.doc, 0) }
    }

    /// Puts a document among the best if it is one of them.
    #[inline]
    fn enter(&self, candidate: Candidate, top: &mut Top, gate: &mut Gate) {
        let (doc, order) = (candidate.doc, &self.order);
        if gate.closed(doc) {
            return;
        }
        let first = self.first(candidate);
        if gate.refuses(doc, first) {
            return;
        }
        // What earlier pages showed is told by the key's first part alone, nearly always: a deep page costs what the first does.
        let may_enter = top.may_enter(first) && top.may_tie(first, || order.second(doc));
        if may_enter && self.after.is_none_or(|after| first >= after.first) {
            let key = order.key(doc, first);
            if self.after.is_none_or(|after| key > after)
                && let Some(worst) = top.push(key, doc)
            {
                (gate.first, gate.score, gate.beyond) = (worst.first, rank::score(worst.first), order.beyond(worst, doc));
            }
        }
    }
}

/// What can no longer enter a full page, told without reading anything of the document.
struct Gate {
    /// The first part of the worst key, and the score that it stands for when scores give the order.
    first: u64,
    score: u32,
    /// From here on, equals start later than the worst.
    beyond: DocId,
    /// The order is that of the documents: from `beyond` on, nothing enters.
    in_order: bool,
}

impl Gate {
    /// Whether nothing enters from this document on.
    #[inline]
    fn closed(&self, doc: DocId) -> bool {
        self.in_order && doc >= self.beyond
    }

    #[inline]
    fn refuses(&self, doc: DocId, first: u64) -> bool {
        if doc < self.beyond { first > self.first } else { first >= self.first }
    }

    /// Whether a candidate is certainly too late where scores give the order, told by as little as suffices; what is not refused
    /// here may be by [`refuses`](Self::refuses).
    #[inline]
    fn refuses_ranked(&self, candidate: &Candidate, columns: &Columns) -> bool {
        let needed = self.score + u32::from(candidate.doc >= self.beyond);
        if candidate.score >= needed {
            return false;
        }
        let part = || u64::from(candidate.named) < columns.name_words(candidate.doc);
        candidate.named == 0
            || candidate.score + rank::MOST_OF_A_WHOLE_NAME < needed
            || candidate.doc >= columns.undated && part()
    }
}

/// The score with what a candidate earns for the words of its name that are in the question.
fn with_name(segment: &Segment, candidate: Candidate) -> u32 {
    let columns = &segment.columns;
    let (named, words) = (u32::from(candidate.named), columns.name_words(candidate.doc) as u32);
    if named == 0 || named < words && candidate.doc >= columns.undated {
        return candidate.score;
    }
    let kind = Kind::INDEXED.get(columns.kind.first(candidate.doc).unwrap_or(0) as usize).copied().unwrap_or(Kind::Event);
    candidate.score + rank::name(kind, named, words)
}
