//! `boxoffice reindex`.

use std::path::Path;
use std::process::ExitCode;

use catalog::index::generation;
use catalog::store::changes::{self, Standing};
use indexer::{Depot, ReindexOptions, Verified};
use sqlx::PgPool;

use crate::run::database::Database;
use crate::run::index::build;
use crate::run::outcome::Outcome;
use crate::run::progress::Progress;
use crate::run::say;
use crate::settings::cli::Reindex;
use crate::settings::config;

pub async fn run(options: Reindex) -> Outcome<ExitCode> {
    let database = Database::open_existing(&options.common).await?;
    let done = act(&database.pool, &options).await;
    database.close().await?;
    done
}

async fn act(pool: &PgPool, options: &Reindex) -> Outcome<ExitCode> {
    let (data_dir, dir) = (&options.common.data_dir, options.common.data_dir.join("index"));
    let depot = options.shared.index_store.as_deref().map(|url| Depot::open(url, config::store_options())).transpose()?;
    if options.rollback {
        go_back(pool, &dir).await?;
    } else if options.full || !options.verify || generation::current(&dir)?.is_none() {
        build(pool, data_dir, wanted(options)).await?;
    }
    let same = !options.verify || verify(pool, &dir, options.full).await?;
    if let Some(depot) = depot.filter(|_| same) {
        let moved = depot.publish_over(&dir).await?;
        // the worker that published before goes on at its next look
        if let Err(fault) = depot.leave().await {
            say::aside(format_args!("reindex: other workers may publish in a few seconds only: {fault}"));
        }
        say::aside(format_args!(
            "reindex: generation {} is published ({} files, {} MiB sent)",
            moved.generation,
            moved.files,
            moved.bytes >> 20
        ));
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn wanted(options: &Reindex) -> ReindexOptions {
    ReindexOptions {
        memory_bytes: (options.memory_mib as usize) << 20,
        fresh: options.full,
        part_events: options.part_events,
        keep: options.keep.into(),
    }
}

/// Compares the live index with Postgres; gives whether they are the same.
async fn verify(pool: &PgPool, dir: &Path, full: bool) -> Outcome<bool> {
    let mut progress = Progress::begin("verify");
    let found = indexer::verify(pool, dir, full, |now| progress.at(now.done, now.total)).await?;
    let Verified { generation, compared, different, told } = found;
    for difference in &told {
        say::out(difference);
    }
    if different > told.len() as u64 {
        say::out(format_args!("and {} more", different - told.len() as u64));
    }
    progress.end(&format!("generation {generation}: {compared} rows compared, {different} different"));
    Ok(different == 0)
}

/// Makes the generation before the live one live again, if the change feed still reaches back to it.
async fn go_back(pool: &PgPool, dir: &Path) -> Outcome<()> {
    let _lock = generation::BuildLock::take(dir)?;
    let live = generation::current(dir)?.ok_or("there is no index yet; `boxoffice reindex` builds it")?;
    let before =
        generation::before(dir)?.ok_or_else(|| format!("no generation before {live} is kept; --keep says how many are"))?;
    let index = generation::open_whole(dir, before)?;
    let position = generation::payload(&index)?.map(|payload| payload.position).unwrap_or_default();
    let mut connection = pool.acquire().await?;
    let why = match changes::standing(&mut connection, &position).await? {
        Standing::Whole => None,
        Standing::Purged => Some("is older than what the change feed keeps"),
        Standing::Elsewhere => Some("was made from another database or before a restore"),
    };
    if let Some(why) = why {
        return Err(format!("generation {before} {why}: it could not be brought up to date").into());
    }
    generation::publish(dir, before)?;
    say::aside(format_args!(
        "reindex: generation {before} is live again instead of {live}; a running server takes it up and brings it up to date"
    ));
    Ok(())
}
