//! Running counts: how many documents of a segment have each value, up to each of a few marks.
//!
//! Counting a facet over a range of documents that are all allowed is then one subtraction and a short walk at either end, whatever
//! the size of the index.

use std::ops::Range;

use tantivy::DocId;

use super::columns::Columns;
use super::counted::{Counted, increase, numbers};

/// The most marks of a segment.
const MARKS: u32 = 32;
/// A stretch between marks is never shorter. Tests want marks among few documents.
const LEAST_STRETCH: u32 = if cfg!(test) { 16 } else { 8_192 };

/// The running counts of one column.
pub struct Tally {
    what: Counted,
    stretch: u32,
    /// By mark: the counts of all documents before it, by number.
    before: Vec<Vec<u32>>,
}

impl Tally {
    /// Cost      one pass over the segment; four bytes for each mark and number.
    pub fn new(what: Counted, columns: &Columns, docs: u32) -> Self {
        let stretch = docs.div_ceil(MARKS).max(LEAST_STRETCH);
        let (mut counts, mut before) = (Vec::new(), vec![Vec::new()]);
        for mark in 1..=docs / stretch {
            count(what, columns, (mark - 1) * stretch..mark * stretch, &mut counts);
            before.push(counts.clone());
        }
        Self { what, stretch, before }
    }

    /// Adds the counts of a range of documents, deleted ones included.
    pub fn add(&self, columns: &Columns, range: Range<DocId>, to: &mut Vec<u32>) {
        let (first, last) = (range.start.div_ceil(self.stretch), range.end / self.stretch);
        if first >= last {
            return count(self.what, columns, range, to);
        }
        let (Some(low), Some(high)) = (self.before.get(first as usize), self.before.get(last as usize)) else {
            return count(self.what, columns, range, to);
        };
        if to.len() < high.len() {
            to.resize(high.len(), 0);
        }
        for (number, count) in high.iter().enumerate() {
            to[number] += count - low.get(number).copied().unwrap_or(0);
        }
        count(self.what, columns, range.start..first * self.stretch, to);
        count(self.what, columns, last * self.stretch..range.end, to);
    }
}

fn count(what: Counted, columns: &Columns, docs: Range<DocId>, counts: &mut Vec<u32>) {
    for doc in docs {
        numbers(what, columns, doc, |number| increase(counts, number));
    }
}
