//! `boxoffice reindex`.

use std::path::Path;
use std::process::ExitCode;

use indexer::{ReindexOptions, ReindexReport};
use sqlx::PgPool;

use super::Outcome;
use super::progress::Progress;
use crate::cli::Reindex;
use crate::database::Database;

/// How the first index of an installation is built.
pub const FIRST: ReindexOptions = ReindexOptions { memory_bytes: 256 << 20, verify: false };

pub async fn run(options: Reindex) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&options.common).await?;
    let wanted = ReindexOptions { memory_bytes: (options.memory_mib as usize) << 20, verify: options.verify };
    let built = build(&database.pool, &options.common.data_dir, wanted).await;
    database.close().await?;
    built?;
    Ok(ExitCode::SUCCESS)
}

/// Builds a new generation of the index and swaps it in, with a bar.
pub async fn build(pool: &PgPool, data_dir: &Path, options: ReindexOptions) -> Outcome<()> {
    let mut progress = Progress::begin("reindex");
    let shown = |now: indexer::Progress| progress.at(now.done, now.total);
    let report = indexer::reindex(pool, &data_dir.join("index"), options, shown).await?;
    let ReindexReport { generation, events, series, performers, venues, .. } = report;
    progress.end(&format!("generation {generation}: {events} events, {series} series, {performers} performers, {venues} venues"));
    Ok(())
}
