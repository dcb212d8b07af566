//! What of a document is counted, and under which numbers.

use tantivy::DocId;

use domain::event::Availability;

use crate::search::question::query::FacetName;
use crate::search::segment::columns::Columns;
use crate::search::segment::month::MONTHS;
use crate::search::segment::names::Names;
use crate::search::segment::price_scale;

/// What of a document is counted; several facets are read from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Category,
    Venue,
    Performer,
    Month,
    Price,
    /// The badge: it changes with every sale.
    Availability,
    /// Place and category together: no facet, but several are read from it.
    Cell,
}

impl Counted {
    pub const ALL: [Self; 7] =
        [Self::Category, Self::Venue, Self::Performer, Self::Month, Self::Price, Self::Availability, Self::Cell];
    pub const COUNT: usize = Self::ALL.len();

    /// The most marks of its running counts in a segment of so many documents: a range is counted by walking to the next mark from either
    /// end. Those of few numbers cost little, and what many numbers cost is little beside many documents.
    pub fn marks(self, docs: u32) -> u32 {
        match self {
            Self::Category | Self::Month | Self::Availability => (docs / 8_192).clamp(128, 1_024),
            Self::Venue | Self::Cell => (docs / 16_384).clamp(32, 512),
            Self::Performer | Self::Price => (docs / 65_536).clamp(32, 128),
        }
    }

    pub fn of(facet: FacetName) -> Self {
        match facet {
            FacetName::Category => Self::Category,
            FacetName::City | FacetName::Country | FacetName::Venue => Self::Venue,
            FacetName::Performer => Self::Performer,
            FacetName::Month => Self::Month,
            FacetName::Price => Self::Price,
            FacetName::Availability => Self::Availability,
        }
    }
}

/// Gives the numbers under which a document counts.
#[inline]
pub fn numbers(what: Counted, columns: &Columns, doc: DocId, mut one: impl FnMut(usize)) {
    match what {
        Counted::Category => one(columns.row(doc).category as usize),
        Counted::Venue => one(columns.row(doc).venue as usize),
        Counted::Performer => columns.performer.all(doc).for_each(|number| one(number as usize)),
        Counted::Month => one(columns.row(doc).month as usize),
        Counted::Price => {
            if let Some((from, to)) = columns.prices(doc) {
                price_scale::numbers(columns.label(doc).currency.into(), from, to, one);
            }
        }
        Counted::Cell => one(columns.row(doc).cell as usize),
        Counted::Availability => {}
    }
}

/// How many numbers there may be, for a table that is made once.
pub fn size(what: Counted, names: &Names) -> usize {
    match what {
        Counted::Category => names.category.len(),
        Counted::Venue => names.venues.len(),
        Counted::Performer => names.performer.len(),
        Counted::Month => MONTHS,
        Counted::Price => names.currency.len() * price_scale::NUMBERS,
        Counted::Availability => Availability::ALL.len(),
        Counted::Cell => names.cells.all().len(),
    }
}

/// Counts one more under a number.
#[inline]
pub fn increase(counts: &mut Vec<u32>, number: usize) {
    if number >= counts.len() {
        grow(counts, number);
    }
    counts[number] += 1;
}

/// Makes room for a number.
#[cold]
pub fn grow(counts: &mut Vec<u32>, number: usize) {
    counts.resize(number + number / 4 + 64, 0);
}
