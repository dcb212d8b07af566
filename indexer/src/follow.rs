//! The live generation kept up with the change feed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use catalog::index::build::Changes;
use catalog::index::schema::Fields;
use catalog::index::{Fault, document, generation};
use catalog::model::Kind;
use catalog::search::Catalog;
use catalog::store;
use catalog::store::changes::{Change, FeedPosition};
use domain::{CityId, EventId};
use sqlx::{PgConnection, PgPool};
use tantivy::TantivyDocument;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::reindex::blocking;
use crate::source;

/// How often the feed is asked. With a commit of some 130 ms a change is searchable well within 2 s.
const POLL: Duration = Duration::from_millis(200);
/// How long to wait when there is no index, another process writes, or something failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Changes in one read.
const CHANGES: u32 = 2_000;
/// Documents between two commits of a change that touches many.
const BATCH: u32 = 2_000;

/// Keeps the live index up with the catalogue until `shutdown`; a new generation is taken up and continued from where it stands.
///
/// Takes     `dir`: the index directory.  Only one process writes to a generation; others wait their turn and only reload.
/// Cost      one small query every 200 ms; a renamed venue or performer rewrites its events, 2,000 a commit.
pub async fn follow(pool: PgPool, catalog: Catalog, dir: PathBuf, shutdown: CancellationToken) {
    let mut follower = Follower { pool, catalog, dir, changes: None };
    while !shutdown.is_cancelled() {
        let pause = match follower.step().await {
            Ok(true) => Duration::ZERO,
            Ok(false) if follower.changes.is_some() => POLL,
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

struct Follower {
    pool: PgPool,
    catalog: Catalog,
    dir: PathBuf,
    changes: Option<Changes>,
}

/// What a change makes of one thing's document.
enum Rewrite {
    Replace(Uuid, Box<TantivyDocument>),
    Remove(Uuid),
}

/// Ids whose documents are to be made anew.
#[derive(Default)]
struct Touched {
    events: BTreeSet<Uuid>,
    venues: BTreeSet<Uuid>,
    performers: BTreeSet<Uuid>,
    series: BTreeSet<Uuid>,
}

impl Follower {
    /// Does one round; gives whether more may wait.
    async fn step(&mut self) -> Result<bool, Fault> {
        self.open_live().await?;
        let Some(changes) = &self.changes else {
            self.reload().await?;
            return Ok(false);
        };
        let mut conn = self.pool.acquire().await?;
        let feed = store::changes::read_since(&mut conn, changes.position(), CHANGES).await?;
        let Some(last) = feed.last().map(|change| change.position) else {
            self.reload().await?;
            return Ok(false);
        };
        self.apply(&mut conn, &feed, last).await?;
        Ok(feed.len() == CHANGES as usize)
    }

    /// Opens the live generation for writing, and leaves the one before when a build has published another.
    async fn open_live(&mut self) -> Result<(), Fault> {
        let live = generation::current(&self.dir)?;
        if self.changes.as_ref().is_some_and(|changes| Some(changes.generation) != live) {
            self.close().await;
        }
        if self.changes.is_none() {
            let dir = self.dir.clone();
            self.changes = blocking(move || Changes::open(Path::new(&dir))).await?;
        }
        Ok(())
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
    async fn apply(&mut self, conn: &mut PgConnection, feed: &[Change], last: FeedPosition) -> Result<(), Fault> {
        let touched = Touched::by(conn, feed).await?;
        let fields = self.changes.as_ref().map(|changes| changes.fields).ok_or_else(|| Fault::Internal("not open".to_owned()))?;
        let mut rewrites = touched.rewrites(conn, &fields).await?;
        for change in feed {
            let mut after = None;
            loop {
                let dependents = dependents(conn, change, after).await?;
                let Some(event) = dependents.last() else { break };
                after = Some(EventId(*event));
                let fresh: Vec<Uuid> = dependents.iter().copied().filter(|id| !touched.events.contains(id)).collect();
                rewrites.extend(events(conn, &fields, &fresh).await?);
                if rewrites.len() >= BATCH as usize {
                    self.commit(std::mem::take(&mut rewrites), None).await?;
                }
            }
        }
        self.commit(rewrites, Some(last)).await
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
            changes.commit(position.unwrap_or(changes.position()))?;
            catalog.reload_if_changed()?;
            Ok(changes)
        });
        self.changes = Some(changes.await?);
        tracing::debug!(documents = count, "index changes committed");
        Ok(())
    }
}

/// Events that show the changed thing; an event shows itself and is rewritten already.
async fn dependents(conn: &mut PgConnection, change: &Change, after: Option<EventId>) -> sqlx::Result<Vec<Uuid>> {
    if change.kind == Kind::Event {
        return Ok(Vec::new());
    }
    let events = store::events::dependents(conn, change.kind, change.id, after, BATCH).await?;
    Ok(events.into_iter().map(|event| event.0).collect())
}

impl Touched {
    async fn by(conn: &mut PgConnection, feed: &[Change]) -> sqlx::Result<Self> {
        let mut touched = Self::default();
        for change in feed {
            match change.kind {
                Kind::Event => touched.events.insert(change.id),
                Kind::Venue => touched.venues.insert(change.id),
                Kind::Performer => touched.performers.insert(change.id),
                Kind::Series => touched.series.insert(change.id),
                Kind::City => {
                    let venues = store::venues::in_city(conn, CityId(change.id)).await?;
                    touched.venues.extend(venues.into_iter().map(|venue| venue.0));
                    false
                }
            };
        }
        Ok(touched)
    }

    async fn rewrites(&self, conn: &mut PgConnection, fields: &Fields) -> sqlx::Result<Vec<Rewrite>> {
        let mut rewrites = events(conn, fields, &Vec::from_iter(self.events.iter().copied())).await?;
        let ids = Vec::from_iter(self.venues.iter().copied());
        let (found, around) = source::venues(conn, &ids).await?;
        let made = found.iter().map(|venue| (venue.row.id.0, document::venue(fields, venue, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        let ids = Vec::from_iter(self.performers.iter().copied());
        let (found, around) = source::performers(conn, &ids).await?;
        let made = found.iter().map(|performer| (performer.row.id.0, document::performer(fields, performer, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        let ids = Vec::from_iter(self.series.iter().copied());
        let (found, around) = source::series(conn, &ids).await?;
        let made = found.iter().map(|series| (series.row.id.0, document::series(fields, series, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        Ok(rewrites)
    }
}

async fn events(conn: &mut PgConnection, fields: &Fields, ids: &[Uuid]) -> sqlx::Result<Vec<Rewrite>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = source::events(conn, ids).await?;
    let around = source::neighbours_of(conn, &found).await?;
    let made = found.iter().map(|event| (event.id.0, document::event(fields, event, &around)));
    Ok(replaced_or_removed(ids, made))
}

/// What the database no longer has is removed from the index.
fn replaced_or_removed(ids: &[Uuid], made: impl Iterator<Item = (Uuid, TantivyDocument)>) -> Vec<Rewrite> {
    let mut rewrites: Vec<Rewrite> = made.map(|(id, document)| Rewrite::Replace(id, Box::new(document))).collect();
    let there: BTreeSet<Uuid> = rewrites
        .iter()
        .map(|rewrite| match rewrite {
            Rewrite::Replace(id, _) | Rewrite::Remove(id) => *id,
        })
        .collect();
    rewrites.extend(ids.iter().filter(|id| !there.contains(id)).map(|id| Rewrite::Remove(*id)));
    rewrites
}
