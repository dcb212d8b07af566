//! One search over one snapshot: what holds the words, passes the filters and stands first.

pub mod blocks;
pub mod browse;
mod cells;
pub mod groups;
pub mod holders;
pub mod order;
mod ordered;
pub mod paged;
pub mod pass;
pub mod rank;
pub mod run;
pub mod search;
mod walk;
pub mod wanted;
