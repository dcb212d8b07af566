//! Running counts: how many documents of a segment have each value, up to each of a few marks.
//!
//! Counting a facet over a range of documents that are all allowed is then one subtraction and a short walk at either end, whatever
//! the size of the index.

use std::ops::Range;

use crate::search::segment::columns::Columns;
use crate::search::segment::counted::{Counted, grow, numbers};
use crate::search::segment::docs::Docs;

/// A stretch between marks is never shorter. Tests want marks among few documents.
const LEAST_STRETCH: u32 = if cfg!(test) { 16 } else { 8_192 };

/// The running counts of one column.
pub struct Tally {
    what: Counted,
    stretch: u32,
    /// No document before the last mark counts under a smaller number: months are far from the first.
    least: usize,
    /// By mark: the counts of all documents before it, by number from the least on.
    before: Vec<Vec<u32>>,
}

impl Tally {
    /// Cost      one pass over the documents; four bytes for each mark and number.
    pub fn new(what: Counted, columns: &Columns, docs: &Docs) -> Self {
        let stretch = docs.len().div_ceil(what.marks(docs.len())).max(LEAST_STRETCH);
        let (mut counts, mut before): (Vec<u32>, _) = (Vec::new(), vec![Vec::new()]);
        for mark in 1..=docs.len() / stretch {
            walk(what, columns, docs, (mark - 1) * stretch..mark * stretch, &mut counts, |count, by| count + by);
            before.push(counts.clone());
        }
        let least = counts.iter().position(|count| *count > 0).unwrap_or(0);
        before.iter_mut().for_each(|counts| *counts = counts.get(least..).unwrap_or_default().to_vec());
        Self { what, stretch, least, before }
    }

    /// Changes counts by those of the documents at some places.
    pub fn change(
        &self,
        columns: &Columns,
        docs: &Docs,
        places: Range<u32>,
        counts: &mut Vec<u32>,
        change: impl Fn(u32, u32) -> u32 + Copy,
    ) {
        let (first, last) = (places.start.div_ceil(self.stretch), places.end / self.stretch);
        let marks = self.before.get(first as usize).zip(self.before.get(last as usize));
        let Some((low, high)) = marks.filter(|_| first < last) else {
            return walk(self.what, columns, docs, places, counts, change);
        };
        let end = self.least + high.len();
        if counts.len() < end {
            counts.resize(end, 0);
        }
        let (known, new) = counts[self.least..end].split_at_mut(low.len());
        known.iter_mut().zip(high.iter().zip(low)).for_each(|(count, (high, low))| *count = change(*count, high - low));
        new.iter_mut().zip(&high[low.len()..]).for_each(|(count, high)| *count = change(*count, *high));
        walk(self.what, columns, docs, places.start..first * self.stretch, counts, change);
        walk(self.what, columns, docs, last * self.stretch..places.end, counts, change);
    }
}

fn walk(
    what: Counted,
    columns: &Columns,
    docs: &Docs,
    places: Range<u32>,
    counts: &mut Vec<u32>,
    change: impl Fn(u32, u32) -> u32,
) {
    docs.each(places, |doc| {
        numbers(what, columns, doc, |number| {
            if number >= counts.len() {
                grow(counts, number);
            }
            counts[number] = change(counts[number], 1);
        });
    });
}
