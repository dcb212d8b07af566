//! One state of the index in memory: its segments, their columns, and the names that their numbers stand for.

pub mod cells;
pub mod columns;
pub mod completions;
pub mod counted;
pub mod dates;
pub mod derived;
pub mod docs;
pub mod kept;
pub mod kinds;
pub mod labels;
pub mod months;
pub mod names;
pub mod orders;
pub mod placed;
pub mod prepared;
pub mod price_scale;
pub mod register;
mod segment;
pub mod snapshot;
pub mod tally;
pub mod traits;
pub mod windows;

pub use segment::Segment;
