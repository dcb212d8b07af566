//! Puts a demo catalogue into the database.

use domain::{Clock, OrganiserId};
use sqlx::PgPool;

use super::plan::{DemoOptions, plan};
use crate::store;
use crate::write::insert_bulk;

/// How far a fill has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoProgress {
    /// Upcoming events written.
    pub events: u64,
    pub of: u64,
}

/// What a fill has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DemoReport {
    /// False: the demo was there already and nothing was written.
    pub filled: bool,
    pub cities: u64,
    pub venues: u64,
    pub performers: u64,
    pub series: u64,
    /// Upcoming and past.
    pub events: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// What keeps a demo from being mixed into somebody's own catalogue.
    #[error("the catalogue holds {0} events that are not the demo's; the demo wants an empty one")]
    NotEmpty(u64),
    #[error("the demo catalogue could not be written")]
    Fault(#[from] sqlx::Error),
}

/// The first house of every demo; it tells that one is there.
const FIRST_HOUSE: &str = "demo-venue-1";

/// Fills an empty catalogue with a demo in one transaction.
///
/// Takes     `clock`: the demo is dated from its day on.  `progress`: called after every batch.
/// Gives     what was written; nothing is written where a demo is already.
/// Refuses   a catalogue that holds other events.
/// Cost      COPY in batches of 5,000 events; the change feed is not told, so a reindex follows.
pub async fn fill(
    pool: &PgPool,
    clock: &Clock,
    options: &DemoOptions,
    mut progress: impl FnMut(DemoProgress) + Send,
) -> Result<DemoReport, DemoError> {
    let mut tx = pg::begin(pool).await?;
    if !store::venues::by_external_ids(&mut tx, OrganiserId::HOUSE, &[FIRST_HOUSE.to_owned()]).await?.is_empty() {
        return Ok(DemoReport::default());
    }
    let events = store::events::count(&mut tx).await?;
    if events > 0 {
        return Err(DemoError::NotEmpty(events));
    }
    let mut report = DemoReport { filled: true, ..DemoReport::default() };
    let mut plan = plan(options, clock.now());
    while let Some(bulk) = plan.next() {
        insert_bulk(&mut tx, &bulk).await?;
        report.cities += bulk.cities.len() as u64;
        report.venues += bulk.venues.len() as u64;
        report.performers += bulk.performers.len() as u64;
        report.series += bulk.series.len() as u64;
        report.events += bulk.events.len() as u64;
        progress(DemoProgress { events: u64::from(plan.upcoming()), of: u64::from(options.events) });
    }
    store::analyze(&mut tx).await?;
    tx.commit().await?;
    Ok(report)
}
