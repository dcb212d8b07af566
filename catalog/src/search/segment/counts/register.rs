//! Some documents of a segment, all or the deleted ones, with what is counted of them: made when it is first asked for.
//!
//! Counts of the living are those of all without those of the deleted, so that deleted documents never turn counts into walks.

use std::ops::Range;
use std::sync::{OnceLock, PoisonError, RwLock};

use tantivy::DocId;

use crate::search::segment::columns::Columns;
use crate::search::segment::counted::Counted;
use crate::search::segment::dates::DateLists;
use crate::search::segment::docs::Docs;
use crate::search::segment::months::Months;
use crate::search::segment::names::{NONE, Names};
use crate::search::segment::tally::Tally;

/// By what dates are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Venue,
    City,
    Cell,
}

impl Listed {
    const ALL: [Self; 3] = [Self::Venue, Self::City, Self::Cell];
}

/// Documents with their running counts and their lists.
pub struct Register {
    docs: Docs,
    tallies: [OnceLock<Tally>; Counted::COUNT],
    lists: [OnceLock<DateLists>; Listed::ALL.len()],
    months: OnceLock<Months>,
}

impl Register {
    /// Nothing is counted yet.
    pub fn new(docs: Docs) -> Self {
        Self { docs, tallies: Default::default(), lists: Default::default(), months: OnceLock::new() }
    }

    /// How many documents of a range there are.
    pub fn len_in(&self, range: &Range<DocId>) -> u32 {
        self.docs.places(range).len() as u32
    }

    /// The documents of a range.
    pub fn each_in(&self, range: &Range<DocId>, one: impl FnMut(DocId)) {
        self.docs.each(self.docs.places(range), one);
    }

    /// Adds the counts of a range, by number.
    pub fn add(&self, what: Counted, columns: &Columns, range: &Range<DocId>, counts: &mut Vec<u32>) {
        self.tally(what, columns).change(columns, &self.docs, self.docs.places(range), counts, |count, by| count + by);
    }

    /// Takes the counts of a range off counts that hold them.
    pub fn subtract(&self, what: Counted, columns: &Columns, range: &Range<DocId>, counts: &mut Vec<u32>) {
        let places = self.docs.places(range);
        if !places.is_empty() {
            self.tally(what, columns).change(columns, &self.docs, places, counts, |count, by| count - by);
        }
    }

    fn tally(&self, what: Counted, columns: &Columns) -> &Tally {
        self.tallies[what as usize].get_or_init(|| Tally::new(what, columns, &self.docs))
    }

    /// Whether there are running counts of a column already.
    pub fn counts(&self, what: Counted) -> bool {
        self.tallies[what as usize].get().is_some()
    }

    /// Whether the dates are listed so already.
    pub fn lists(&self, by: Listed) -> bool {
        self.lists[by as usize].get().is_some()
    }

    /// The dates of each venue, of each city, or of each [cell](crate::search::segment::cells).
    pub fn listed(&self, by: Listed, columns: &Columns, names: &RwLock<Names>) -> &DateLists {
        self.lists[by as usize].get_or_init(|| {
            let names = names.read().unwrap_or_else(PoisonError::into_inner);
            let city = |venue: u32| names.venues.get(venue as usize).map_or(NONE, |venue| venue.city);
            let mut docs = Vec::with_capacity(self.docs.len() as usize);
            self.each_in(&(columns.undated..DocId::MAX), |doc| {
                let row = columns.row(doc);
                let number = match by {
                    Listed::Venue => row.venue,
                    Listed::City => city(row.venue),
                    Listed::Cell => row.cell,
                };
                docs.push((number, doc));
            });
            DateLists::new(&docs)
        })
    }

    /// The months of each cell's dates.
    pub fn months(&self, columns: &Columns, names: &RwLock<Names>) -> &Months {
        self.months.get_or_init(|| Months::new(self.listed(Listed::Cell, columns, names), columns))
    }

    /// Makes what another segment's register was asked for, before anybody asks this one.
    pub fn make_like(&self, other: &Self, columns: &Columns, names: &RwLock<Names>) {
        for what in Counted::ALL.into_iter().filter(|what| other.counts(*what)) {
            self.tally(what, columns);
        }
        for by in Listed::ALL.into_iter().filter(|by| other.lists(*by)) {
            self.listed(by, columns, names);
        }
        if other.months.get().is_some() {
            self.months(columns, names);
        }
    }
}
