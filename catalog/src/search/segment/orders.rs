//! The events of each category by name and by popularity: a page is taken from the beginnings of such orders, whatever stands behind.
//!
//! Names tell categories: what of one comes first may stand far behind in an order of all.

use std::ops::Range;
use std::sync::OnceLock;

use tantivy::DocId;

use super::columns::Columns;
use super::dates::DateLists;

/// What may give the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderedBy {
    Name,
    Popularity,
}

/// The orders that were asked for.
#[derive(Default)]
pub struct Orders([OnceLock<DateLists>; 2]);

impl Orders {
    /// The events of each category. Equals stand in the order of their starts.
    ///
    /// Cost      sorting the events once; four bytes each.
    pub fn by(&self, by: OrderedBy, columns: &Columns, docs: DocId) -> &DateLists {
        self.0[by as usize].get_or_init(|| sorted(by, columns, columns.undated..docs))
    }

    /// Sorts what another segment was asked for.
    pub fn make_like(&self, other: &Self, columns: &Columns, docs: DocId) {
        for by in [OrderedBy::Name, OrderedBy::Popularity].into_iter().filter(|by| other.has(*by)) {
            self.by(by, columns, docs);
        }
    }

    /// Whether it is there already.
    pub fn has(&self, by: OrderedBy) -> bool {
        self.0[by as usize].get().is_some()
    }
}

fn sorted(by: OrderedBy, columns: &Columns, docs: Range<DocId>) -> DateLists {
    let first = |doc: DocId| match by {
        OrderedBy::Name => columns.name.ords().first(doc).unwrap_or(0),
        OrderedBy::Popularity => u64::MAX - columns.popularity.first(doc).unwrap_or(0),
    };
    let mut all: Vec<(u64, DocId)> = docs.map(|doc| (first(doc), doc)).collect();
    all.sort_unstable();
    let numbered: Vec<(u32, DocId)> = all.into_iter().map(|(_, doc)| (columns.row(doc).category, doc)).collect();
    DateLists::new(&numbered)
}

/// Cuts those that begin like the first of an order off its beginning, or like the last off its end.
///
/// Gives     them, and the others.
pub fn equals(order: &[DocId], backwards: bool, first: impl Fn(DocId) -> u64) -> (&[DocId], &[DocId]) {
    let last = order.len() - 1;
    if backwards {
        let same = first(order[last]);
        let (others, equals) = order.split_at(order.len() - gallop(order.len(), |away| first(order[last - away]) == same));
        return (equals, others);
    }
    let same = first(order[0]);
    order.split_at(gallop(order.len(), |away| first(order[away]) == same))
}

/// How many of so many hold, when those that hold come first: found in steps that double.
fn gallop(most: usize, holds: impl Fn(usize) -> bool) -> usize {
    let mut step = 1;
    while step < most && holds(step) {
        step *= 2;
    }
    let (mut low, mut high) = (step / 2, step.min(most));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_are_cut_off_either_end() {
        let (firsts, order) = ([7_u64, 7, 7, 8, 9, 9, 9, 9, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let first = |doc: DocId| firsts[doc as usize];
        let (mut forwards, mut backwards): (Vec<&[DocId]>, Vec<&[DocId]>) = (Vec::new(), Vec::new());
        let mut left = &order[..];
        while !left.is_empty() {
            let (same, others) = equals(left, false, first);
            forwards.push(same);
            left = others;
        }
        assert_eq!(forwards, [&order[..3], &order[3..4], &order[4..]]);
        left = &order[..];
        while !left.is_empty() {
            let (same, others) = equals(left, true, first);
            backwards.push(same);
            left = others;
        }
        assert_eq!(backwards, [&order[4..], &order[3..4], &order[..3]]);
    }
}
