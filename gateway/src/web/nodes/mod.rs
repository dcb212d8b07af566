//! Other nodes: asking them, and hearing of them.

pub mod broker;
pub mod neighbours;
