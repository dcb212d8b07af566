//! Choosing places: what is wanted, what is free, and which of it a buyer gets or may take.

pub mod best;
pub mod orphan;
pub mod party;
pub mod together;
pub mod vacancy;
pub mod wanted;
pub mod wheelchairs;
