//! Running the program: its commands, its PostgreSQL, serving from the locks to the last connection.

pub mod commands;
pub mod database;
mod descriptors;
#[cfg(test)]
mod documents;
mod fonts;
pub mod fronts;
pub mod housekeeping;
pub mod index;
mod keyring;
pub mod listen;
pub mod node;
mod posters;
pub mod postgres;
mod report;
pub mod serve;
pub mod serving;
pub mod sharing;
pub mod store;
pub mod supervised;
pub mod tasks;
pub mod warm_up;

pub use keyring::{key_folder, keys};
pub use report::outcome;
use report::{progress, say};
