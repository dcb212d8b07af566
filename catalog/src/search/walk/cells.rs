//! Browsing where nothing but place, category and days decides: totals and counts by cell, the page from a prepared order.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::RwLock;

use domain::event::Availability;
use tantivy::DocId;

use super::pass::blocks;
use super::search::{Gathered, Search};
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::facets::Counter;
use crate::search::filter::SegmentFilters;
use crate::search::filter::times::Calendar;
use crate::search::question::query::{FacetName, Sort};
use crate::search::segment::Segment;
use crate::search::segment::counted::{Counted, increase};
use crate::search::segment::dates::{Merged, within};
use crate::search::segment::months::joined;
use crate::search::segment::names::Names;
use crate::search::segment::orders::OrderedBy;
use crate::search::segment::register::Listed;

/// A range of so few documents is looked at one by one: less than there are cells. Tests want both ways among few documents.
const FEW: u32 = if cfg!(test) { 24 } else { 1_024 };
/// So many documents in their order are passed over in the time in which one list of a cell is opened.
const LIST: u64 = 24;
/// So many documents are counted by their sales in the time in which one event is sought that has a badge.
const BADGE: u64 = if cfg!(test) { 2 } else { 64 };
/// So many documents in their order are passed over in the time in which one is looked at out of order.
const APART: u64 = 6;
/// So many documents of a segment are counted by all of its cells in the time of one look: of a million, some thirty thousand cells.
const CELLS: u64 = 256;
/// So many of them are counted by one facet's own running counts: those behind the last mark are walked.
const MARKED: u64 = 1_024;

/// The days asked for, as a range of one segment has them.
struct Days<'a> {
    calendars: Vec<Calendar<'a>>,
    /// The living documents that are on them, of those of which only their own calendars tell.
    at_ends: Vec<DocId>,
}

/// One segment as a question without words sees it.
struct Seen<'a> {
    segment: &'a Segment,
    names: &'a RwLock<Names>,
    range: &'a Range<DocId>,
    filters: SegmentFilters<'a>,
    days: Days<'a>,
    /// Where documents stand that may be allowed, in their order.
    around: Vec<Range<DocId>>,
    /// By cell: how many documents are on the days asked for; empty where no cell is refused.
    cells: Vec<u32>,
    /// How many of them are allowed.
    total: u64,
    /// The living documents of the range that are not, once they are asked for.
    refused: OnceCell<Vec<DocId>>,
}

