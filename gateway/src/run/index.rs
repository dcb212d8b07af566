//! Building the search index, with a bar.

use std::path::Path;

use catalog::index::generation;
use indexer::{Fault, ReindexOptions, ReindexReport};
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

/// Builds the index anew where there is one that this program cannot read, and says why.
pub async fn renew(pool: &PgPool, data_dir: &Path) -> Outcome<()> {
    let dir = data_dir.join("index");
    let looked = move || generation::current(&dir)?.map(|live| generation::open(&dir, live)).transpose().map(drop);
    match tokio::task::spawn_blocking(looked).await? {
        Err(fault @ (Fault::Version { .. } | Fault::Torn { .. })) => {
            say::aside(format_args!("demo: {fault}: that is done now"));
            build(pool, data_dir, FIRST).await
        }
        looked => Ok(looked?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[sqlx::test(migrations = "../migrations")]
    async fn an_index_that_another_version_made_is_built_anew_and_one_s_own_is_left(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let live = || generation::current(&home.path().join("index")).expect("readable");
        renew(&pool, home.path()).await.expect("nothing to do");
        assert_eq!(live(), None, "whoever has none is not given one here");
        build(&pool, home.path(), FIRST).await.expect("built");
        renew(&pool, home.path()).await.expect("nothing to do");
        assert_eq!(live(), Some(1), "the control");
        let meta = generation::path(&home.path().join("index"), 1).join("meta.json");
        let (text, ours) = (std::fs::read_to_string(&meta).expect("read"), r#"{\"schema\":"#);
        assert!(text.contains(ours), "{text}");
        std::fs::write(&meta, text.replace(ours, r#"{\"schema\":9"#)).expect("written");
        let refused = generation::open(&home.path().join("index"), 1).expect_err("another's").to_string();
        assert!(refused.contains("made by another version of this program; `boxoffice reindex`"), "{refused}");
        renew(&pool, home.path()).await.expect("built anew");
        assert_eq!(live(), Some(2));
        generation::open(&home.path().join("index"), 2).expect("ours");
    }
}
