//! The database of a measured data directory, opened beside the programs that are measured.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Parser;
use gateway::run::database::Database;
use gateway::settings::cli::{Cli, CliCommand, Serve};
use sqlx::PgPool;
use uuid::Uuid;

/// The arguments of `serve` on a data directory, nothing limited.
pub fn serve(dir: &str) -> Vec<&str> {
    let main = ["serve", "--sandbox", "--data-dir", dir, "--listen", "127.0.0.1:0", "--max-connections=20000"];
    [&main[..], &UNLIMITED[..]].concat()
}

/// Switches every limit off: what is measured is the work, asked for by one address.
pub const UNLIMITED: [&str; 13] = [
    "--rate-limit-search=0",
    "--rate-limit-reads=0",
    "--rate-limit-drawings=0",
    "--rate-limit-links=0",
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
    let line = ["boxoffice"].into_iter().chain(serve(dir));
    match Cli::try_parse_from(line)?.command {
        CliCommand::Serve(serve) => Ok(serve),
        _ => bail!("not serve"),
    }
}

/// Opens the embedded database of a data directory.
pub async fn open(dir: &Path) -> Result<Database> {
    Ok(Database::open_migrated(&options(dir)?.common).await?)
}

/// Copies an event, all its columns, so that there are `count` more of it; gives the ids of the copies.
pub async fn copies(pool: &PgPool, event: Uuid, count: u32) -> Result<Vec<Uuid>> {
    // an id of version 7 like any other, its time that of the copy
    let sql = "WITH copy AS (
           SELECT e, overlay(gen_random_uuid()::text PLACING '7' FROM 15 FOR 1)::uuid AS id
           FROM events e, generate_series(1, $2) WHERE e.id = $1)
         INSERT INTO events
         SELECT (jsonb_populate_record(e, jsonb_build_object('id', id, 'slug', 'copy-' || id))).* FROM copy RETURNING id";
    Ok(sqlx::query_scalar(sql).bind(event).bind(i64::from(count)).fetch_all(pool).await?)
}

/// An empty database in a new data directory.
pub async fn fresh(dir: &Path) -> Result<Database> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    open(dir).await
}
