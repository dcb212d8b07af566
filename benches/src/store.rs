//! The database of a measured data directory, opened beside the programs that are measured.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Parser;
use gateway::run::database::Database;
use gateway::settings::cli::{Cli, Command, Serve};

/// Switches every limit off: what is measured is the work, asked for by one address.
pub const UNLIMITED: [&str; 12] = [
    "--rate-limit-search=0",
    "--rate-limit-reads=0",
    "--rate-limit-drawings=0",
    "--rate-limit-holds=0",
    "--rate-limit-sessions=0",
    "--rate-limit-writes=0",
    "--rate-limit-webhooks=0",
    "--rate-limit-operations=0",
    "--connections-per-address=0",
    "--holds-per-address=0",
    "--places-per-address=0",
    "--sessions-per-address=0",
];

/// The options of `serve` on a data directory, nothing limited.
pub fn options(dir: &Path) -> Result<Serve> {
    let dir = dir.to_str().context("a path in UTF-8")?;
    let line = ["boxoffice", "serve", "--sandbox", "--data-dir", dir, "--listen", "127.0.0.1:0"].into_iter().chain(UNLIMITED);
    match Cli::try_parse_from(line)?.command {
        Command::Serve(serve) => Ok(serve),
        _ => bail!("not serve"),
    }
}

/// Opens the embedded database of a data directory.
pub async fn open(dir: &Path) -> Result<Database> {
    Ok(Database::open_migrated(&options(dir)?.common).await?)
}
