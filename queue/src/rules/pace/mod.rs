//! How fast: the load from which there is a queue, how many are let in a minute, and when whoever waits will be.

pub mod estimate;
pub mod load;
pub mod rate;
