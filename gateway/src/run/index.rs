//! Building the search index, with a bar.

use std::path::Path;

use indexer::{ReindexOptions, ReindexReport};
use sqlx::PgPool;

use crate::run::outcome::{Outcome, with_causes};
use crate::run::progress::Progress;
use crate::run::say;

/// How the first index of an installation is built.
pub const FIRST: ReindexOptions = ReindexOptions { memory_bytes: 256 << 20, fresh: false, part_events: 250_000, keep: 2 };

/// Builds a new generation of the index and swaps it in, with a bar.
pub async fn build(pool: &PgPool, data_dir: &Path, options: ReindexOptions) -> Outcome<()> {
    let mut progress = Progress::begin("reindex");
    let shown = |now: indexer::Progress| progress.at(now.done, now.total);
    let built = indexer::reindex(pool, &data_dir.join("index"), options, shown).await;
    let report = built.map_err(|fault| format!("{}; the live index is untouched", with_causes(&fault)))?;
    let ReindexReport { generation, events, series, performers, venues, resumed, sampled, .. } = report;
    if resumed > 0 {
        say::aside(format_args!("reindex: went on behind {resumed} events that a build before had finished"));
    }
    let checked = format!("counts and sums agree, {sampled} sample questions answered as before");
    progress.end(&format!(
        "generation {generation}: {events} events, {series} series, {performers} performers, {venues} venues; {checked}"
    ));
    Ok(())
}
