//! How rows are read and written, whatever they are of.

pub mod aside;
pub mod column;
pub mod copy;
pub mod external;
pub mod filter;
pub mod locked;
pub mod statements;
pub mod update;
