//! What is asked: read from a URL, checked, with one normal spelling.

pub mod cut;
pub mod occasion;
pub mod parse;
pub mod phrase;
pub mod query;
mod spelt;

pub use query::Query;
