//! Outlines: the forms of blocks, as curves, and the room inside them.

pub mod band;
pub mod curve;
pub mod polygon;
