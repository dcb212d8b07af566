//! Each venue's dates in their order, each city's, and each cell's: when place and time alone decide, dates are counted without a look at any, and a
//! page is taken from the beginnings of a few lists.

use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use tantivy::DocId;

/// Events of a segment by venue, by city, or by cell.
pub struct DateLists {
    /// By number: where its documents begin.
    begins: Vec<u32>,
    docs: Vec<DocId>,
}

impl DateLists {
    /// Takes     documents in their order, each with the number of its venue, its city or its cell.
    /// Cost      one pass over the documents; four bytes each.
    pub fn new(numbered: &[(u32, DocId)]) -> Self {
        let mut begins = vec![0; numbered.iter().map(|(number, _)| *number as usize).max().map_or(0, |most| most + 2)];
        numbered.iter().for_each(|(number, _)| begins[*number as usize + 1] += 1);
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let (mut free, mut docs) = (begins.clone(), vec![0; numbered.len()]);
        for (number, doc) in numbered {
            let at = &mut free[*number as usize];
            docs[*at as usize] = *doc;
            *at += 1;
        }
        Self { begins, docs }
    }

    /// How many numbers there are.
    pub fn len(&self) -> u32 {
        self.begins.len().saturating_sub(1) as u32
    }

    /// The documents of a number.
    pub fn list(&self, number: u32) -> &[DocId] {
        let (Some(from), Some(to)) = (self.begins.get(number as usize), self.begins.get(number as usize + 1)) else { return &[] };
        &self.docs[*from as usize..*to as usize]
    }

    /// The documents of a number within a range.
    pub fn within(&self, number: u32, range: &Range<DocId>) -> &[DocId] {
        within(self.list(number), range)
    }
}

/// What of a list is within a range.
pub fn within<'a>(docs: &'a [DocId], range: &Range<DocId>) -> &'a [DocId] {
    if range.is_empty() {
        return &[];
    }
    let at = |doc: DocId| docs.partition_point(|known| *known < doc);
    &docs[at(range.start)..at(range.end)]
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
