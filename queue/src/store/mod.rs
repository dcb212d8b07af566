//! Every statement of the queue, one file per aggregate. A table's name stands in its own file and in the migrations only.

pub mod audit;
#[cfg(test)]
pub mod fixture;
pub mod places;
pub mod queues;
pub mod terms;
