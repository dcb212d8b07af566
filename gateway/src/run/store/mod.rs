//! The tables of running: which keys are good, and how far the schema is.

pub mod schema;
pub mod signing_keys;
