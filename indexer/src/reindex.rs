//! A whole new generation beside the live one, in parts that survive a kill.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalog::index::build::Build;
use catalog::index::generation::Part;
use catalog::index::{Fault, Neighbours, Sides, document};
use catalog::model::EventSource;
use catalog::model::Kind;
use catalog::store;
use catalog::store::changes::{FeedPosition, Standing};
use domain::{EventId, Stopwatch};
use sqlx::{PgConnection, PgPool};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::blocking::blocking;
use crate::rewrite::{self, Dependents, Rewrite, Touched};
use crate::sample;
use crate::source::{self, Around, Undated};

/// Events in one read.
const BATCH: u32 = 10_000;
/// Batches that may wait for a thread, so that reading and writing overlap and memory stays bounded.
const BATCHES_IN_FLIGHT: usize = 3;
/// Changes in one read while an older part is brought up to date.
const CHANGES: u32 = 2_000;

/// What is written to see whether anything can be.
const PROBE_BYTES: usize = 8 << 20;

/// How to build.
#[derive(Debug, Clone, Copy)]
pub struct ReindexOptions {
    /// What the index writer may hold before it writes a segment.
    pub memory_bytes: usize,
    /// From nothing, though a killed build left finished parts.
    pub fresh: bool,
    /// Events between two commits of the build: what a kill costs at most.
    pub part_events: u32,
    /// Generations that stay, the new one included.
    pub keep: usize,
}

impl Default for ReindexOptions {
    fn default() -> Self {
        Self { memory_bytes: 384 << 20, fresh: false, part_events: 250_000, keep: 2 }
    }
}

/// Where a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildStep {
    Reading,
    Merging,
    Verifying,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildProgress {
    pub step: BuildStep,
    /// Documents so far.
    pub done: u64,
    pub total: u64,
}

/// What a build made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReindexReport {
    pub generation: u64,
    pub events: u64,
    pub series: u64,
    pub performers: u64,
    pub venues: u64,
    /// Events that a killed build had left finished.
    pub resumed: u64,
    /// Sample questions that both generations were asked.
    pub sampled: u64,
    pub seconds: f64,
}

/// Builds a new generation from one snapshot of the database, checks it, and makes it live.
///
/// Gives     the report once a running server can pick the new generation up.  Killed before that, the live one is untouched and the
///           next build goes on behind the last finished part, which it brings up to date from the change feed.
/// Refuses   `Locked` while another build runs here; `Counts`, `Torn`, `Lost` when the index does not hold what the database does,
///           its files do not match their sums, or it no longer finds what the live one finds.
/// Cost      memory: `memory_bytes`, three batches of 10,000 events, at most 300,000 venues, performers and series, and what merging
///           3,000,000 documents holds; none of it grows with the events.
pub async fn reindex(
    pool: &PgPool,
    dir: &Path,
    options: ReindexOptions,
    progress: impl FnMut(BuildProgress),
) -> Result<ReindexReport, Fault> {
    match whole(pool, dir, options, progress).await {
        // the index library's threads keep to themselves why they could not write
        Err(Fault::Index(fault)) => Err(probe(dir).err().unwrap_or(Fault::Index(fault))),
        built => built,
    }
}

