//! One state of the index in memory: its segments, their columns, and the names that their numbers stand for.

pub mod columns;
pub mod completions;
mod counts;
pub mod derived;
pub mod docs;
pub mod kinds;
pub mod names;
pub mod orders;
pub mod placed;
pub mod price_scale;
pub mod rows;
mod segment;
pub mod snapshot;
mod times;

pub use counts::{cells, counted, register, tally};
pub use segment::Segment;
pub use times::{dates, month, months};
