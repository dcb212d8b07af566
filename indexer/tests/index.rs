//! The indexer against a real database: builds, swaps, and changes that are searchable in time.

mod support;

use std::path::Path;
use std::time::Duration;

use catalog::index::build::Build;
use catalog::index::{Fault, generation};
use catalog::model::{EventPatch, PerformerPatch, VenuePatch};
use catalog::search::{Catalog, Query};
use catalog::write;
use domain::Stopwatch;
use indexer::{BuildProgress, BuildStep, ReindexOptions, follow, reindex};
use sqlx::PgPool;
use support::{clock, event, open, performer, titles, venue};
use tokio_util::sync::CancellationToken;

/// How long a test waits: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

async fn build(pool: &PgPool, dir: &Path) -> u64 {
    let options = ReindexOptions { memory_bytes: 32 << 20, ..ReindexOptions::default() };
    reindex(pool, dir, options, |_| {}).await.expect("built").generation
}

/// Waits until a search gives what is expected; how soon it does is measured by `make bench`, on a machine that is not busy with tests.
async fn becomes(catalog: &Catalog, q: &str, expected: &[&str]) {
    let watch = Stopwatch::start();
    loop {
        let found = titles(catalog, q).await;
        if found == expected {
            return;
        }
        assert!(watch.elapsed() < PATIENCE, "{q:?} gives {found:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_build_holds_what_the_database_holds_and_says_how_far_it_is(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    let owls = performer(&pool, "The Night Owls").await;
    for day in 1..=30 {
        event(&pool, &format!("Evening {day}"), day, hall, Some(owls)).await;
    }
    let mut steps = Vec::new();
    let report = reindex(&pool, dir.path(), ReindexOptions::default(), |progress: BuildProgress| steps.push(progress))
        .await
        .expect("built");
    assert_eq!((report.generation, report.events, report.venues, report.performers, report.series), (1, 30, 1, 1, 0));
    assert_eq!(steps.last().map(|progress| (progress.step, progress.done, progress.total)), Some((BuildStep::Verifying, 32, 32)));
    let catalog = open(dir.path());
    assert_eq!((catalog.doc_count(), catalog.segment_count()), (32, 1));
    assert_eq!(titles(&catalog, "night owls brisbane").await.len(), 30);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_build_that_is_killed_leaves_the_live_index_and_is_cleared_by_the_next(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    build(&pool, dir.path()).await;
    let catalog = open(dir.path());
    let place = dir.path().to_owned();
    let killed = Build::begin(&place, 1, 16 << 20).expect("begun");
    assert!(matches!(reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await, Err(Fault::Locked { .. })));
    drop(killed);
    assert!(generation::path(dir.path(), 2).exists(), "what it left");
    assert!(!catalog.reload_if_changed().expect("readable"));
    assert_eq!(titles(&catalog, "first").await, ["First"]);
    assert_eq!(build(&pool, dir.path()).await, 2);
    assert!(catalog.reload_if_changed().expect("readable"));
    assert_eq!((catalog.generation(), titles(&catalog, "first").await), (2, vec!["First".to_owned()]));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_written_is_found_within_two_seconds(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    let owls = performer(&pool, "The Night Owls").await;
    let kept = event(&pool, "Opening", 1, hall, Some(owls)).await;
    build(&pool, dir.path()).await;
    let catalog = open(dir.path());
    let stop = CancellationToken::new();
    let follower = tokio::spawn(follow(pool.clone(), catalog.clone(), dir.path().to_owned(), stop.clone(), |_| {}));

    event(&pool, "Matinee", 2, hall, None).await;
    becomes(&catalog, "matinee", &["Matinee"]).await;
    let patch = EventPatch { title: Some("Premiere".into()), ..EventPatch::default() };
    write::events::patch(&pool, &clock(), &domain::Actor::house(), kept, patch, None).await.expect("patched");
    becomes(&catalog, "premiere", &["Premiere"]).await;
    let patch = PerformerPatch { name: Some("The Dawn Larks".into()), ..PerformerPatch::default() };
    write::performers::patch(&pool, &domain::Actor::house(), owls, patch, None).await.expect("patched");
    becomes(&catalog, "dawn larks", &["Premiere"]).await;
    let patch = VenuePatch { name: Some("Lyceum".into()), ..VenuePatch::default() };
    write::venues::patch(&pool, &clock(), &domain::Actor::house(), hall, patch, None).await.expect("patched");
    becomes(&catalog, "lyceum", &["Premiere", "Matinee"]).await;
    write::events::delete(&pool, &domain::Actor::house(), kept, None).await.expect("deleted");
    becomes(&catalog, "lyceum", &["Matinee"]).await;

    event(&pool, "Before the swap", 3, hall, None).await;
    assert_eq!(build(&pool, dir.path()).await, 2);
    event(&pool, "After the swap", 4, hall, None).await;
    becomes(&catalog, "swap", &["Before the swap", "After the swap"]).await;
    assert_eq!(catalog.generation(), 2);
    stop.cancel();
    follower.await.expect("ended");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_follower_that_was_away_goes_on_where_its_index_stands(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    build(&pool, dir.path()).await;
    for (day, title) in [(1, "One"), (2, "Two")] {
        let catalog = open(dir.path());
        event(&pool, title, day, hall, None).await;
        let stop = CancellationToken::new();
        let follower = tokio::spawn(follow(pool.clone(), catalog.clone(), dir.path().to_owned(), stop.clone(), |_| {}));
        becomes(&catalog, "", &["One", "Two"][..day as usize]).await;
        stop.cancel();
        follower.await.expect("ended");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn many_small_writes_leave_few_segments_and_pages_stay_whole(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    for day in 0..40 {
        event(&pool, &format!("Old {day}"), day * 2, hall, None).await;
    }
    build(&pool, dir.path()).await;
    let catalog = open(dir.path());
    let stop = CancellationToken::new();
    let follower = tokio::spawn(follow(pool.clone(), catalog.clone(), dir.path().to_owned(), stop.clone(), |_| {}));
    let mut seen: Vec<String> = Vec::new();
    let mut query = Query { limit: 5, ..Query::default() };
    for round in 0.. {
        let answer = catalog.search(&query).await.expect("an answer");
        seen.extend(answer.items.iter().map(|hit| hit.title.clone()));
        let Some(next) = answer.next_cursor.clone() else { break };
        query.cursor = Some(next);
        let title = format!("New zz{}", char::from(b'a' + round as u8));
        event(&pool, &title, round * 2 + 1, hall, None).await;
        becomes(&catalog, &title[4..], &[title.as_str()]).await;
        if round == 3 {
            build(&pool, dir.path()).await;
        }
    }
    let old: Vec<&String> = seen.iter().filter(|title| title.starts_with("Old")).collect();
    assert_eq!(old, (0..40).map(|day| format!("Old {day}")).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    assert!(catalog.segment_count() <= 8, "{} segments", catalog.segment_count());
    stop.cancel();
    follower.await.expect("ended");
}
