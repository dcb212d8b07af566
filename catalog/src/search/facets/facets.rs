//! Counting by value, in the same pass that finds the hits; over a whole range, from running counts.

use std::ops::Range;

use tantivy::DocId;

use super::bands;
use super::counts::{Facets, Histograms};
use super::values;
use crate::search::candidate::Candidate;
use crate::search::filter::bits::own_filter;
use crate::search::filter::{Filters, SegmentFilters};
use crate::search::question::query::{FacetName, Query};
use crate::search::segment::Segment;
use crate::search::segment::counted::{Counted, grow, increase, numbers, size};
use crate::search::segment::names::{NONE, Names};
use crate::search::segment::rows::Row;

/// The counts of one facet, by number.
pub struct Counter {
    pub facet: FacetName,
    own: u16,
    counts: Vec<u32>,
    /// Under grouping: number and series, once for each date.
    series: Vec<u64>,
}

/// So many documents are counted at once, facet by facet.
const BLOCK: usize = 256;

/// The counts of all facets that were asked for.
#[derive(Default)]
pub struct Counters {
    all: Vec<Counter>,
    /// Documents that were not counted yet, and which filters refuse them.
    waiting: Vec<(DocId, u16)>,
    /// Of the documents that are counted together.
    rows: Vec<Row>,
    /// By cell: documents that were counted by nothing else so far.
    cells: Vec<u32>,
}

impl Counters {
    pub fn new(facets: &[FacetName], names: &Names) -> Self {
        let counter = |facet: &FacetName| {
            let (own, counts) = (own_filter(*facet), vec![0; size(Counted::of(*facet), names)]);
            Counter { facet: *facet, own, counts, series: vec![] }
        };
        Self { all: facets.iter().map(counter).collect(), waiting: Vec::new(), rows: Vec::new(), cells: Vec::new() }
    }

    /// Counts a document in every facet whose own filter alone may have refused it; one of a series counts with the others of it.
    /// [`flush`](Self::flush) ends a segment.
    #[inline]
    pub fn count(&mut self, fails: u16, segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId, series: u32) {
        if self.all.is_empty() {
            return;
        }
        if series != NONE {
            return self.counting(fails).for_each(|counter| counter.add(segment, filters, doc, series));
        }
        if fails != 0 && self.counting(fails).next().is_none() {
            return;
        }
        self.waiting.push((doc, fails));
        if self.waiting.len() == BLOCK {
            self.flush(segment, filters);
        }
    }

    /// Counts documents that stand for themselves and that no filter refuses; by cell, those are counted already.
    pub fn count_all(&mut self, block: &[Candidate], segment: &Segment, filters: &SegmentFilters<'_>, by_cell: bool) {
        if self.all.is_empty() {
            return;
        }
        self.rows.clear();
        self.rows.extend(block.iter().map(|candidate| *segment.columns.row(candidate.doc)));
        for counter in self.all.iter_mut().filter(|counter| !(by_cell && counter.is_of_cells())) {
            let docs = block.iter().map(|candidate| candidate.doc).zip(self.rows.iter().copied());
            counter.add_block(segment, filters, docs);
        }
    }

    /// Whether some facet is counted by cell.
    pub fn any_of_cells(&self) -> bool {
        self.all.iter().any(Counter::is_of_cells)
    }

    /// Counts one more document of a cell, whatever refuses it: of which facets it counts, [`finish`](Self::finish) tells.
    #[inline]
    pub fn count_cell(&mut self, cell: u32) {
        increase(&mut self.cells, cell as usize);
    }

    /// Adds documents by cell.
    pub fn add_cells(&mut self, cells: &[u32]) {
        if self.cells.len() < cells.len() {
            self.cells.resize(cells.len(), 0);
        }
        self.cells.iter_mut().zip(cells).for_each(|(count, more)| *count += more);
    }

    /// The counters that no cell tells.
    pub fn others(&mut self) -> impl Iterator<Item = &mut Counter> {
        self.all.iter_mut().filter(|counter| !counter.is_of_cells())
    }

    /// All counters.
    pub fn each(&mut self) -> impl Iterator<Item = &mut Counter> {
        self.all.iter_mut()
    }

    /// Shares out what was counted by cell.
    fn share_out(&mut self, filters: &Filters<'_>, names: &Names) {
        let cells = std::mem::take(&mut self.cells);
        for counter in self.all.iter_mut().filter(|counter| counter.is_of_cells()) {
            let numbered = (0..).zip(names.cells.all()).zip(&cells).filter(|(_, count)| **count > 0);
            let own = counter.own;
            let counting = numbered.filter(|((number, _), _)| filters.cell_fails(*number) & !own == 0);
            let by_category = Counted::of(counter.facet) == Counted::Category;
            for ((_, cell), more) in counting {
                let number = if by_category { cell.category } else { cell.venue } as usize;
                counter.counts_to(number)[number] += more;
            }
        }
    }

    fn counting(&mut self, fails: u16) -> impl Iterator<Item = &mut Counter> {
        self.all.iter_mut().filter(move |counter| fails & !counter.own == 0)
    }

    /// Counts the documents of a segment that wait.
    pub fn flush(&mut self, segment: &Segment, filters: &SegmentFilters<'_>) {
        self.rows.clear();
        self.rows.extend(self.waiting.iter().map(|(doc, _)| *segment.columns.row(*doc)));
        for counter in &mut self.all {
            let own = counter.own;
            let docs = self.waiting.iter().zip(&self.rows).filter(|((_, fails), _)| fails & !own == 0);
            counter.add_block(segment, filters, docs.map(|((doc, _), row)| (*doc, *row)));
        }
        self.waiting.clear();
    }

