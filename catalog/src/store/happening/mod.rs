//! Events: written, listed, and read for the index; who plays at them, and how many there are.

pub mod concerts;
pub mod event_lists;
pub mod event_performers;
pub mod event_sources;
pub mod events;
pub mod tallies;
