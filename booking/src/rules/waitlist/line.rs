//! One line: first in, first out, with everybody's place in it.

use domain::EntryId;

/// Entries in order of their numbers. Who leaves from the middle leaves a gap, and gaps are closed when they are the most of it.
///
/// Cost      joining, leaving and a place: the logarithm of its length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryLine {
    slots: Vec<(u64, Option<EntryId>)>,
    /// A Fenwick tree over the slots that are not gaps, counted from 1.  Source: P. M. Fenwick, 1994.
    tree: Vec<u32>,
    /// Before it there are gaps only.
    first: usize,
    count: usize,
}

/// Gaps that are not worth closing.
const FEW_GAPS: usize = 64;

impl EntryLine {
    /// Takes     a number above all that are in it: others are put where they belong, at the cost of building it anew.
    pub fn join(&mut self, number: u64, entry: EntryId) {
        if self.slots.last().is_some_and(|(last, _)| *last >= number) {
            let at = self.slots.partition_point(|(before, _)| *before < number);
            self.slots.insert(at, (number, Some(entry)));
            self.close_gaps();
            return;
        }
        self.slots.push((number, Some(entry)));
        self.count += 1;
        let at = self.slots.len();
        let below = (at - (at & at.wrapping_neg()))..at - 1;
        let sum = 1 + self.before(below.end) - self.before(below.start);
        self.tree.push(sum);
    }

    /// Gives whether it was there.
    pub fn leave(&mut self, number: u64) -> bool {
        let Ok(at) = self.slots.binary_search_by_key(&number, |(number, _)| *number) else { return false };
        if self.slots[at].1.take().is_none() {
            return false;
        }
        self.count -= 1;
        let mut node = at + 1;
        while node <= self.tree.len() {
            self.tree[node - 1] -= 1;
            node += node & node.wrapping_neg();
        }
        while self.slots.get(self.first).is_some_and(|(_, entry)| entry.is_none()) {
            self.first += 1;
        }
        if self.slots.len() - self.count > self.count + FEW_GAPS {
            self.close_gaps();
        }
        true
    }

    /// Who is next, with the number.
    pub fn head(&self) -> Option<(u64, EntryId)> {
        self.slots.get(self.first).and_then(|(number, entry)| Some((*number, (*entry)?)))
    }

    /// How many with a smaller number are in it.
    pub fn ahead(&self, number: u64) -> u32 {
        self.before(self.slots.partition_point(|(before, _)| *before < number))
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn entries(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.slots.iter().filter_map(|(_, entry)| *entry)
    }

    /// Entries in the first so many slots.
    fn before(&self, slots: usize) -> u32 {
        let (mut node, mut sum) = (slots, 0);
        while node > 0 {
            sum += self.tree[node - 1];
            node -= node & node.wrapping_neg();
        }
        sum
    }

    fn close_gaps(&mut self) {
        self.slots.retain(|(_, entry)| entry.is_some());
        (self.first, self.count) = (0, self.slots.len());
        // all are there: a node counts as many slots as it covers
        self.tree = (1..=self.count).map(|node| (node & node.wrapping_neg()) as u32).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;
    use proptest::prelude::*;

    proptest! {
        /// Against a list that is searched from its beginning.
        #[test]
        fn everybody_s_place_is_that_of_a_plain_list(steps in proptest::collection::vec((any::<bool>(), 0_u64..400), 1..600)) {
            let (mut line, mut plain, mut next) = (EntryLine::default(), Vec::<(u64, EntryId)>::new(), 0);
            for (joins, which) in steps {
                if joins {
                    next += 1 + which % 3;
                    let entry = EntryId::at(noon());
                    line.join(next, entry);
                    plain.push((next, entry));
                } else {
                    let there = plain.iter().position(|(number, _)| *number == which);
                    prop_assert_eq!(line.leave(which), there.is_some());
                    there.map(|at| plain.remove(at));
                }
                prop_assert_eq!((line.count, line.head()), (plain.len(), plain.first().copied()));
                let ahead = plain.iter().filter(|(number, _)| *number < which).count();
                prop_assert_eq!(line.ahead(which) as usize, ahead);
            }
            prop_assert!(line.entries().eq(plain.iter().map(|(_, entry)| *entry)));
        }
    }

    #[test]
    fn one_that_comes_late_with_an_early_number_stands_where_it_belongs() {
        let (mut line, ids) = (EntryLine::default(), [EntryId::at(noon()), EntryId::at(noon()), EntryId::at(noon())]);
        for (number, entry) in [(5, ids[0]), (9, ids[1]), (7, ids[2])] {
            line.join(number, entry);
        }
        assert_eq!(line.entries().collect::<Vec<_>>(), [ids[0], ids[2], ids[1]]);
        assert_eq!((line.ahead(9), line.ahead(7), line.ahead(100)), (2, 1, 3));
    }
}
