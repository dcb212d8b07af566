//! The search index: building it with a bar, taking it up, and what is said of it.

use std::path::Path;

use catalog::index::generation;
use catalog::store::changes::Standing;
use indexer::{Fault, News, ReindexOptions, ReindexReport, Stuck};
use sqlx::PgPool;

use crate::run::outcome::{Outcome, with_causes};
use crate::run::progress::Progress;
use crate::run::say;
use crate::settings::values::Role;
use crate::web::app::App;
use crate::web::vitals::Vitals;

/// How the first index of an installation is built.
pub const FIRST: ReindexOptions = ReindexOptions { memory_bytes: 256 << 20, fresh: false, part_events: 250_000, keep: 2 };

/// Builds a new generation of the index and swaps it in, with a bar.
pub async fn build(pool: &PgPool, data_dir: &Path, options: ReindexOptions) -> Outcome<()> {
    let mut progress = Progress::begin("reindex");
    let shown = |now: indexer::BuildProgress| progress.at(now.done, now.total);
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
    let looked = move || generation::current(&dir)?.map(|live| generation::open_whole(&dir, live)).transpose().map(drop);
    match tokio::task::spawn_blocking(looked).await? {
        Err(fault @ (Fault::Version { .. } | Fault::Torn { .. })) => {
            say::aside(format_args!("reindex: {fault}: that is done now"));
            build(pool, data_dir, FIRST).await
        }
        looked => Ok(looked?),
    }
}

/// Takes up the index at the start, and builds the first one of a new installation, so that it becomes ready by itself. One that cannot be
/// read keeps nobody from selling: it is told, and mended beside.
pub async fn begin(app: &App) -> Outcome<()> {
    let missing = take_up(app).await && !app.catalog.ready();
    if missing && app.config.roles.has(Role::Worker) {
        build(&app.pool, &app.config.data_dir, FIRST).await?;
        take_up(app).await;
    }
    Ok(())
}

/// Builds the index anew beside the requests, where there is one that cannot be read; what fails is tried again.
pub async fn mend(app: App) {
    if app.catalog.ready() {
        return;
    }
    let renewed = tokio::select! {
        () = app.shutdown.cancelled() => return,
        renewed = renew(&app.pool, &app.config.data_dir) => renewed,
    };
    if let Err(fault) = renewed {
        tracing::error!(%fault, "the search index could not be built anew; that is tried again");
    }
}

/// Takes over a generation or a commit that is new. What was live stays live when it cannot be read; where nothing was, `/readyz` says why.
///
/// Gives     whether there was nothing that could not be read.
pub async fn take_up(app: &App) -> bool {
    let catalog = app.catalog.clone();
    let taken = tokio::task::spawn_blocking(move || catalog.reload_if_changed()).await;
    match taken.unwrap_or_else(|gone| Err(Fault::Internal(gone.to_string()))) {
        Ok(changed) => {
            if changed {
                tracing::debug!(generation = app.catalog.generation(), "the search index was taken up");
            }
            app.vitals.well(FILES);
            true
        }
        Err(fault) => {
            let live = app.catalog.generation();
            tracing::error!(%fault, "the search index could not be taken up; generation {live} stays live (0: none)");
            if live == 0 && app.config.roles.has(Role::Catalog) {
                app.vitals.ill(FILES, lacking(&fault));
            }
            false
        }
    }
}

const FILES: &str = "files of the search index";

fn lacking(fault: &Fault) -> &'static str {
    match fault {
        Fault::Version { .. } => "were made by another version of this program; `boxoffice reindex` makes them anew",
        Fault::Torn { .. } => "are torn; `boxoffice reindex` makes them anew",
        _ => "cannot be read; the log says why",
    }
}

/// What the follower says of the search index, for `/readyz` and `/metrics`.
pub fn tell(vitals: &Vitals, news: News) {
    const INDEX: &str = "search index";
    const CHANGES: &str = "changes of the search index";
    match news {
        News::Behind(rows) => metrics::gauge!("search_feed_behind").set(rows as f64),
        News::Stands(Standing::Whole) => vitals.well(INDEX),
        News::Stands(Standing::Purged) => {
            vitals.ill(INDEX, "is older than what the change feed keeps; `boxoffice reindex` builds it anew");
        }
        News::Stands(Standing::Elsewhere) => {
            vitals.ill(INDEX, "was made from another database or before a restore; `boxoffice reindex` builds it anew");
        }
        News::Works => vitals.well(CHANGES),
        News::Stuck(Stuck::Locked) => vitals.ill(CHANGES, "wait for another process that writes to it"),
        News::Stuck(Stuck::Failing) => vitals.ill(CHANGES, "cannot be taken in; the log says why"),
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

    #[test]
    fn an_index_that_cannot_be_followed_is_told_with_the_command_that_repairs_it() {
        let vitals = Vitals::default();
        for wrong in [Standing::Purged, Standing::Elsewhere] {
            tell(&vitals, News::Stands(wrong));
            assert!(vitals.told()[0].contains("search index: ") && vitals.told()[0].contains("`boxoffice reindex`"), "{wrong:?}");
            tell(&vitals, News::Behind(0));
            assert_eq!(vitals.told().len(), 1, "that nothing comes any more is no repair");
            tell(&vitals, News::Stands(Standing::Whole));
            assert_eq!(vitals.told(), [] as [String; 0]);
        }
    }

    #[test]
    fn a_follower_that_can_do_nothing_is_told_beside_what_the_index_lacks_until_it_works() {
        let vitals = Vitals::default();
        tell(&vitals, News::Stands(Standing::Purged));
        for stuck in [Stuck::Locked, Stuck::Failing] {
            tell(&vitals, News::Stuck(stuck));
            assert_eq!(vitals.told().len(), 2, "{stuck:?} hides nothing");
            tell(&vitals, News::Works);
            assert_eq!(vitals.told().len(), 1, "the control: and mends nothing else");
        }
    }
}
