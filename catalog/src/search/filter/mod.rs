//! Which documents a question allows.

pub mod bits;
mod filter;
pub mod places;
pub mod times;

pub use filter::{Filters, Lists, SegmentFilters, categories};
