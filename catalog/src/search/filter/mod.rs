//! Which documents a question allows.

pub mod bits;
mod document;
mod filter;
pub mod places;
pub mod plan;
pub mod times;

pub use document::{SegmentFilters, docs_of};
pub use filter::{Filters, Held, categories};
