//! How an answer is said, finished, kept and forgotten.

pub mod coding;
pub mod error;
pub mod forget;
pub mod kept;
pub mod money;
pub mod policy;
pub mod socket;
pub mod trial;
