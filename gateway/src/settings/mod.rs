//! The command line, and what the program makes of it.

pub mod cli;
pub mod config;
pub mod facade;
pub mod node_secret;
pub mod values;
