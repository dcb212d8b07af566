//! What somebody who types may mean.

pub mod completion;
mod suggest;

pub use suggest::*;
