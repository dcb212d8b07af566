//! How a question is answered, decided once: the first of these plans that is possible.

use tantivy::Term;

/// Lists of dates, by number.
pub enum Lists {
    Cities(Vec<u32>),
    /// The nearest first when that is the order.
    Venues(Vec<u32>),
}

/// Which documents a search looks at.
pub enum Plan {
    /// There are words: they say which documents there are, and filters only refuse some of them.
    Words,
    /// Place and days alone decide, dates are the order or distance is, and nothing is counted: each place's dates stand listed in that
    /// order, so that they are counted by the lengths of lists and the page is taken from the beginnings.
    Dates(Lists),
    /// All that is allowed has one of these terms: a name, a house, a city, a category. Only what has one is looked at.
    Terms(Vec<Term>),
    /// Nothing but the span of time decides about events: a segment is ordered by start, so all that is allowed is a range of documents,
    /// counted by running counts; a page by date is cut from its ends.
    Range,
    /// Nothing narrows enough: every document of the span of time is held against the filters.
    Scan,
}
