//! What is answered: hits as values or as JSON, the total, the counts, the next page.

mod answer;
pub mod hits;
pub mod json;
pub mod marks;

pub use answer::*;
