//! Counts by value beside the results.

pub mod bands;
pub mod counts;
mod facets;
pub mod values;

pub use counts::*;
pub use facets::{Counter, Counters};