async fn whole(
    pool: &PgPool,
    dir: &Path,
    options: ReindexOptions,
    progress: impl FnMut(BuildProgress),
) -> Result<ReindexReport, Fault> {
    let watch = Stopwatch::start();
    let mut snapshot = pg::begin_with(pool, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let mut run = Rebuild::begin(&mut snapshot, dir, options, progress).await?;
    run.report(BuildStep::Reading, run.done);
    run.events(&mut snapshot).await?;
    run.catch_up(&mut snapshot).await?;
    run.undated(&mut snapshot).await?;
    snapshot.rollback().await?;
    run.report(BuildStep::Merging, run.total());
    run.finish().await?;
    run.report(BuildStep::Verifying, run.total());
    let sampled = run.check().await?;
    let (counts, resumed) = (run.counts, run.resumed.as_ref().map_or(0, |(_, part)| part.events));
    let generation = run.publish().await?;
    let (events, series, performers, venues) = (counts.events, counts.series, counts.performers, counts.venues);
    Ok(ReindexReport { generation, events, series, performers, venues, resumed, sampled, seconds: watch.seconds() })
}

/// Says why a directory takes no more, if it does not.
fn probe(dir: &Path) -> Result<(), Fault> {
    let path = dir.join("probe");
    let written = std::fs::write(&path, vec![0; PROBE_BYTES]);
    let _ = std::fs::remove_file(&path);
    written.map_err(|source| Fault::Full { path: dir.to_owned(), source })
}

/// One build under way.
struct Rebuild<P> {
    dir: PathBuf,
    /// `None` while it is worked on alone.
    build: Option<Arc<Build>>,
    options: ReindexOptions,
    around: Around,
    /// How many events each of those around has, counted while they are read; none when there are too many, or an earlier build read some.
    events_of: Option<HashMap<Uuid, u64>>,
    counts: store::Counts,
    /// Where the snapshot stands in the change feed.
    position: FeedPosition,
    /// What an earlier build left: where its snapshot stood, and how far it had come.
    resumed: Option<(FeedPosition, Part)>,
    done: u64,
    progress: P,
}

impl<P: FnMut(BuildProgress)> Rebuild<P> {
    async fn begin(conn: &mut PgConnection, dir: &Path, options: ReindexOptions, progress: P) -> Result<Self, Fault> {
        let position = store::changes::latest_position(conn).await?;
        let counts = store::counts(conn).await?;
        let mut build = open(dir, options, false).await?;
        let mut resumed = build.resumed.take().and_then(|left| left.part.map(|part| (left.position, part)));
        if let Some((from, _)) = &resumed
            && store::changes::standing(conn, from).await? != Standing::Whole
        {
            // lines that speak of the finished parts were purged, or stand in another feed
            drop(build);
            (build, resumed) = (open(dir, options, true).await?, None);
        }
        // after the snapshot's counts: what is small enough is held whole, the rest is read batch by batch
        let around = Around::open(conn, &counts).await?;
        let done = resumed.as_ref().map_or(0, |(_, part)| part.events);
        let events_of = (around.held() && resumed.is_none()).then(HashMap::new);
        let (dir, build) = (dir.to_owned(), Some(Arc::new(build)));
        Ok(Self { dir, build, options, around, events_of, counts, position, resumed, done, progress })
    }

    fn total(&self) -> u64 {
        self.counts.events + self.counts.series + self.counts.performers + self.counts.venues
    }

    fn report(&mut self, step: BuildStep, done: u64) {
        let total = self.total();
        (self.progress)(BuildProgress { step, done: done.min(total), total });
    }

    /// Reads batch after batch while the ones before are turned into documents on other threads; commits after every part.
    async fn events(&mut self, conn: &mut PgConnection) -> Result<(), Fault> {
        let mut at_work: JoinSet<Result<u64, Fault>> = JoinSet::new();
        let (mut last, mut in_part) = (self.resumed.as_ref().map(|(_, part)| EventId(part.after)), 0);
        loop {
            let limit = BATCH.min(self.options.part_events - in_part);
            let batch = store::events::read_batch(conn, last, limit).await?;
            let Some(event) = batch.last() else { break };
            last = Some(event.id);
            in_part += u32::try_from(batch.len()).unwrap_or(limit);
            self.events_of.iter_mut().for_each(|events_of| source::tally(&batch, events_of));
            if at_work.len() >= BATCHES_IN_FLIGHT {
                self.joined(at_work.join_next().await)?;
            }
            let (build, around) = (self.build()?, self.around.of(conn, &batch).await?);
            at_work.spawn_blocking(move || add_batch(&build, &around, &batch));
            // a part is "all events up to this id", so nothing of it may still be on its way when it is saved
            if in_part >= self.options.part_events {
                while !at_work.is_empty() {
                    self.joined(at_work.join_next().await)?;
                }
                self.save(last.map_or(Uuid::nil(), |id| id.0)).await?;
                in_part = 0;
            }
        }
        while !at_work.is_empty() {
            self.joined(at_work.join_next().await)?;
        }
        Ok(())
    }

    fn joined(&mut self, finished: Option<Result<Result<u64, Fault>, tokio::task::JoinError>>) -> Result<(), Fault> {
        self.done += match finished {
            Some(Ok(added)) => added?,
            Some(Err(fault)) => return Err(Fault::Internal(format!("an index thread broke off: {fault}"))),
            None => 0,
        };
        self.report(BuildStep::Reading, self.done);
        Ok(())
    }

    /// Makes durable all events up to `after`.  What they lack of later changes begins where the first snapshot stood.
    async fn save(&mut self, after: Uuid) -> Result<(), Fault> {
        let position = self.resumed.as_ref().map_or(&self.position, |(position, _)| position).clone();
        let part = Part { after, events: self.done };
        self.alone(move |build| build.save(position, part)).await
    }

    /// Does something with the build that no other thread may meet; a build that this fails for is over.
    async fn alone(&mut self, act: impl FnOnce(&mut Build) -> Result<(), Fault> + Send + 'static) -> Result<(), Fault> {
        let mut build = self.taken()?;
        let build = blocking(move || act(&mut build).map(|()| build)).await?;
        self.build = Some(Arc::new(build));
        Ok(())
    }

    fn taken(&mut self) -> Result<Build, Fault> {
        self.build.take().and_then(Arc::into_inner).ok_or_else(still_writing)
    }

    fn build(&self) -> Result<Arc<Build>, Fault> {
        self.build.clone().ok_or_else(still_writing)
    }

    /// Brings what an earlier build had finished up to this snapshot.
    async fn catch_up(&mut self, conn: &mut PgConnection) -> Result<(), Fault> {
        let Some((mut position, _)) = self.resumed.clone() else { return Ok(()) };
        let build = self.build()?;
        let (fields, mut more) = (build.fields, true);
        while more {
            let feed = store::changes::read_since(conn, &position, CHANGES).await?;
            (position, more) = (feed.position, feed.more);
            let feed = feed.changes;
            let touched = Touched::by(conn, &feed).await?;
            replace(&build, touched.rewrites(conn, &fields).await?)?;
            let mut dependents = Dependents::of(&feed);
            while let Some(ids) = dependents.next(conn).await? {
                replace(&build, rewrite::events(conn, &fields, &ids).await?)?;
            }
        }
        Ok(())
    }

    /// Venues, performers and series: always anew, with their counts of events.
    async fn undated(&mut self, conn: &mut PgConnection) -> Result<(), Fault> {
        let tallies = match self.events_of.take() {
            None if self.around.held() => Some(source::tallies(conn).await?),
            counted => counted,
        };
        let mut batches = Undated::default();
        while let Some(mut batch) = batches.next(conn).await? {
            match &tallies {
                Some(tallies) => batch.events_of = source::ids(&batch).filter_map(|id| Some((id, *tallies.get(&id)?))).collect(),
                None => source::count(conn, &mut batch).await?,
            }
            let (build, again) = (self.build()?, self.resumed.is_some());
            self.done += blocking(move || add_undated(&build, &batch, again)).await?;
            self.report(BuildStep::Reading, self.done);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Fault> {
        self.around = Around::Read;
        let position = self.position.clone();
        self.alone(move |build| build.finish(position)).await
    }

    /// Holds the new generation against the database it was read from, its own sums, and the live generation.
    async fn check(&self) -> Result<u64, Fault> {
        let (build, counts, dir) = (self.build()?, self.counts, self.dir.clone());
        let generation = build.generation;
        blocking(move || {
            count(&build, &counts)?;
            build.check_sums()
        })
        .await?;
        sample::compare(&dir, generation).await
    }

    async fn publish(mut self) -> Result<u64, Fault> {
        let build = self.taken()?;
        let keep = self.options.keep;
        blocking(move || build.publish_keeping(keep)).await
    }
}

async fn open(dir: &Path, options: ReindexOptions, fresh: bool) -> Result<Build, Fault> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let (dir, memory) = (dir.to_owned(), options.memory_bytes);
    let begin = if fresh || options.fresh { Build::begin } else { Build::go_on };
    blocking(move || begin(&dir, threads, memory)).await
}

fn add_batch(build: &Build, around: &Sides, batch: &[EventSource]) -> Result<u64, Fault> {
    batch.iter().try_for_each(|event| build.add(document::event(&build.fields, event, around)))?;
    Ok(batch.len() as u64)
}

fn replace(build: &Build, rewrites: Vec<Rewrite>) -> Result<(), Fault> {
    rewrites.into_iter().try_for_each(|rewrite| match rewrite {
        Rewrite::Replace(id, document) => {
            build.remove(id);
            build.add(*document)
        }
        Rewrite::Remove(id) => {
            build.remove(id);
            Ok(())
        }
    })
}

fn still_writing() -> Fault {
    Fault::Internal("a thread of the build still writes".to_owned())
}

/// Takes     `again`: an earlier build may have added them already.
fn add_undated(build: &Build, batch: &Neighbours, again: bool) -> Result<u64, Fault> {
    let fields = &build.fields;
    let venues = batch.venues.values().map(|venue| (venue.row.id.0, document::venue(fields, venue, batch)));
    let performers =
        batch.performers.values().map(|performer| (performer.row.id.0, document::performer(fields, performer, batch)));
    let series = batch.series.values().map(|series| (series.row.id.0, document::series(fields, series, batch)));
    let mut added = 0;
    for (id, document) in venues.chain(performers).chain(series) {
        if again {
            build.remove(id);
        }
        build.add(document)?;
        added += 1;
    }
    Ok(added)
}

fn count(build: &Build, counts: &store::Counts) -> Result<(), Fault> {
    let table = [
        (Kind::Event, counts.events),
        (Kind::Series, counts.series),
        (Kind::Performer, counts.performers),
        (Kind::Venue, counts.venues),
    ];
    for (kind, stored) in table {
        let indexed = build.count(kind)?;
        if indexed != stored {
            return Err(Fault::Counts { kind: kind.as_str(), indexed, stored });
        }
    }
    Ok(())
}
