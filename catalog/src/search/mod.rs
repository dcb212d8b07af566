//! Finding: one question in, one page out, from the index alone.

mod answer;
mod catalog;
mod overlay;
mod parse;
mod query;

pub use answer::*;
pub use catalog::{Catalog, Rendered, SearchError};
pub use overlay::{AvailabilityOverlay, Badge, EventAvailability};
pub use query::*;
