//! The `boxoffice` program.

use std::process::ExitCode;

use clap::Parser as _;
use gateway::settings::cli::Cli;

/// Gives memory back when idle and is quick under many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gateway::run::commands::run(Cli::parse())
}