    /// Names the values, the most frequent first, and those asked for; months and prices in their own order.
    pub fn finish(mut self, query: &Query, filters: &Filters<'_>, names: &Names) -> (Facets, Histograms) {
        self.share_out(filters, names);
        let (mut facets, mut histograms) = (Vec::with_capacity(self.all.len()), Histograms::default());
        for counter in self.all {
            let facet = counter.facet;
            if facet == FacetName::Price {
                histograms.price = Some(bands::histograms(&counter.by_number(), names));
            }
            let counted = counter.by(facet, names);
            if facet == FacetName::Month {
                histograms.month = Some(values::months(&counted));
            }
            facets.push((facet, values::named(facet, &counted, query, names)));
        }
        (Facets(facets), histograms)
    }
}

impl Counter {
    #[inline]
    fn add(&mut self, segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId, series: u32) {
        let (counts, pairs) = (&mut self.counts, &mut self.series);
        let one = |number: usize| {
            if series == NONE {
                increase(counts, number);
            } else {
                let pair = (number as u64) << 32 | u64::from(series);
                if pairs.last() != Some(&pair) {
                    pairs.push(pair);
                }
            }
        };
        match Counted::of(self.facet) {
            Counted::Availability => badge(segment, filters, doc).into_iter().for_each(one),
            what => numbers(what, &segment.columns, doc, one),
        }
    }

    /// Adds documents that stand for themselves.
    fn add_block(&mut self, segment: &Segment, filters: &SegmentFilters<'_>, docs: impl Iterator<Item = (DocId, Row)>) {
        let counts = &mut self.counts;
        match Counted::of(self.facet) {
            Counted::Category => docs.for_each(|(_, row)| increase(counts, row.category as usize)),
            Counted::Venue => docs.for_each(|(_, row)| increase(counts, row.venue as usize)),
            Counted::Month => docs.for_each(|(_, row)| increase(counts, row.month as usize)),
            _ => docs.for_each(|(doc, _)| self.add(segment, filters, doc, NONE)),
        }
    }

    /// Whether cells tell under which number a document counts.
    fn is_of_cells(&self) -> bool {
        matches!(Counted::of(self.facet), Counted::Category | Counted::Venue)
    }

    /// The counts, at least up to a number.
    #[inline]
    pub fn counts_to(&mut self, number: usize) -> &mut [u32] {
        if number >= self.counts.len() {
            grow(&mut self.counts, number);
        }
        &mut self.counts
    }

    /// Counts a document that no filter refuses.
    pub fn add_one(&mut self, segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId) {
        self.add(segment, filters, doc, NONE);
    }

    /// Counts the living documents of a range by running counts.
    pub fn add_range(&mut self, segment: &Segment, range: &Range<DocId>) {
        segment.count(Counted::of(self.facet), range, &mut self.counts);
    }

    /// Counts the living documents of a range but for some: none of them when only a look at each would tell.
    ///
    /// Gives     whether it did.
    pub fn add_all_but<'a>(&mut self, segment: &Segment, range: &Range<DocId>, but: impl FnOnce() -> &'a [DocId]) -> bool {
        let what = Counted::of(self.facet);
        if what == Counted::Availability {
            return false;
        }
        segment.count(what, range, &mut self.counts);
        for doc in but() {
            numbers(what, &segment.columns, *doc, |number| self.counts[number] -= 1);
        }
        true
    }

    /// The counts by what people choose from: cities instead of venues, wide bands instead of fine ones; a series counts once under each.
    fn by(&self, facet: FacetName, names: &Names) -> Vec<(usize, u64)> {
        let as_chosen = !matches!(facet, FacetName::City | FacetName::Country | FacetName::Price);
        if as_chosen && self.series.is_empty() {
            return counted(&self.counts);
        }
        let mut summed = Vec::new();
        for (number, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let Some(number) = values::chosen_from(facet, number, names) else { continue };
            if number >= summed.len() {
                summed.resize(number + 1, 0);
            }
            summed[number] += count;
        }
        let to = |pair: &u64| {
            let number = values::chosen_from(facet, (pair >> 32) as usize, names)?;
            Some((number as u64) << 32 | pair & 0xffff_ffff)
        };
        add_series(&mut summed, self.series.iter().filter_map(to).collect());
        counted(&summed)
    }

    fn by_number(&self) -> Vec<(usize, u64)> {
        let mut summed = self.counts.clone();
        add_series(&mut summed, self.series.clone());
        counted(&summed)
    }
}

fn badge(segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId) -> Option<usize> {
    (doc >= segment.columns.undated).then(|| filters.availability(doc) as usize)
}

/// Adds one for each series under each number.
fn add_series(counts: &mut Vec<u32>, mut pairs: Vec<u64>) {
    pairs.sort_unstable();
    pairs.dedup();
    pairs.iter().for_each(|pair| increase(counts, (pair >> 32) as usize));
}

/// So many counts are passed over at once when all are 0: most are.
const STRIDE: usize = 16;

fn counted(counts: &[u32]) -> Vec<(usize, u64)> {
    let mut all = Vec::new();
    for (at, stride) in counts.chunks(STRIDE).enumerate() {
        if stride.iter().fold(0, |any, count| any | count) > 0 {
            let numbered = (at * STRIDE..).zip(stride.iter().copied().map(u64::from));
            all.extend(numbered.filter(|(_, count)| *count > 0));
        }
    }
    all
}
