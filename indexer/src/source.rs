//! Reading what documents are made of: events in batches, their neighbours once or by id.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use catalog::index::{Neighbours, Sides};
use catalog::model::{EventSource, Kind, Performer, Series, Venue};
use catalog::store;
use domain::{EventId, PerformerId, SeriesId, VenueId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Rows of venues, performers or series in one read.
const NEIGHBOUR_BATCH: u32 = 5_000;

/// Of up to so many venues, performers and series together what events take from them is held for a whole build; of more, each batch
/// of events reads its own.
const MOST_HELD: u64 = 300_000;

/// Where a build finds what its events stand beside.
pub enum Around {
    /// All of them: some 300 bytes each.
    Held(Arc<Sides>),
    /// Each batch reads its own.
    Read,
}

impl Around {
    pub async fn open(conn: &mut PgConnection, counts: &store::Counts) -> sqlx::Result<Self> {
        if counts.venues + counts.performers + counts.series > MOST_HELD {
            return Ok(Self::Read);
        }
        let mut all = Sides::default();
        let mut after = Undated::default();
        while let Some(batch) = after.next(conn).await? {
            all.add(&batch);
        }
        Ok(Self::Held(Arc::new(all)))
    }

    pub fn held(&self) -> bool {
        matches!(self, Self::Held(_))
    }

    /// What stands beside these events.
    pub async fn of(&self, conn: &mut PgConnection, events: &[EventSource]) -> sqlx::Result<Arc<Sides>> {
        match self {
            Self::Held(all) => Ok(Arc::clone(all)),
            Self::Read => Ok(Arc::new(sides_of(conn, events).await?)),
        }
    }
}

/// All venues, then all performers, then all series, batch by batch.
#[derive(Default)]
pub struct Undated {
    kind: usize,
    after: Uuid,
}

impl Undated {
    /// The next batch; `None` after the last.
    pub async fn next(&mut self, conn: &mut PgConnection) -> sqlx::Result<Option<Neighbours>> {
        while self.kind < 3 {
            let mut batch = Neighbours::default();
            let after = (!self.after.is_nil()).then_some(self.after);
            let last = match self.kind {
                0 => {
                    let found = store::venues::read_batch(conn, after.map(VenueId), NEIGHBOUR_BATCH).await?;
                    batch.venues.extend(found.into_iter().map(|venue| (venue.row.id, venue)));
                    batch.venues.keys().max().map(|id| id.0)
                }
                1 => {
                    let found = store::performers::read_batch(conn, after.map(PerformerId), NEIGHBOUR_BATCH).await?;
                    batch.performers.extend(found.into_iter().map(|performer| (performer.row.id, performer)));
                    batch.performers.keys().max().map(|id| id.0)
                }
                _ => {
                    let found = store::series::read_batch(conn, after.map(SeriesId), NEIGHBOUR_BATCH).await?;
                    batch.series.extend(found.into_iter().map(|series| (series.row.id, series)));
                    batch.series.keys().max().map(|id| id.0)
                }
            };
            match last {
                Some(last) => {
                    self.after = last;
                    return Ok(Some(batch));
                }
                None => (self.kind, self.after) = (self.kind + 1, Uuid::nil()),
            }
        }
        Ok(None)
    }
}

/// Counts events for their venues, performers and series as they pass by.
pub fn tally(events: &[EventSource], events_of: &mut HashMap<Uuid, u64>) {
    for event in events {
        let performers: BTreeSet<Uuid> = event.performers.iter().map(|cast| cast.performer_id.0).collect();
        let venue = event.venue_id.map(|id| id.0);
        let series = event.series_id.map(|id| id.0);
        for id in performers.into_iter().chain(venue).chain(series) {
            *events_of.entry(id).or_default() += 1;
        }
    }
}

/// How many events each venue, performer and series has, of which not all passed by.
///
/// Cost      for all of them, three passes over the events and 24 bytes each.
pub async fn tallies(conn: &mut PgConnection) -> sqlx::Result<HashMap<Uuid, u64>> {
    let mut around = Neighbours::default();
    for kind in [Kind::Venue, Kind::Performer, Kind::Series] {
        count_of(conn, kind, None, &mut around).await?;
    }
    Ok(around.events_of)
}

/// The ids of a batch's venues, performers and series.
pub fn ids(batch: &Neighbours) -> impl Iterator<Item = Uuid> {
    let venues = batch.venues.keys().map(|id| id.0);
    venues.chain(batch.performers.keys().map(|id| id.0)).chain(batch.series.keys().map(|id| id.0))
}

/// Counts the events of a batch's venues, performers and series.
pub async fn count(conn: &mut PgConnection, batch: &mut Neighbours) -> sqlx::Result<()> {
    let kinds = [
        (Kind::Venue, batch.venues.keys().map(|id| id.0).collect::<Vec<_>>()),
        (Kind::Performer, batch.performers.keys().map(|id| id.0).collect()),
        (Kind::Series, batch.series.keys().map(|id| id.0).collect()),
    ];
    for (kind, ids) in kinds.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        count_of(conn, kind, Some(&ids), batch).await?;
    }
    Ok(())
}

async fn count_of(conn: &mut PgConnection, kind: Kind, ids: Option<&[Uuid]>, around: &mut Neighbours) -> sqlx::Result<()> {
    around.events_of.extend(store::tallies::counts(conn, kind, ids).await?);
    Ok(())
}

/// Reads what stands beside these events alone.
pub async fn sides_of(conn: &mut PgConnection, events: &[EventSource]) -> sqlx::Result<Sides> {
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
    Ok(Sides::from(&around))
}

pub async fn events(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<EventSource>> {
    store::events::read_by_ids(conn, &ids.iter().copied().map(EventId).collect::<Vec<_>>()).await
}

/// Reads venues and how many events each has.
pub async fn venues(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Venue>, Neighbours)> {
    let mut around = Neighbours::default();
    count_of(conn, Kind::Venue, Some(ids), &mut around).await?;
    Ok((store::venues::read_by_ids(conn, &ids.iter().copied().map(VenueId).collect::<Vec<_>>()).await?, around))
}

/// Reads performers and how many events each has.
pub async fn performers(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Performer>, Neighbours)> {
    let mut around = Neighbours::default();
    count_of(conn, Kind::Performer, Some(ids), &mut around).await?;
    Ok((store::performers::read_by_ids(conn, &ids.iter().copied().map(PerformerId).collect::<Vec<_>>()).await?, around))
}

/// Reads series and how many events each has.
pub async fn series(conn: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<(Vec<Series>, Neighbours)> {
    let mut around = Neighbours::default();
    count_of(conn, Kind::Series, Some(ids), &mut around).await?;
    Ok((store::series::read_by_ids(conn, &ids.iter().copied().map(SeriesId).collect::<Vec<_>>()).await?, around))
}
