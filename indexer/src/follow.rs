//! The live generation kept up with the change feed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use catalog::index::build::Changes;
use catalog::index::{Fault, generation};
use catalog::search::Catalog;
use catalog::store;
use catalog::store::changes::{Feed, FeedPosition, Standing};
use domain::Stopwatch;
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::blocking::blocking;
use crate::rewrite::{self, Dependents, Rewrite, Touched};

/// How often the feed is asked. With a commit of some 130 ms a change is searchable well within 2 s.
const POLL: Duration = Duration::from_millis(200);
/// How long to wait when there is no index, another process writes, or something failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Changes in one read.
const CHANGES: u32 = 2_000;
/// Documents between two commits of a change that touches many.
const BATCH: usize = 2_000;
/// How long a place that was only passed on stays in memory alone. The one that is written may lie before rows that were taken in, where a
/// transaction was open beside them: once these are purged, whoever starts there would be told of a gap. Tests want it at once.
const UNWRITTEN: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(3_600) };
/// How long the database may say nothing to one question before another connection is tried: one whose other end is gone without a word
/// would be listened to for ever. The longest answers are thousands of events. Tests want it soon.
const SILENCE: Duration = if cfg!(test) { Duration::from_secs(2) } else { Duration::from_secs(300) };
/// How long nothing may succeed before it is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a follower says of itself, each time that it changes or is found anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Whether the feed still leads on from the live index.
    Stands(Standing),
    /// Rows of the feed that the live index has not.
    Behind(u64),
    /// Nothing keeps it from its work.
    Works,
    /// For some seconds now it can do nothing.
    Stuck(Stuck),
}

/// What keeps a follower from its work. That the database is away is told by whoever asks it whether it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// Another process writes to the index.
    Locked,
    /// The log says what fails.
    Failing,
}

