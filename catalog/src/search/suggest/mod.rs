//! What somebody who types may mean.

pub mod completion;
mod phrases;
mod suggest;

pub use suggest::*;
