//! The catalogue's rows in Postgres: one file an aggregate, and a table's name in its own file only; neighbours are read through
//! the views of `migrations/0003_catalogue_views.sql`.
//!
//! Functions take a connection, so that a caller's transaction spans what belongs together.

mod happening;

pub mod addresses;
pub mod audit;
pub mod changes;
pub mod cities;
pub mod creations;
#[cfg(test)]
pub(crate) mod fixture;
pub mod image_links;
pub mod images;
pub mod performers;
mod references;
pub mod seat_maps;
pub mod series;
mod speech;
pub mod venues;

use speech::{column, copy, external, filter, statements, update};

pub use happening::{concerts, event_performers, events, tallies};
use happening::{event_lists, event_sources};
pub use references::HeldReferences;
pub use speech::aside::Aside;
pub use speech::external::{Ambiguous, Found, Known};
pub use speech::locked::Locked;

use std::collections::HashSet;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::Kind;

/// How many records of each kind the catalogue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub events: u64,
    pub series: u64,
    pub performers: u64,
    pub venues: u64,
    pub cities: u64,
}

impl Counts {
    pub fn of(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Event => self.events,
            Kind::Series => self.series,
            Kind::Performer => self.performers,
            Kind::Venue => self.venues,
            Kind::City => self.cities,
            Kind::Image => 0,
        }
    }
}

/// Counts the rows of every kind, exactly.
///
/// Takes     a connection; inside a REPEATABLE READ transaction the counts belong together.
/// Cost      five index-only scans.
pub async fn counts(conn: &mut PgConnection) -> sqlx::Result<Counts> {
    Ok(Counts {
        events: events::count(conn).await?,
        series: series::count(conn).await?,
        performers: performers::count(conn).await?,
        venues: venues::count(conn).await?,
        cities: cities::count(conn).await?,
    })
}

/// Which of these ids are those of an event, a venue, a performer or a series.
pub async fn known(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<HashSet<Uuid>> {
    let mut known = HashSet::new();
    known.extend(events::known(conn, ids).await?);
    known.extend(venues::known(conn, ids).await?);
    known.extend(performers::known(conn, ids).await?);
    known.extend(series::known(conn, ids).await?);
    Ok(known)
}

/// Renews the planner's statistics after many rows came at once; autovacuum would take a minute to notice.
///
/// Cost      of events only what is asked by: texts and lists of 30,000 events cost more than all the rest together.
pub async fn analyze(conn: &mut PgConnection) -> sqlx::Result<()> {
    let statement = "-- store.analyze
        ANALYZE cities, venues, performers, series, event_performers, events (id, external_id, source, organiser_id, series_id, venue_id,
            seat_map_id, starts_at, ends_at, start_precision, category, genre, status, popularity, price_from, sale_opens_at)";
    sqlx::raw_sql(statement).execute(conn).await?;
    Ok(())
}
