//! What is done without a buyer: the audit, the purge, and places that lapse where no desk is open.

pub mod audit;
mod lapse;
pub mod purge;