impl Search<'_> {
    /// Counts a range by running counts, and looks only at what may stand on the page.
    pub fn count_cells(&self, at: usize, segment: &Segment, range: &Range<DocId>, gathered: &mut Gathered) -> Result<(), Fault> {
        if range.len() as u32 <= FEW {
            return self.pass(at, segment, blocks(range.clone()), gathered);
        }
        let calendars = self.filters.calendars(segment, range, true);
        let around = joined(calendars.iter().map(|calendar| calendar.range.clone()).collect());
        let ends: usize = calendars.iter().flat_map(Calendar::ends).map(|end| end.len()).sum();
        if !self.effort.spend(self.counting(segment) + (ends / 4) as u64) {
            return Ok(());
        }
        let (filters, days) = (self.filters.in_segment(segment)?, Days::new(segment, calendars));
        let (names, refused) = (&*self.snapshot.names, OnceCell::new());
        let mut seen = Seen { segment, names, range, filters, days, around, cells: Vec::new(), total: 0, refused };
        gathered.held = true;
        if self.filters.refuses_cells() {
            seen.count_cells();
            self.share_cells(&seen, gathered)?;
        } else {
            seen.total = seen.days.living(segment);
            self.count_freely(&seen, gathered)?;
        }
        gathered.total += seen.total;
        if seen.total > 0 { self.page_of_cells(at, &seen, gathered) } else { Ok(()) }
    }

    /// How many looks it takes to count a segment, and first of all to make the running counts that are not there yet.
    fn counting(&self, segment: &Segment) -> u64 {
        let (all, docs) = (&segment.derived.all, u64::from(segment.reader.max_doc()));
        if self.filters.refuses_cells() {
            return docs / CELLS + if all.lists(Listed::Cell) { Effort::LIST } else { docs };
        }
        let counted = self.query.facets.iter().map(|facet| Counted::of(*facet)).filter(|what| *what != Counted::Availability);
        counted.map(|what| if all.counts(what) { docs / MARKED } else { docs }).sum()
    }

    /// Counts where cells may be refused: what cells tell by cell, the rest by its documents.
    fn share_cells(&self, seen: &Seen<'_>, gathered: &mut Gathered) -> Result<(), Fault> {
        if gathered.counters.any_of_cells() {
            gathered.counters.add_cells(&seen.cells);
        }
        gathered.counters.others().try_for_each(|counter| match counter.facet {
            FacetName::Month => {
                self.count_months(seen, counter);
                Ok(())
            }
            FacetName::Availability => self.count_badges(seen, counter),
            _ => {
                self.count_each(seen, counter);
                Ok(())
            }
        })
    }

    /// Counts where nothing but days decides: each facet by its own running counts, however many cells there are.
    fn count_freely(&self, seen: &Seen<'_>, gathered: &mut Gathered) -> Result<(), Fault> {
        // months are counted whatever months are asked for
        let calendars = || self.filters.calendars(seen.segment, seen.range, false);
        let of_months = (!self.query.month.is_empty()).then(|| Days::new(seen.segment, calendars()));
        gathered.counters.each().try_for_each(|counter| {
            let days = match counter.facet {
                FacetName::Availability => return self.count_badges(seen, counter),
                FacetName::Month => of_months.as_ref().unwrap_or(&seen.days),
                _ => &seen.days,
            };
            days.calendars.iter().for_each(|calendar| counter.add_range(seen.segment, &calendar.certain));
            days.at_ends.iter().for_each(|doc| counter.add_one(seen.segment, &seen.filters, *doc));
            Ok(())
        })
    }

    /// Counts by month, whatever months are asked for: whole months by cell, those at the ends by their documents. Where no month is asked
    /// for, the one at an end that has most has what is left of all.
    fn count_months(&self, seen: &Seen<'_>, counter: &mut Counter) {
        let (segment, columns) = (seen.segment, &seen.segment.columns);
        let allows = |cell: u32| self.filters.cell_fails(cell) == 0;
        for calendar in self.filters.calendars(segment, seen.range, false) {
            let months = segment.derived.all.months(columns, seen.names);
            let (whole, mut ends) = months.within(&calendar.certain, &calendar.range);
            let counts = counter.counts_to(months.last() as usize);
            let mut counted = 0;
            months.each(allows, &whole, |month, dates| {
                counts[month as usize] += dates;
                counted += u64::from(dates);
            });
            if segment.deleted.len_in(&calendar.certain) > 0 {
                segment.deleted.months(columns, seen.names).each(allows, &whole, |month, dates| {
                    counts[month as usize] -= dates;
                    counted -= u64::from(dates);
                });
            }
            ends.sort_by_key(|(_, span)| span.len());
            let most = if self.query.month.is_empty() { ends.pop().map(|(month, _)| month) } else { None };
            for doc in joined(ends.into_iter().map(|(_, span)| span).collect()).into_iter().flatten() {
                let month = columns.row(doc).month;
                let counts_here = !whole.has(month) && Some(month) != most;
                if counts_here && allows(columns.row(doc).cell) && segment.is_alive(doc) && calendar.allows(doc) {
                    counts[month as usize] += 1;
                    counted += 1;
                }
            }
            if let Some(most) = most {
                counts[most as usize] += (seen.total - counted) as u32;
            }
        }
    }

    /// Counts what each document tells for itself: of those that are allowed, or all but the others, whichever are fewer.
    fn count_each(&self, seen: &Seen<'_>, counter: &mut Counter) {
        let segment = seen.segment;
        let refused = segment.living_in(seen.range) - seen.total;
        let looked = if refused == 0 { 0 } else { seen.range.len() as u64 };
        if !self.effort.spend(looked / 4 + refused.min(seen.total)) {
            return;
        }
        let others = || if refused == 0 { &[] } else { seen.refused() };
        if refused > seen.total || !counter.add_all_but(segment, seen.range, others) {
            seen.each_allowed(|doc| counter.add_one(segment, &seen.filters, doc));
        }
    }

    /// Counts by badge: what its sale says of each document, but for those few of which booking has said something.
    fn count_badges(&self, seen: &Seen<'_>, counter: &mut Counter) -> Result<(), Fault> {
        let (segment, columns, (badges, now)) = (seen.segment, &seen.segment.columns, self.filters.badges());
        if !self.effort.spend(seen.range.len() as u64 / 4) {
            return Ok(());
        }
        if badges.len() as u64 * BADGE > seen.total {
            seen.each_allowed(|doc| counter.add_one(segment, &seen.filters, doc));
            return Ok(());
        }
        let counts = counter.counts_to(Availability::ALL.len());
        let unsold = |doc: DocId| columns.label(doc).sale().closed_badge(now);
        seen.each_allowed(|doc| counts[unsold(doc).unwrap_or(Availability::Available) as usize] += 1);
        segment.derived.placed.each(&segment.reader, &self.snapshot.fields, badges.each_other(), |doc, badge| {
            if seen.range.contains(&doc) && segment.is_alive(doc) && unsold(doc).is_none() && seen.allows(doc) {
                counts[Availability::Available as usize] -= 1;
                counts[badge as usize] += 1;
            }
        })
    }

    /// Places what may stand on the page, from the order asked for.
    fn page_of_cells(&self, at: usize, seen: &Seen<'_>, gathered: &mut Gathered) -> Result<(), Fault> {
        let segment = seen.segment;
        match self.query.sort {
            Sort::Date => self.first_by_date(at, seen, &self.behind(segment, seen.range), false, gathered),
            Sort::DateDescending => self.first_by_date(at, seen, &self.before(segment, seen.range), true, gathered),
            Sort::Name | Sort::NameDescending if self.is_early(seen, OrderedBy::Name) => {
                self.first_by(at, segment, OrderedBy::Name, |doc| seen.allows(doc), gathered)
            }
            Sort::Popularity if self.is_early(seen, OrderedBy::Popularity) => {
                self.first_by(at, segment, OrderedBy::Popularity, |doc| seen.allows(doc), gathered)
            }
            Sort::Distance => {
                let near = self.nearest(segment, self.filters.dates().1, seen.range, |doc| seen.allows(doc));
                self.place_best(at, segment, near.into_iter(), gathered)
            }
            _ => {
                if !self.effort.spend(seen.total) {
                    return Ok(());
                }
                let mut allowed = Vec::with_capacity(seen.total as usize);
                seen.each_allowed(|doc| allowed.push(doc));
                self.place_best(at, segment, allowed.into_iter(), gathered)
            }
        }
    }

    /// Whether the first of a prepared order are found sooner than all that are allowed are placed.
    fn is_early(&self, seen: &Seen<'_>, by: OrderedBy) -> bool {
        let (docs, orders) = (u64::from(seen.segment.reader.max_doc()), &seen.segment.derived.orders);
        let passed = self.most() as u64 * docs / seen.total.max(1);
        passed < seen.total && self.effort.spend(if orders.has(by) { passed / APART } else { docs })
    }

    /// Places the first of a range by date: passes over those between them, or merges the lists of the allowed cells when they are rare.
    fn first_by_date(
        &self,
        at: usize,
        seen: &Seen<'_>,
        range: &Range<DocId>,
        backwards: bool,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let segment = seen.segment;
        let cells = || (0..).zip(&seen.cells).filter(|(cell, count)| **count > 0 && self.filters.cell_fails(*cell) == 0);
        let passed = self.most() as u64 * range.len() as u64 / seen.total.max(1);
        if self.filters.refuses_cells() && cells().count() as u64 * LIST < passed {
            let lists = segment.derived.all.listed(Listed::Cell, &segment.columns, &self.snapshot.names);
            let lists = cells().map(|(cell, _)| within(lists.list(cell), range));
            let docs = Merged::new(lists, backwards).filter(|doc| seen.days.have(*doc));
            return self.place_in_order(at, segment, docs, gathered);
        }
        if !self.effort.spend(passed / 8) {
            return Ok(());
        }
        let around = seen.around.iter().map(|around| around.start.max(range.start)..around.end.min(range.end));
        let docs = around.clone().flatten().filter(|doc| seen.allows(*doc));
        match backwards {
            false => self.place_in_order(at, segment, docs, gathered),
            true => {
                self.place_in_order(at, segment, around.rev().flat_map(Iterator::rev).filter(|doc| seen.allows(*doc)), gathered)
            }
        }
    }
}

