//! A whole new generation beside the live one.

use std::path::Path;
use std::sync::Arc;

use catalog::index::build::Build;
use catalog::index::{Fault, Neighbours, document};
use catalog::model::EventSource;
use catalog::search::Kind;
use catalog::store;
use domain::Stopwatch;
use sqlx::{PgConnection, PgPool};
use tokio::task::JoinSet;

use crate::source;

/// Events in one read.
const BATCH: u32 = 10_000;
/// Batches that may wait for a thread, so that reading and writing overlap and memory stays bounded.
const BATCHES_IN_FLIGHT: usize = 3;

/// How to build.
#[derive(Debug, Clone, Copy)]
pub struct ReindexOptions {
    /// What the index writer may hold before it writes a segment.
    pub memory_bytes: usize,
    /// Reads every written file back and checks its sum before the new generation goes live.
    pub verify: bool,
}

impl Default for ReindexOptions {
    fn default() -> Self {
        Self { memory_bytes: 384 << 20, verify: false }
    }
}

/// Where a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Reading,
    Merging,
    Verifying,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
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
    pub seconds: f64,
}

/// Builds a new generation from one snapshot of the database and makes it live.
///
/// Gives     the report once a running server can pick the new generation up.  Killed before that, the live one is untouched and the
///           next build clears the rest away.
/// Refuses   `Locked` while another build runs here; `Counts` when the index does not hold what the database does.
/// Cost      memory: `memory_bytes`, the venues, performers and series, and three batches of 10,000 events.
pub async fn reindex(
    pool: &PgPool,
    dir: &Path,
    options: ReindexOptions,
    mut progress: impl FnMut(Progress),
) -> Result<ReindexReport, Fault> {
    let watch = Stopwatch::start();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let (place, memory) = (dir.to_owned(), options.memory_bytes);
    let build = Arc::new(blocking(move || Build::begin(&place, threads, memory)).await?);
    let mut snapshot = pool.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let position = store::changes::latest_position(&mut snapshot).await?;
    let counts = store::counts(&mut snapshot).await?;
    let total = counts.events + counts.series + counts.performers + counts.venues;
    let mut report = |step, done| progress(Progress { step, done, total });
    report(Step::Reading, 0);
    let around = Arc::new(source::neighbours(&mut snapshot).await?);
    let others = add_neighbours(Arc::clone(&build), Arc::clone(&around)).await?;
    add_events(&mut snapshot, &build, &around, |done| report(Step::Reading, others + done)).await?;
    snapshot.rollback().await?;
    report(Step::Merging, total);
    let mut build = Arc::into_inner(build).ok_or_else(|| Fault::Internal("a thread still writes".to_owned()))?;
    drop(around);
    let build = blocking(move || build.finish(position).map(|()| build)).await?;
    report(Step::Verifying, total);
    let build = blocking(move || check(&build, &counts, options.verify).map(|()| build)).await?;
    let generation = blocking(move || build.publish()).await?;
    let (events, series, performers, venues) = (counts.events, counts.series, counts.performers, counts.venues);
    Ok(ReindexReport { generation, events, series, performers, venues, seconds: watch.seconds() })
}

/// Runs on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|fault| Fault::Internal(format!("an index thread broke off: {fault}")))?
}

async fn add_neighbours(build: Arc<Build>, around: Arc<Neighbours>) -> Result<u64, Fault> {
    blocking(move || {
        let fields = &build.fields;
        around.venues.values().try_for_each(|venue| build.add(document::venue(fields, venue, &around)))?;
        around.performers.values().try_for_each(|performer| build.add(document::performer(fields, performer, &around)))?;
        around.series.values().try_for_each(|series| build.add(document::series(fields, series, &around)))?;
        Ok((around.venues.len() + around.performers.len() + around.series.len()) as u64)
    })
    .await
}

/// Reads batch after batch while the ones before are turned into documents on other threads.
async fn add_events(
    conn: &mut PgConnection,
    build: &Arc<Build>,
    around: &Arc<Neighbours>,
    mut report: impl FnMut(u64),
) -> Result<(), Fault> {
    let mut at_work: JoinSet<Result<u64, Fault>> = JoinSet::new();
    let (mut last, mut done) = (None, 0);
    loop {
        let batch = store::events::read_batch(conn, last, BATCH).await?;
        let Some(event) = batch.last() else { break };
        last = Some(event.id);
        if at_work.len() >= BATCHES_IN_FLIGHT {
            done += joined(at_work.join_next().await)?;
            report(done);
        }
        let (build, around) = (Arc::clone(build), Arc::clone(around));
        at_work.spawn_blocking(move || add_batch(&build, &around, &batch));
    }
    while !at_work.is_empty() {
        done += joined(at_work.join_next().await)?;
        report(done);
    }
    Ok(())
}

fn add_batch(build: &Build, around: &Neighbours, batch: &[EventSource]) -> Result<u64, Fault> {
    batch.iter().try_for_each(|event| build.add(document::event(&build.fields, event, around)))?;
    Ok(batch.len() as u64)
}

fn joined(finished: Option<Result<Result<u64, Fault>, tokio::task::JoinError>>) -> Result<u64, Fault> {
    match finished {
        Some(Ok(added)) => added,
        Some(Err(fault)) => Err(Fault::Internal(format!("an index thread broke off: {fault}"))),
        None => Ok(0),
    }
}

/// Holds the new generation against the database it was read from.
fn check(build: &Build, counts: &store::Counts, sums: bool) -> Result<(), Fault> {
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
    if sums { build.check_sums() } else { Ok(()) }
}
