//! Answers that are kept as long as the state of the index stands.

mod cache;
pub mod rendered;

pub use cache::*;
