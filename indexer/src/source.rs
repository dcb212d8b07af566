//! Reading what documents are made of: events in batches, their neighbours once or by id.

use std::collections::BTreeSet;

use catalog::index::Neighbours;
use catalog::model::{EventSource, Kind, Performer, Series, Venue};
use catalog::store;
use domain::{EventId, PerformerId, SeriesId, VenueId};
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

/// Rows of venues, performers or series in one read.
const NEIGHBOUR_BATCH: u32 = 5_000;

/// Reads all venues, performers and series, and how many events each has.
///
/// Cost      a few hundred bytes each, held for the whole build: some 50 MB for 100,000.
pub async fn neighbours(conn: &mut PgConnection) -> sqlx::Result<Neighbours> {
    let mut around = Neighbours::default();
    while let Some(batch) = next(store::venues::read_batch(conn, around.venues.keys().max().copied(), NEIGHBOUR_BATCH).await?) {
        around.venues.extend(batch.into_iter().map(|venue| (venue.row.id, venue)));
    }
    while let Some(batch) =
        next(store::performers::read_batch(conn, around.performers.keys().max().copied(), NEIGHBOUR_BATCH).await?)
    {
        around.performers.extend(batch.into_iter().map(|performer| (performer.row.id, performer)));
    }
    while let Some(batch) = next(store::series::read_batch(conn, around.series.keys().max().copied(), NEIGHBOUR_BATCH).await?) {
        around.series.extend(batch.into_iter().map(|series| (series.row.id, series)));
    }
    for kind in [Kind::Venue, Kind::Performer, Kind::Series] {
        count(conn, kind, None, &mut around).await?;
    }
    Ok(around)
}

fn next<T>(batch: Vec<T>) -> Option<Vec<T>> {
    (!batch.is_empty()).then_some(batch)
}

async fn count(conn: &mut PgConnection, kind: Kind, ids: Option<&[Uuid]>, around: &mut Neighbours) -> sqlx::Result<()> {
    let tallies = store::tallies::tallies(conn, kind, ids, Timestamp::UNIX_EPOCH).await?;
    around.events_of.extend(tallies.into_iter().map(|(id, tally)| (id, tally.events)));
    Ok(())
}

/// Reads the neighbours of these events alone.
pub async fn neighbours_of(conn: &mut PgConnection, events: &[EventSource]) -> sqlx::Result<Neighbours> {
    let venues: BTreeSet<VenueId> = events.iter().filter_map(|event| event.venue_id).collect();
    let performers: BTreeSet<PerformerId> =
        events.iter().flat_map(|event| &event.performers).map(|cast| cast.performer_id).collect();
    let series: BTreeSet<SeriesId> = events.iter().filter_map(|event| event.series_id).collect();
    let mut around = Neighbours::default();
    let found = store::venues::read_by_ids(conn, &Vec::from_iter(venues)).await?;
    around.venues.extend(found.into_iter().map(|venue| (venue.row.id, venue)));
    let found = store::performers::read_by_ids(conn, &Vec::from_iter(performers)).await?;
    around.performers.extend(found.into_iter().map(|performer| (performer.row.id, performer)));
    let found = store::series::read_by_ids(conn, &Vec::from_iter(series)).await?;
    around.series.extend(found.into_iter().map(|series| (series.row.id, series)));
    Ok(around)
}

pub async fn events(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<EventSource>> {
    store::events::read_by_ids(conn, &ids.iter().copied().map(EventId).collect::<Vec<_>>()).await
}

/// Reads venues and how many events each has.
pub async fn venues(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Venue>, Neighbours)> {
    let mut around = Neighbours::default();
    count(conn, Kind::Venue, Some(ids), &mut around).await?;
    Ok((store::venues::read_by_ids(conn, &ids.iter().copied().map(VenueId).collect::<Vec<_>>()).await?, around))
}

/// Reads performers and how many events each has.
pub async fn performers(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Performer>, Neighbours)> {
    let mut around = Neighbours::default();
    count(conn, Kind::Performer, Some(ids), &mut around).await?;
    Ok((store::performers::read_by_ids(conn, &ids.iter().copied().map(PerformerId).collect::<Vec<_>>()).await?, around))
}

/// Reads series and how many events each has.
pub async fn series(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Series>, Neighbours)> {
    let mut around = Neighbours::default();
    count(conn, Kind::Series, Some(ids), &mut around).await?;
    Ok((store::series::read_by_ids(conn, &ids.iter().copied().map(SeriesId).collect::<Vec<_>>()).await?, around))
}
