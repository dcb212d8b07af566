//! Counts kept of a segment: of what, by cell and value, up to each of a few marks.

pub mod cells;
pub mod counted;
pub mod register;
pub mod tally;
