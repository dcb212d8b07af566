//! How an answer is said, finished, kept and forgotten.

pub mod answer_cache;
mod causes;
mod code;
pub mod coding;
pub mod error;
pub mod forget;
pub mod money;
pub mod policy;
pub mod socket;
pub mod trial;
