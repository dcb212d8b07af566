//! The database of a measured data directory, opened beside the programs that are measured.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Parser;
use gateway::run::database::Database;
use gateway::settings::cli::{Cli, Command, Serve};

/// The options of `serve` on a data directory, nothing limited.
pub fn options(dir: &Path) -> Result<Serve> {
    let dir = dir.to_str().context("a path in UTF-8")?;
    let limits =
        ["--rate-limit-holds", "0", "--rate-limit-sessions", "0", "--rate-limit-search", "0", "--rate-limit-writes", "0"];
    let line = ["boxoffice", "serve", "--data-dir", dir, "--listen", "127.0.0.1:0"].into_iter().chain(limits);
    match Cli::try_parse_from(line)?.command {
        Command::Serve(serve) => Ok(serve),
        _ => bail!("not serve"),
    }
}

/// Opens the embedded database of a data directory.
pub async fn open(dir: &Path) -> Result<Database> {
    Ok(Database::open_migrated(&options(dir)?.common).await?)
}
