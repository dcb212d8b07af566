//! How many dates each cell has in each month of its own calendar.
//!
//! A segment is ordered by start, so all dates of a month stand together, but for the hours in which it is that month here and not
//! there: of a span of time only the months at its ends are looked at.

use std::collections::BTreeMap;
use std::ops::Range;

use tantivy::DocId;

use crate::search::segment::columns::Columns;
use crate::search::segment::dates::DateLists;

/// The months of the dates of a segment, by cell.
pub struct Months {
    /// By cell: where its counts begin.
    begins: Vec<u32>,
    counts: Vec<Count>,
    /// By month: the documents among which all of its dates stand.
    spans: BTreeMap<u32, Range<DocId>>,
}

struct Count {
    month: u32,
    dates: u32,
}

impl Months {
    /// Cost      one pass over the documents; eight bytes a cell and month, at most eight a document.
    pub fn new(by_cell: &DateLists, columns: &Columns) -> Self {
        let (mut begins, mut counts, mut spans) = (vec![0], Vec::new(), BTreeMap::<u32, Range<DocId>>::new());
        let month = |doc: DocId| columns.row(doc).month;
        for cell in 0..by_cell.len() {
            for dates in by_cell.list(cell).chunk_by(|one, next| month(*one) == month(*next)) {
                let (Some(first), Some(last)) = (dates.first(), dates.last()) else { continue };
                counts.push(Count { month: month(*first), dates: dates.len() as u32 });
                let span = spans.entry(month(*first)).or_insert(*first..*last + 1);
                *span = span.start.min(*first)..span.end.max(*last + 1);
            }
            begins.push(counts.len() as u32);
        }
        Self { begins, counts, spans }
    }

    /// The last month of any date.
    pub fn last(&self) -> u32 {
        self.spans.keys().last().copied().unwrap_or(0)
    }

    /// The counts of some months in some cells: each month and how many dates.
    pub fn each(&self, cells: impl Fn(u32) -> bool, whole: &Whole, mut one: impl FnMut(u32, u32)) {
        for (_, ends) in (0..).zip(self.begins.windows(2)).filter(|(cell, _)| cells(*cell)) {
            let counts = &self.counts[ends[0] as usize..ends[1] as usize];
            counts.iter().filter(|count| whole.has(count.month)).for_each(|count| one(count.month, count.dates));
        }
    }

    /// The months all of whose dates are within a range, and the others of another range around it, each with where its dates stand there.
    pub fn within(&self, certain: &Range<DocId>, around: &Range<DocId>) -> (Whole, Vec<(u32, Range<DocId>)>) {
        let (mut whole, mut others) = (Whole(vec![false; self.last() as usize + 1]), Vec::new());
        for (month, span) in &self.spans {
            whole.0[*month as usize] = certain.start <= span.start && span.end <= certain.end;
            let within = span.start.max(around.start)..span.end.min(around.end);
            if !whole.has(*month) && !within.is_empty() {
                others.push((*month, within));
            }
        }
        (whole, others)
    }
}

/// Months that are asked for as a whole.
pub struct Whole(Vec<bool>);

impl Whole {
    #[inline]
    pub fn has(&self, month: u32) -> bool {
        self.0.get(month as usize).copied().unwrap_or(false)
    }
}

/// Ranges in their order, that share nothing: one for those without a gap between them.
pub fn joined<T: Ord + Copy>(mut ranges: Vec<Range<T>>) -> Vec<Range<T>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut all: Vec<Range<T>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match all.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => all.push(range),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_meet_or_overlap_become_one() {
        assert_eq!(joined(vec![5..9, 0..2, 3..3, 8..12, 2..4, 20..21]), [0..4, 5..12, 20..21]);
    }
}
