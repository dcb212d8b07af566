//! The index on disk: its schema, its documents, its generations.

mod fault;

pub use fault::Fault;
