//! Each venue's dates in their order, and each city's: when place and time alone decide, dates are counted without a look at any, and a
//! page is taken from the beginnings of a few lists.

use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use tantivy::DocId;

/// The events of a segment by venue, or by city.
pub struct DateLists {
    /// By number: where its documents begin.
    begins: Vec<u32>,
    docs: Vec<DocId>,
}

impl DateLists {
    /// Takes     `number`: of the venue or city of a document.
    /// Cost      one pass over the documents; four bytes each.
    pub fn new(docs: Range<DocId>, number: impl Fn(DocId) -> u32) -> Self {
        let numbers: Vec<u32> = docs.clone().map(number).collect();
        let mut begins = vec![0; numbers.iter().max().map_or(0, |most| *most as usize) + 2];
        numbers.iter().for_each(|number| begins[*number as usize + 1] += 1);
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let (mut free, mut listed) = (begins.clone(), vec![0; numbers.len()]);
        for (number, doc) in numbers.into_iter().zip(docs) {
            let at = &mut free[number as usize];
            listed[*at as usize] = doc;
            *at += 1;
        }
        Self { begins, docs: listed }
    }

    /// The documents of a venue or city within a range, deleted ones included.
    pub fn within(&self, number: u32, range: &Range<DocId>) -> &[DocId] {
        let (Some(from), Some(to)) = (self.begins.get(number as usize), self.begins.get(number as usize + 1)) else { return &[] };
        within(&self.docs[*from as usize..*to as usize], range)
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
