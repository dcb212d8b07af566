//! What is answered: hits, the total, the counts, the next page.

mod answer;
pub mod hits;
pub mod marks;

pub use answer::*;
