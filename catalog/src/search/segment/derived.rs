//! What is made of a segment's columns when it is first asked for, and kept as long as any snapshot holds the segment.

use std::sync::OnceLock;

use tantivy::DocId;

use super::columns::Columns;
use super::counted::Counted;
use super::dates::DateLists;
use super::kept::KeptEvents;
use super::names::{NONE, Names};
use super::tally::Tally;

/// Running counts, lists of dates, and the JSON of events that were shown lately.
pub struct Derived {
    docs: DocId,
    tallies: [OnceLock<Tally>; Counted::COUNT],
    by_venue: OnceLock<DateLists>,
    by_city: OnceLock<DateLists>,
    pub kept: KeptEvents,
}

impl Derived {
    /// Of a segment of so many documents: nothing yet.
    pub fn new(docs: DocId) -> Self {
        let (by_venue, by_city) = (OnceLock::new(), OnceLock::new());
        Self { docs, tallies: Default::default(), by_venue, by_city, kept: KeptEvents::new(docs) }
    }

    /// The running counts of a column.
    pub fn tally(&self, what: Counted, columns: &Columns) -> &Tally {
        self.tallies[what as usize].get_or_init(|| Tally::new(what, columns, self.docs))
    }

    /// Whether the dates of venues are listed already.
    pub fn lists_venues(&self) -> bool {
        self.by_venue.get().is_some()
    }

    /// Whether the dates of cities are listed already.
    pub fn lists_cities(&self) -> bool {
        self.by_city.get().is_some()
    }

    /// The dates of each venue.
    pub fn dates_by_venue(&self, columns: &Columns) -> &DateLists {
        self.by_venue.get_or_init(|| DateLists::new(columns.undated..self.docs, |doc| columns.venue_of(doc)))
    }

    /// The dates of each city.
    pub fn dates_by_city(&self, columns: &Columns, names: &Names) -> &DateLists {
        let city = |doc| names.venues.get(columns.venue_of(doc) as usize).map_or(NONE, |venue| venue.city);
        self.by_city.get_or_init(|| DateLists::new(columns.undated..self.docs, city))
    }
}
