//! Letters on a seat map: names of blocks, of tiers and of rows, long and short.

pub mod captions;
mod floors;
pub mod names;
pub mod rows;
pub mod short;
