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
pub mod key_folder;
pub mod keys;
pub mod listen;
pub mod node;
pub mod outcome;
mod posters;
pub mod postgres;
mod progress;
mod say;
pub mod serve;
pub mod serving;
pub mod sharing;
pub mod store;
pub mod supervised;
pub mod tasks;
pub mod warm_up;
