//! Answers that are kept as long as the state of the index stands.

pub mod asked;
mod cache;
pub mod rendered;

pub use cache::*;
