//! A whole catalogue at once: the way in for generated data.

use sqlx::PgConnection;

use crate::model::{City, EventRow, PerformerRow, SeatMapRow, SeriesRow, VenueRow};
use crate::store;

/// New records, already checked; references may point to each other or to what is stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bulk {
    pub cities: Vec<City>,
    pub venues: Vec<VenueRow>,
    pub seat_maps: Vec<SeatMapRow>,
    pub performers: Vec<PerformerRow>,
    pub series: Vec<SeriesRow>,
    pub events: Vec<EventRow>,
}

/// Copies new records in, in the order in which they refer to each other. Call it again and again for more events.
///
/// Takes     a connection inside the caller's transaction.
/// Refuses   by a database error what the schema refuses: an id or external id that is there, a reference to nothing.
/// Cost      COPY; the change feed is not told: a reindex follows, or `store::changes::append`.
pub async fn insert_bulk(conn: &mut PgConnection, bulk: &Bulk) -> sqlx::Result<()> {
    store::cities::copy_in(conn, &bulk.cities).await?;
    store::venues::copy_in(conn, &bulk.venues).await?;
    store::seat_maps::copy_in(conn, &bulk.seat_maps).await?;
    store::performers::copy_in(conn, &bulk.performers).await?;
    store::series::copy_in(conn, &bulk.series).await?;
    store::events::copy_in(conn, &bulk.events).await?;
    Ok(())
}