/// Keeps the live index up with the catalogue until `shutdown`; a new generation is taken up and continued from where it stands.
///
/// Takes     `dir`: the index directory.  Only one process writes to a generation; others wait for their turn.
///           `tell`: hears how far behind it is, what keeps it from its work, and whether only a reindex helps: until then it takes nothing
///           in, so that no commit says of a gap in the feed that it was read.
/// Cost      three small queries every 200 ms; a renamed venue or performer rewrites its events, 2,000 a commit.
pub async fn follow(
    pool: PgPool,
    catalog: Catalog,
    dir: PathBuf,
    shutdown: CancellationToken,
    tell: impl Fn(News) + Send + Sync,
) {
    let mut follower = Follower {
        pool,
        catalog,
        dir,
        changes: None,
        stands: Standing::Whole,
        failing: None,
        said: None,
        tell,
        written: Stopwatch::start(),
    };
    while !shutdown.is_cancelled() {
        let round = follower.step().await;
        follower.say_whether_it_works(round.as_ref().err());
        let pause = match round {
            Ok(true) => Duration::ZERO,
            Ok(false) if follower.followed().is_some() => POLL,
            Ok(false) => PAUSE,
            Err(fault) => {
                tracing::warn!(%fault, "the index follower failed and tries again");
                follower.changes = None;
                PAUSE
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    follower.close().await;
}

struct Follower<T> {
    pool: PgPool,
    catalog: Catalog,
    dir: PathBuf,
    changes: Option<Changes>,
    stands: Standing,
    /// Since when every round has failed.
    failing: Option<Stopwatch>,
    /// Whether it works, as it was last told.
    said: Option<News>,
    tell: T,
    /// Since when the place of the live index is not written.
    written: Stopwatch,
}

impl<T: Fn(News)> Follower<T> {
    /// Does one round; gives whether more may wait.
    async fn step(&mut self) -> Result<bool, Fault> {
        self.open_live().await?;
        let Some(changes) = self.followed() else {
            self.reload().await?;
            return Ok(false);
        };
        let from = changes.position().clone();
        let mut conn = self.pool.acquire().await?;
        let round = self.round(&mut conn, &from).await;
        if round.is_err() {
            conn.close_on_drop();
        }
        round
    }

    async fn round(&mut self, conn: &mut PgConnection, from: &FeedPosition) -> Result<bool, Fault> {
        let feed = answered(store::changes::read_since(conn, from, CHANGES)).await?;
        // what was purged before it was read, while this process slept as well, is missing from what was read
        let stands = answered(store::changes::standing(conn, from)).await?;
        if stands != Standing::Whole {
            self.note(stands);
            return Ok(false);
        }
        if feed.changes.is_empty() {
            (self.tell)(News::Behind(0));
            self.passed(feed.position).await?;
            self.reload().await?;
            return Ok(false);
        }
        let more = feed.more;
        let left = if more { answered(store::changes::count_since(conn, &feed.position)).await? } else { 0 };
        (self.tell)(News::Behind(left + feed.changes.len() as u64));
        self.apply(conn, feed).await?;
        (self.tell)(News::Behind(left));
        Ok(more)
    }

    /// The live index, where the feed leads on from it.
    fn followed(&self) -> Option<&Changes> {
        self.changes.as_ref().filter(|_| self.stands == Standing::Whole)
    }

    /// Tells what keeps it from its work once that has lasted, and that nothing does, each when it is new.
    fn say_whether_it_works(&mut self, fault: Option<&Fault>) {
        let news = match fault {
            None => {
                self.failing = None;
                News::Works
            }
            Some(fault) if is_away(fault) => return,
            Some(_) if self.failing.get_or_insert_with(Stopwatch::start).elapsed() < PATIENCE => return,
            Some(Fault::Locked { .. }) => News::Stuck(Stuck::Locked),
            Some(_) => News::Stuck(Stuck::Failing),
        };
        if self.said.replace(news) != Some(news) {
            (self.tell)(news);
        }
    }

    /// Goes on from a later position when nothing lies between: in memory, and now and then by a commit of its own.
    async fn passed(&mut self, position: FeedPosition) -> Result<(), Fault> {
        if self.written.elapsed() >= UNWRITTEN {
            return self.commit(Vec::new(), Some(position)).await;
        }
        if let Some(changes) = &mut self.changes {
            changes.pass(position);
        }
        Ok(())
    }

    /// Opens the live generation for writing, and leaves the one before when a build has published another.
    async fn open_live(&mut self) -> Result<(), Fault> {
        let live = generation::current(&self.dir)?;
        if live.is_none() && self.catalog.ready() {
            // what is open is served on, and would be for ever as it is
            return Err(Fault::Torn { path: self.dir.clone(), detail: "its files are gone".to_owned() });
        }
        if self.changes.as_ref().is_some_and(|changes| Some(changes.generation) != live) {
            self.close().await;
        }
        if self.changes.is_none() {
            let dir = self.dir.clone();
            self.changes = blocking(move || Changes::open(Path::new(&dir))).await?;
            self.look_where_it_stands().await?;
        }
        Ok(())
    }

    /// An index that was away for longer than the feed is kept, or that another database filled, cannot be brought up to date from it.
    async fn look_where_it_stands(&mut self) -> Result<(), Fault> {
        let Some(changes) = &self.changes else { return Ok(()) };
        let mut conn = self.pool.acquire().await?;
        let stands = answered(store::changes::standing(&mut conn, changes.position())).await;
        if stands.is_err() {
            conn.close_on_drop();
        }
        self.note(stands?);
        Ok(())
    }

    fn note(&mut self, stands: Standing) {
        match stands {
            Standing::Whole => {}
            Standing::Purged => {
                tracing::error!("the search index is older than what the change feed keeps; `boxoffice reindex` builds it anew");
            }
            Standing::Elsewhere => {
                tracing::error!("the search index is of another database or time line; `boxoffice reindex` builds it anew");
            }
        }
        self.stands = stands;
        (self.tell)(News::Stands(stands));
    }

    async fn close(&mut self) {
        if let Some(changes) = self.changes.take()
            && let Err(fault) = blocking(move || changes.close()).await
        {
            tracing::warn!(%fault, "the index follower did not close cleanly");
        }
    }

    async fn reload(&self) -> Result<(), Fault> {
        let catalog = self.catalog.clone();
        blocking(move || catalog.reload_if_changed().map(|_| ())).await
    }

    /// Rewrites what the changes touch, then what shows it; the position moves with the last commit only, so that a crash repeats
    /// work and never skips it.
    async fn apply(&mut self, conn: &mut PgConnection, feed: Feed) -> Result<(), Fault> {
        let Feed { changes: feed, position, .. } = feed;
        let touched = answered(Touched::by(conn, &feed)).await?;
        let fields = self.changes.as_ref().map(|changes| changes.fields).ok_or_else(|| Fault::Internal("not open".to_owned()))?;
        let mut rewrites = answered(touched.rewrites(conn, &fields)).await?;
        let mut dependents = Dependents::of(&feed);
        while let Some(mut ids) = answered(dependents.next(conn)).await? {
            ids.retain(|id| !touched.has_event(id));
            rewrites.extend(answered(rewrite::events(conn, &fields, &ids)).await?);
            if rewrites.len() >= BATCH {
                self.commit(std::mem::take(&mut rewrites), None).await?;
            }
        }
        self.commit(rewrites, Some(position)).await
    }

    /// Commits on a thread of its own and shows the result.
    async fn commit(&mut self, rewrites: Vec<Rewrite>, position: Option<FeedPosition>) -> Result<(), Fault> {
        let mut changes = self.changes.take().ok_or_else(|| Fault::Internal("not open".to_owned()))?;
        let catalog = self.catalog.clone();
        let count = rewrites.len();
        let changes = blocking(move || {
            for rewrite in rewrites {
                match rewrite {
                    Rewrite::Replace(id, document) => changes.replace(id, *document)?,
                    Rewrite::Remove(id) => changes.remove(id),
                }
            }
            changes.commit(position.unwrap_or_else(|| changes.position().clone()))?;
            catalog.reload_if_changed()?;
            Ok(changes)
        });
        self.changes = Some(changes.await?);
        self.written = Stopwatch::start();
        tracing::debug!(documents = count, "index changes committed");
        Ok(())
    }
}

/// What the database answers, unless it says nothing for too long.
async fn answered<T, E: Into<Fault>>(asked: impl Future<Output = Result<T, E>>) -> Result<T, Fault> {
    match tokio::time::timeout(SILENCE, asked).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

/// Whether the database does not answer, or only that it starts, stops or has no room.
fn is_away(fault: &Fault) -> bool {
    let Fault::Database(fault) = fault else { return false };
    match fault.as_database_error() {
        Some(said) => said.code().is_some_and(|code| code.starts_with("53") || code.starts_with("57")),
        None => matches!(fault, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::model::Kind;
    use domain::{Clock, CursorKey};
    use uuid::Uuid;

    use crate::{ReindexOptions, reindex};

    /// A follower of an index that was just built, and where that is.
    async fn follower(pool: PgPool) -> (Follower<impl Fn(News)>, tempfile::TempDir) {
        let dir = tempfile::tempdir().expect("a directory");
        let options = ReindexOptions { memory_bytes: 64 << 20, fresh: false, part_events: 1_000, keep: 2 };
        reindex(&pool, dir.path(), options, |_| {}).await.expect("built");
        let catalog = Catalog::open(dir.path(), CursorKey::new([7; 32]), Clock::System, 1 << 20).expect("opened");
        let (failing, said, changes) = (None, None, None);
        let (home, stands, written) = (dir.path().to_owned(), Standing::Whole, Stopwatch::start());
        (Follower { pool, catalog, dir: home, changes, stands, failing, said, tell: |_| {}, written }, dir)
    }

    /// The controls: before and after that it works, by the same only connection of its pool.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_connection_that_says_nothing_any_more_is_left_and_given_up(pool: PgPool) {
        let only = sqlx::postgres::PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(3_600));
        let only = only.connect_with(pool.connect_options().as_ref().clone()).await.expect("connected");
        let (mut follower, _dir) = follower(only.clone()).await;
        follower.step().await.expect("nothing to do");
        let mut silent = pool.begin().await.expect("begun");
        sqlx::query("LOCK TABLE catalog_changes IN ACCESS EXCLUSIVE MODE").execute(&mut *silent).await.expect("locked");
        let fault = follower.step().await.expect_err("nobody answers");
        assert!(is_away(&fault), "{fault}");
        sqlx::query("SELECT 1").execute(&only).await.expect("there is room for another connection");
        silent.rollback().await.expect("ended");
        follower.step().await.expect("answered again");
    }

    /// The control: with its files in their place it works.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_index_whose_files_are_gone_while_it_is_served_is_told(pool: PgPool) {
        let (mut follower, dir) = follower(pool).await;
        let aside = dir.path().with_extension("aside");
        follower.step().await.expect("nothing to do");
        std::fs::rename(dir.path(), &aside).expect("put aside");
        let gone = follower.step().await;
        std::fs::rename(&aside, dir.path()).expect("put back");
        assert!(matches!(gone, Err(Fault::Torn { .. })), "{gone:?}");
        follower.step().await.expect("as before");
    }

    /// Where the index stands after a change beside an open transaction, and after a quiet look once that has ended; the row is purged.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_catalogue_in_which_nothing_changes_is_followed_by_whoever_starts_a_week_later(pool: PgPool) {
        let (mut follower, dir) = follower(pool).await;
        let mut conn = follower.pool.acquire().await.expect("a connection");
        let mut open = follower.pool.begin().await.expect("begun");
        sqlx::query("SELECT pg_current_xact_id()").execute(&mut *open).await.expect("numbered");
        store::changes::append(&mut conn, Kind::Series, &[Uuid::nil()]).await.expect("appended");
        follower.step().await.expect("taken in");
        let beside = follower.changes.as_ref().expect("open").position().clone();
        open.rollback().await.expect("ended");
        let behind = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid) FROM catalog_changes";
        while !sqlx::query_scalar::<_, bool>(behind).fetch_one(&mut *conn).await.expect("read") {}
        follower.step().await.expect("a quiet look");
        follower.close().await;
        assert_eq!(store::changes::purge(&mut conn, 0, 0).await.expect("purged"), 1);
        let kept = Changes::open(dir.path()).expect("opened").expect("live").position().clone();
        let stands = async |conn: &mut PgConnection, at| store::changes::standing(conn, at).await.expect("known");
        assert_eq!(stands(&mut conn, &kept).await, Standing::Whole);
        assert_eq!(stands(&mut conn, &beside).await, Standing::Purged, "the control: the commit before");
    }
}
