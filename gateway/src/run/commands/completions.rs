//! `boxoffice completions`.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::run::outcome::Outcome;
use crate::settings::cli::Cli;

pub fn run(shell: Shell) -> Outcome<ExitCode> {
    clap_complete::generate(shell, &mut Cli::command(), "boxoffice", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
