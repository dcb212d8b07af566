//! The command line, and what the program makes of it.

pub mod admin;
pub mod cli;
pub mod common;
pub mod config;
pub mod config_page;
pub mod facade;
pub mod http;
pub mod node_secret;
pub mod values;
