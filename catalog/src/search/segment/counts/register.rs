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

/// Documents with their running counts and their lists.
pub struct Register {
    docs: Docs,
    tallies: [OnceLock<Tally>; Counted::COUNT],
    by_venue: OnceLock<DateLists>,
    by_city: OnceLock<DateLists>,
    by_cell: OnceLock<DateLists>,
    months: OnceLock<Months>,
}

impl Register {
    /// Nothing is counted yet.
    pub fn new(docs: Docs) -> Self {
        let (by_venue, by_city, by_cell) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { docs, tallies: Default::default(), by_venue, by_city, by_cell, months: OnceLock::new() }
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

    /// Whether the dates of venues are listed already.
    pub fn lists_venues(&self) -> bool {
        self.by_venue.get().is_some()
    }

    /// Whether the dates of cities are listed already.
    pub fn lists_cities(&self) -> bool {
        self.by_city.get().is_some()
    }

    /// Whether the dates of cells are listed already.
    pub fn lists_cells(&self) -> bool {
        self.by_cell.get().is_some()
    }

    /// The dates of each venue.
    pub fn by_venue(&self, columns: &Columns) -> &DateLists {
        self.by_venue.get_or_init(|| self.listed(columns, |doc| columns.row(doc).venue))
    }

    /// The dates of each city.
    pub fn by_city(&self, columns: &Columns, names: &Names) -> &DateLists {
        let city = |doc| names.venues.get(columns.row(doc).venue as usize).map_or(NONE, |venue| venue.city);
        self.by_city.get_or_init(|| self.listed(columns, city))
    }

    /// The dates of each [cell](crate::search::segment::cells).
    pub fn by_cell(&self, columns: &Columns) -> &DateLists {
        self.by_cell.get_or_init(|| self.listed(columns, |doc| columns.row(doc).cell))
    }

    /// The months of each cell's dates.
    pub fn months(&self, columns: &Columns) -> &Months {
        self.months.get_or_init(|| Months::new(self.by_cell(columns), columns))
    }

    /// Makes what another segment's register was asked for, before anybody asks this one.
    pub fn make_like(&self, other: &Self, columns: &Columns, names: &RwLock<Names>) {
        for what in Counted::ALL.into_iter().filter(|what| other.counts(*what)) {
            self.tally(what, columns);
        }
        if other.lists_venues() {
            self.by_venue(columns);
        }
        if other.lists_cities() {
            self.by_city(columns, &names.read().unwrap_or_else(PoisonError::into_inner));
        }
        if other.lists_cells() {
            self.by_cell(columns);
        }
        if other.months.get().is_some() {
            self.months(columns);
        }
    }

    fn listed(&self, columns: &Columns, number: impl Fn(DocId) -> u32) -> DateLists {
        let mut docs = Vec::with_capacity(self.docs.len() as usize);
        self.each_in(&(columns.undated..DocId::MAX), |doc| docs.push((number(doc), doc)));
        DateLists::new(&docs)
    }
}