impl<'a> Days<'a> {
    fn new(segment: &Segment, calendars: Vec<Calendar<'a>>) -> Self {
        let ends = |calendar: &'_ Calendar<'a>| calendar.ends().into_iter().flatten();
        let at_ends = |calendar| ends(calendar).filter(|doc| segment.is_alive(*doc) && calendar.allows(*doc));
        let at_ends = calendars.iter().flat_map(at_ends).collect();
        Self { calendars, at_ends }
    }

    /// How many living documents are on them.
    fn living(&self, segment: &Segment) -> u64 {
        let certain = self.calendars.iter().map(|calendar| segment.living_in(&calendar.certain)).sum::<u64>();
        certain + self.at_ends.len() as u64
    }

    /// Whether a document is on one of them.
    #[inline]
    fn have(&self, doc: DocId) -> bool {
        self.calendars.iter().any(|calendar| calendar.range.contains(&doc) && calendar.allows(doc))
    }
}

impl Seen<'_> {
    fn count_cells(&mut self) {
        let segment = self.segment;
        for calendar in &self.days.calendars {
            segment.count(Counted::Cell, &calendar.certain, &mut self.cells);
        }
        for doc in &self.days.at_ends {
            increase(&mut self.cells, segment.columns.row(*doc).cell as usize);
        }
        let filters = self.filters.all();
        let allowed = (0..).zip(&self.cells).filter(|(cell, _)| filters.cell_fails(*cell) == 0);
        self.total = allowed.map(|(_, count)| u64::from(*count)).sum();
    }

    /// Whether a document of its range is allowed, alive or not.
    #[inline]
    fn allows(&self, doc: DocId) -> bool {
        self.filters.all().cell_fails(self.segment.columns.row(doc).cell) == 0 && self.days.have(doc)
    }

    /// The living documents of its range that are refused.
    fn refused(&self) -> &[DocId] {
        let living = || self.range.clone().filter(|doc| self.segment.is_alive(*doc));
        self.refused.get_or_init(|| living().filter(|doc| !self.allows(*doc)).collect())
    }

    /// Gives the living documents that are allowed: by the lists of their cells when they are rare, else in their order.
    fn each_allowed(&self, mut one: impl FnMut(DocId)) {
        let (segment, filters) = (self.segment, self.filters.all());
        if filters.refuses_cells() && self.total * APART < self.range.len() as u64 {
            let lists = segment.derived.all.listed(Listed::Cell, &segment.columns, self.names);
            for (cell, _) in (0..).zip(&self.cells).filter(|(cell, count)| **count > 0 && filters.cell_fails(*cell) == 0) {
                let listed = within(lists.list(cell), self.range).iter().copied();
                listed.filter(|doc| segment.is_alive(*doc) && self.days.have(*doc)).for_each(&mut one);
            }
            return;
        }
        let docs = self.around.iter().cloned().flatten();
        docs.filter(|doc| self.allows(*doc) && segment.is_alive(*doc)).for_each(one);
    }
}
