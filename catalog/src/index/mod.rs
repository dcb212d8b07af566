//! The index on disk: its schema, its documents, its generations.

mod bag;
pub mod build;
pub mod card;
pub mod contents;
pub(crate) mod crew;
pub mod document;
mod fault;
pub mod generation;
pub(crate) mod key;
pub mod lookup;
pub(crate) mod packed;
pub(crate) mod row;
pub mod schema;
pub(crate) mod sum;
mod words;

pub(crate) use bag::MAX_START_CHARS;
pub use document::{Neighbours, Sides};
pub use fault::Fault;
pub(crate) use words::{stop_words, terms, tokens};

/// The day so many days after 1970-01-01.
pub(crate) fn date_of(day: i64) -> Option<jiff::civil::Date> {
    jiff::civil::Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: jiff::civil::Date) -> i64 {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    date.duration_since(epoch).as_hours().div_euclid(24)
}
