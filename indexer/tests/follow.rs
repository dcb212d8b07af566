//! A follower that cannot go on: what it says, that nothing is forgotten meanwhile, and what sets it going again.

mod support;

use std::path::Path;
use std::time::Duration;

use catalog::index::build::Changes;
use catalog::index::generation;
use catalog::store::changes::Standing;
use indexer::{News, ReindexOptions, Stuck, follow, reindex, verify};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use support::{event, open, purged, titles, venue};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SMALL: ReindexOptions = ReindexOptions { memory_bytes: 32 << 20, fresh: false, part_events: 1_000, keep: 2 };

/// A follower, and what it says of itself.
struct Following {
    stop: CancellationToken,
    ended: JoinHandle<()>,
    heard: UnboundedReceiver<News>,
}

impl Following {
    fn begin(pool: &PgPool, dir: &Path) -> Self {
        let (news, heard) = tokio::sync::mpsc::unbounded_channel();
        let tell = move |told| news.send(told).unwrap_or_default();
        let stop = CancellationToken::new();
        Self { ended: tokio::spawn(follow(pool.clone(), open(dir), dir.to_owned(), stop.clone(), tell)), stop, heard }
    }

    /// Waits until it says so; gives what it said before.
    async fn says(&mut self, wanted: News) -> Vec<News> {
        let mut before = Vec::new();
        loop {
            let news = self.heard.recv().await.expect("it follows");
            if news == wanted {
                return before;
            }
            before.push(news);
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.ended.await.expect("ended");
    }
}

async fn built(pool: &PgPool, dir: &Path) {
    reindex(pool, dir, SMALL, |_| {}).await.expect("built");
}

async fn different(pool: &PgPool, dir: &Path) -> u64 {
    verify(pool, dir, false, |_| {}).await.expect("compared").different
}

/// Waits until the index that somebody follows finds this.
async fn found(dir: &Path, title: &str) {
    while titles(&open(dir), title).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_index_of_another_feed_is_left_alone_until_a_reindex(pool: PgPool) {
    let (dir, hall) = (tempfile::tempdir().expect("a directory"), venue(&pool, "Tivoli").await);
    event(&pool, "First", 1, hall, None).await;
    built(&pool, dir.path()).await;
    let mut changes = Changes::open(dir.path()).expect("opened").expect("live");
    changes.commit(serde_json::from_str(r#"{"seen":"5:5:","feed":"1/00000001/2"}"#).expect("a position")).expect("committed");
    changes.close().expect("closed");
    let mut follower = Following::begin(&pool, dir.path());
    assert_eq!(follower.says(News::Stands(Standing::Elsewhere)).await, []);
    event(&pool, "Late", 3, hall, None).await;
    // the repair that is asked for
    built(&pool, dir.path()).await;
    assert_eq!(follower.says(News::Stands(Standing::Whole)).await, [News::Works], "and nothing of the feed before it");
    event(&pool, "Matinee", 4, hall, None).await;
    found(dir.path(), "matinee").await;
    follower.end().await;
    assert_eq!(different(&pool, dir.path()).await, 0);
}

/// The control: what was not purged is taken in.
#[sqlx::test(migrations = "../migrations")]
async fn a_gap_in_the_feed_is_told_again_after_every_start_until_a_reindex(pool: PgPool) {
    let (dir, hall) = (tempfile::tempdir().expect("a directory"), venue(&pool, "Tivoli").await);
    built(&pool, dir.path()).await;
    event(&pool, "Early", 1, hall, None).await;
    let mut follower = Following::begin(&pool, dir.path());
    assert_eq!(follower.says(News::Behind(1)).await, [News::Stands(Standing::Whole)]);
    follower.says(News::Behind(0)).await;
    follower.end().await;
    event(&pool, "Missed", 2, hall, None).await;
    purged(&pool).await;
    event(&pool, "Later", 3, hall, None).await;
    for start in 0..3 {
        let mut follower = Following::begin(&pool, dir.path());
        assert_eq!(follower.says(News::Works).await, [News::Stands(Standing::Purged)], "start {start}");
        follower.end().await;
        assert_eq!(titles(&open(dir.path()), "").await, ["Early"], "what it took in now would say that it had read all");
    }
    let mut follower = Following::begin(&pool, dir.path());
    follower.says(News::Stands(Standing::Purged)).await;
    built(&pool, dir.path()).await;
    follower.says(News::Stands(Standing::Whole)).await;
    event(&pool, "Matinee", 4, hall, None).await;
    found(dir.path(), "matinee").await;
    follower.end().await;
    assert_eq!(different(&pool, dir.path()).await, 0);
}

/// The control: before that, what it is late with is taken in.
#[sqlx::test(migrations = "../migrations")]
async fn a_gap_that_came_while_the_follower_slept_is_not_passed_over(pool: PgPool) {
    let (dir, hall) = (tempfile::tempdir().expect("a directory"), venue(&pool, "Tivoli").await);
    built(&pool, dir.path()).await;
    // whoever has its only connection keeps it from its next round
    let only = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(3_600));
    let only = only.connect_with(pool.connect_options().as_ref().clone()).await.expect("connected");
    let mut follower = Following::begin(&only, dir.path());
    follower.says(News::Works).await;
    for is_purged in [false, true] {
        let asleep = only.acquire().await.expect("a connection");
        event(&pool, "Late", 3, hall, None).await;
        if is_purged {
            purged(&pool).await;
        }
        drop(asleep);
        if is_purged {
            follower.says(News::Stands(Standing::Purged)).await;
        } else {
            follower.says(News::Behind(1)).await;
            found(dir.path(), "late").await;
        }
    }
    follower.end().await;
    assert_eq!(titles(&open(dir.path()), "late").await.len(), 1);
}

/// The control: nothing of it is said of one that works.
#[sqlx::test(migrations = "../migrations")]
async fn a_follower_that_waits_for_another_process_says_so_until_its_turn_comes(pool: PgPool) {
    let (dir, hall) = (tempfile::tempdir().expect("a directory"), venue(&pool, "Tivoli").await);
    built(&pool, dir.path()).await;
    let other = Changes::open(dir.path()).expect("opened").expect("live");
    let mut follower = Following::begin(&pool, dir.path());
    assert_eq!(follower.says(News::Stuck(Stuck::Locked)).await, []);
    other.close().expect("closed");
    assert_eq!(follower.says(News::Works).await[0], News::Stands(Standing::Whole));
    event(&pool, "Matinee", 4, hall, None).await;
    follower.says(News::Behind(1)).await;
    assert_eq!(follower.says(News::Behind(0)).await, []);
    follower.end().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_follower_that_may_not_write_says_so_until_it_may(pool: PgPool) {
    let (dir, hall) = (tempfile::tempdir().expect("a directory"), venue(&pool, "Tivoli").await);
    built(&pool, dir.path()).await;
    // in the place of the file that it locks: nobody can open that to write
    let lock = generation::path(dir.path(), 1).join(".tantivy-writer.lock");
    std::fs::remove_file(&lock).expect("removed");
    std::fs::create_dir(&lock).expect("made");
    let mut follower = Following::begin(&pool, dir.path());
    assert_eq!(follower.says(News::Stuck(Stuck::Failing)).await, [], "it is no other process");
    event(&pool, "Matinee", 4, hall, None).await;
    std::fs::remove_dir(&lock).expect("removed");
    follower.says(News::Works).await;
    found(dir.path(), "matinee").await;
    follower.end().await;
}
