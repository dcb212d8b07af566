//! Each venue's dates in their order: when place and time alone decide, dates are counted without a look at any, and a page is taken
//! from the beginnings of a few lists.

use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use tantivy::DocId;

use super::segment::Columns;

/// The events of a segment by venue.
pub struct Houses {
    /// By venue number: where its documents begin.
    begins: Vec<u32>,
    docs: Vec<DocId>,
}

impl Houses {
    /// Cost      one pass over the segment; four bytes a document.
    pub fn new(columns: &Columns, docs: u32) -> Self {
        let venues: Vec<u32> = (columns.undated..docs).map(|doc| columns.venue_of(doc)).collect();
        let mut begins = vec![0; venues.iter().max().map_or(0, |most| *most as usize) + 2];
        venues.iter().for_each(|venue| begins[*venue as usize + 1] += 1);
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let (mut free, mut by_venue) = (begins.clone(), vec![0; venues.len()]);
        for (venue, doc) in venues.into_iter().zip(columns.undated..) {
            let at = &mut free[venue as usize];
            by_venue[*at as usize] = doc;
            *at += 1;
        }
        Self { begins, docs: by_venue }
    }

    /// The documents of a venue within a range, deleted ones included.
    pub fn within(&self, venue: u32, range: &Range<DocId>) -> &[DocId] {
        if range.is_empty() {
            return &[];
        }
        let (Some(from), Some(to)) = (self.begins.get(venue as usize), self.begins.get(venue as usize + 1)) else { return &[] };
        let docs = &self.docs[*from as usize..*to as usize];
        let at = |doc: DocId| docs.partition_point(|known| *known < doc);
        &docs[at(range.start)..at(range.end)]
    }
}

/// The documents of several lists in their order, or backwards.
pub struct Merged<'a> {
    backwards: bool,
    /// The next document of each list, the one that comes first as the greatest, and what follows it.
    heads: BinaryHeap<(i64, &'a [DocId])>,
}

impl<'a> Merged<'a> {
    pub fn new(lists: impl Iterator<Item = &'a [DocId]>, backwards: bool) -> Self {
        Self { backwards, heads: lists.filter_map(|list| head(list, backwards)).collect() }
    }
}

fn head(list: &[DocId], backwards: bool) -> Option<(i64, &[DocId])> {
    if backwards {
        list.split_last().map(|(doc, rest)| (i64::from(*doc), rest))
    } else {
        list.split_first().map(|(doc, rest)| (-i64::from(*doc), rest))
    }
}

impl Iterator for Merged<'_> {
    type Item = DocId;

    fn next(&mut self) -> Option<DocId> {
        let mut first = self.heads.peek_mut()?;
        let (doc, rest) = *first;
        match head(rest, self.backwards) {
            Some(next) => *first = next,
            None => drop(PeekMut::pop(first)),
        }
        DocId::try_from(doc.unsigned_abs()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lists_are_one_in_order_either_way() {
        let lists: [&[DocId]; 4] = [&[1, 5, 9], &[], &[0, 2], &[7]];
        let all = |backwards| Merged::new(lists.into_iter(), backwards).collect::<Vec<_>>();
        assert_eq!(all(false), [0, 1, 2, 5, 7, 9]);
        assert_eq!(all(true), [9, 7, 5, 2, 1, 0]);
    }
}
