//! The sandbox's own memory; no other part of the house reads it.

pub mod deliveries;
