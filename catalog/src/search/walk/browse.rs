//! Searching without words: what the filters name is walked, or nothing but the page.

use std::ops::Range;

use tantivy::DocId;

use super::order::{Key, Order, Position};
use super::pass::blocks;
use super::search::{Gathered, Search};
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::facets::Counters;
use crate::search::filter::docs_of;
use crate::search::filter::plan::Plan;
use crate::search::filter::times::Calendar;
use crate::search::question::query::Sort;
use crate::search::segment::Segment;
use crate::search::segment::dates::{DateLists, Merged, within};
use crate::search::segment::register::Listed;

impl Search<'_> {
    /// Without words: walks what the filters name, or the whole range.
    pub fn browse(&self, at: usize, segment: &Segment, ranges: &[Range<DocId>], gathered: &mut Gathered) -> Result<(), Fault> {
        match self.filters.plan() {
            Plan::Dates => ranges.iter().try_for_each(|range| self.take_from(at, segment, range, gathered)),
            Plan::Cells => ranges.iter().try_for_each(|range| self.count_cells(at, segment, range, gathered)),
            Plan::Names | Plan::Terms => {
                let docs = docs_of(segment, self.filters.exact(), ranges, self.effort)?;
                self.pass(at, segment, blocks(docs.into_iter()), gathered)
            }
            Plan::Words | Plan::Scan => self.pass(at, segment, blocks(ranges.iter().cloned().flatten()), gathered),
        }
    }

    /// Places the best of some documents that are allowed and counted.
    pub fn place_best(
        &self,
        at: usize,
        segment: &Segment,
        docs: impl Iterator<Item = DocId>,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let mut seen = Gathered::new(Counters::default());
        self.pass(at, segment, blocks(docs), &mut seen)?;
        gathered.places.append(&mut seen.places);
        Ok(())
    }

    /// Places documents that stand in the order asked for, but for those that start at once: looks at hardly more than a page.
    pub fn place_in_order(
        &self,
        at: usize,
        segment: &Segment,
        docs: impl Iterator<Item = DocId>,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        let after = self.position.map(|position| position.after);
        let mut placed: Vec<(Key, DocId)> = Vec::with_capacity(self.most());
        for doc in docs.filter(|doc| segment.is_alive(*doc)) {
            if !self.effort.spend(1) {
                return Ok(());
            }
            let first = order.first(doc, 0);
            if placed.len() >= self.most() && placed.last().is_some_and(|(last, _)| last.first != first) {
                break;
            }
            let key = order.key(doc, first);
            if after.is_none_or(|after| key > after) {
                placed.push((key, doc));
            }
        }
        placed.sort_unstable();
        let filters = self.filters.in_segment(segment)?;
        for (key, doc) in placed.into_iter().take(self.most()) {
            gathered.places.push(self.place(at, segment, doc, key, &order, &filters)?);
        }
        Ok(())
    }

    /// Counts dates by the lengths of their lists, and looks only at those that may stand on the page.
    fn take_from(&self, at: usize, segment: &Segment, range: &Range<DocId>, gathered: &mut Gathered) -> Result<(), Fault> {
        let (columns, names, (by, numbers)) = (&segment.columns, &self.snapshot.names, self.filters.dates());
        let making = if segment.derived.all.lists(by) { 0 } else { u64::from(segment.reader.max_doc()) };
        if !self.effort.spend(making + Effort::LIST + numbers.len() as u64 / 2) {
            return Ok(());
        }
        let (dates, gone) = (segment.derived.all.listed(by, columns, names), segment.deleted.listed(by, columns, names));
        let calendar = self.filters.calendar(segment, range);
        let lists = || numbers.iter().map(|number| dates.within(*number, range));
        if !self.effort.spend(lists().map(|list| (list.len() - within(list, &calendar.certain).len()) as u64 / 4).sum()) {
            return Ok(());
        }
        gathered.total += counted(segment, numbers, [dates, gone], &calendar);
        let merged = |range: &Range<DocId>, backwards| {
            Merged::new(lists().map(|list| within(list, range)), backwards).filter(|doc| calendar.allows(*doc))
        };
        match self.query.sort {
            Sort::Date => self.place_in_order(at, segment, merged(&self.behind(segment, range), false), gathered),
            Sort::DateDescending => self.place_in_order(at, segment, merged(&self.before(segment, range), true), gathered),
            _ => {
                let near = self.nearest(segment, numbers, range, |doc| calendar.allows(doc));
                self.place_best(at, segment, near.into_iter(), gathered)
            }
        }
    }

    /// The dates of the nearest venues behind the last page: of so many that they fill this one, and of those that are as near as the
    /// last of them. Of each venue the first to come are enough.
    pub fn nearest(
        &self,
        segment: &Segment,
        venues: &[u32],
        range: &Range<DocId>,
        allows: impl Fn(DocId) -> bool + Copy,
    ) -> Vec<DocId> {
        let dates = segment.derived.all.listed(Listed::Venue, &segment.columns, &self.snapshot.names);
        let now = segment.first_from(self.now).clamp(range.start, range.end);
        let after = self.position.map_or(0, |position| position.after.first);
        let metres = |venue: &u32| self.filters.metres_of(*venue);
        let (mut docs, mut enough) = (Vec::new(), 0);
        for equals in venues.chunk_by(|one, other| metres(one) == metres(other)) {
            let away = equals.first().map_or(0, |venue| u64::from(metres(venue)));
            if away < after {
                continue;
            }
            // of those as near as the last page's last, any number may have stood there
            let shown_before = self.position.is_some() && away == after;
            let before = docs.len();
            for venue in equals {
                let known = docs.len();
                let to_come = dates.within(*venue, &(now..range.end)).iter().copied().filter(|doc| allows(*doc));
                docs.extend(self.first_of(segment, to_come));
                if shown_before || docs.len() - known < self.most() {
                    let past = dates.within(*venue, &(range.start..now)).iter();
                    docs.extend(past.filter(|doc| segment.is_alive(**doc) && allows(**doc)));
                }
            }
            if !self.effort.spend((docs.len() - before) as u64 + equals.len() as u64) {
                return docs;
            }
            enough += if shown_before { 0 } else { docs.len() - before };
            if enough >= self.most() {
                break;
            }
        }
        docs
    }

    /// Documents that stand in order already: one page of them, and those that start with its last.
    fn first_of<'a>(&'a self, segment: &'a Segment, docs: impl Iterator<Item = DocId> + 'a) -> impl Iterator<Item = DocId> + 'a {
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        let (mut taken, mut last) = (0, None);
        docs.filter(|doc| segment.is_alive(*doc)).take_while(move |doc| {
            let start = segment.columns.start.first(*doc);
            let go_on = taken < self.most() || start == last;
            last = start;
            let after = |position: &Position| order.key(*doc, order.first(*doc, 0)) > position.after;
            taken += usize::from(self.position.is_none_or(after));
            go_on
        })
    }

    /// The documents of a range that start when the last page ended, or later.
    pub fn behind(&self, segment: &Segment, range: &Range<DocId>) -> Range<DocId> {
        let from = self.position.map(|position| segment.first_from(self.second_of(position.after.first)));
        from.unwrap_or(range.start).clamp(range.start, range.end)..range.end
    }

    /// The documents of a range that start when the last page ended, or earlier.
    pub fn before(&self, segment: &Segment, range: &Range<DocId>) -> Range<DocId> {
        let second = |position: &Position| self.second_of((u64::MAX - 1).saturating_sub(position.after.first));
        let to = self.position.map(|position| segment.first_from(second(position).saturating_add(1)));
        range.start..to.unwrap_or(range.end).clamp(range.start, range.end)
    }

    fn second_of(&self, first: u64) -> i64 {
        i64::try_from(first).unwrap_or(i64::MAX).saturating_add(crate::index::schema::NO_START)
    }
}

/// How many living documents of some numbers are on the days of a calendar: told by the lengths of lists, but for its ends.
///
/// Takes     `dates` and `gone`: the lists of all and of the deleted.
fn counted(segment: &Segment, numbers: &[u32], [dates, gone]: [&DateLists; 2], calendar: &Calendar<'_>) -> u64 {
    let of = |number: &u32| {
        let certain = dates.within(*number, &calendar.certain).len() - gone.within(*number, &calendar.certain).len();
        let ends = calendar.ends().into_iter().flat_map(|end| dates.within(*number, &end));
        (certain + ends.filter(|doc| segment.is_alive(**doc) && calendar.allows(**doc)).count()) as u64
    };
    numbers.iter().map(of).sum()
}
