//! Which documents a question allows.

pub mod bits;
mod filter;
pub mod places;
pub mod plan;
pub mod times;

pub use filter::{Filters, SegmentFilters, categories, docs_of};
