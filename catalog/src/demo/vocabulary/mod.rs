//! Of what the demo's names and texts are made.

pub mod names;
pub mod words;
