//! Reading the catalogue's rows: one verb a question, one error for all of them.
//!
//! Details come from the connections that everybody shares. Lists and sitemaps have a few of their own: who leafs through the whole
//! catalogue waits for others who do, never a sale for him.

use std::sync::Arc;
use std::time::Duration;

use domain::{CityId, EventId, ImageId, OrganiserId, PerformerId, SeatMap, SeatMapId, SeriesId, VenueId};
use jiff::Timestamp;
use moka::future::Cache;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use uuid::Uuid;

use crate::model::{
    City, CityDates, CityFilter, CityTally, Concert, Event, EventFilter, EventSort, Image, Kind, NameFilter, Page, Performer,
    Position, SeatMapHead, Series, Venue,
};
use crate::store;
pub use crate::store::addresses::Address;

/// The most connections for lists and sitemaps.
const LISTS: u32 = 4;
/// How long a list waits for one of them: the first one has to be made, which a busy machine takes its time for.
const LIST_PATIENCE: Duration = Duration::from_secs(5);
/// How long the pieces of a sitemap begin where they did.
const MARKS_KEPT: Duration = Duration::from_secs(600);

/// Why nothing could be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    #[error("there is no such thing")]
    NotFound,
    /// All connections were in use for too long.
    #[error("too many read the catalogue")]
    Busy,
    #[error("reading the catalogue: {0}")]
    Fault(#[source] Arc<sqlx::Error>),
}

impl From<sqlx::Error> for ReadError {
    fn from(fault: sqlx::Error) -> Self {
        match fault {
            sqlx::Error::PoolTimedOut => Self::Busy,
            fault => Self::Fault(Arc::new(fault)),
        }
    }
}

type Read<T> = Result<T, ReadError>;

/// The catalogue's rows, to be read.
#[derive(Debug, Clone)]
pub struct Reads {
    pool: PgPool,
    lists: PgPool,
    /// The beginnings of the pieces of sitemaps: to find them, a whole index is walked.
    marks: Cache<(Kind, u32), Arc<Vec<Uuid>>>,
}

impl Reads {
    /// Takes     `pool`: whose details come from; lists get a few connections of their own, made when they are first needed.
    pub fn beside(pool: &PgPool) -> Self {
        let options = pool.options().clone().min_connections(0).max_connections(LISTS).acquire_timeout(LIST_PATIENCE);
        let lists = options.connect_lazy_with(pool.connect_options().as_ref().clone());
        Self::new(pool.clone(), lists)
    }

    fn new(pool: PgPool, lists: PgPool) -> Self {
        Self { pool, lists, marks: Cache::builder().time_to_live(MARKS_KEPT).build() }
    }

    async fn detail(&self) -> Read<PoolConnection<Postgres>> {
        Ok(self.pool.acquire().await?)
    }

    async fn list(&self) -> Read<PoolConnection<Postgres>> {
        Ok(self.lists.acquire().await?)
    }

    pub async fn event(&self, id: EventId) -> Read<Event> {
        let mut conn = self.detail().await?;
        let event = found(store::events::get(&mut conn, id).await)?;
        Ok(store::image_links::fill_one(&mut conn, event).await?)
    }

    /// Whose an event is.
    pub async fn organiser_of(&self, id: EventId) -> Read<OrganiserId> {
        store::events::organiser(&mut *self.detail().await?, id).await?.ok_or(ReadError::NotFound)
    }

    pub async fn concert(&self, id: EventId) -> Read<Concert> {
        found(store::concerts::get(&mut *self.detail().await?, id).await)
    }

    /// The next concerts in the order of their making.
    pub async fn concerts(&self, after: Option<EventId>, limit: u32) -> Read<Vec<Concert>> {
        Ok(store::concerts::page(&mut *self.detail().await?, after, limit).await?)
    }

    pub async fn series(&self, id: SeriesId) -> Read<Series> {
        let mut conn = self.detail().await?;
        let record = found(store::series::get(&mut conn, id).await)?;
        Ok(store::image_links::fill_one(&mut conn, record).await?)
    }

    pub async fn performer(&self, id: PerformerId) -> Read<Performer> {
        let mut conn = self.detail().await?;
        let record = found(store::performers::get(&mut conn, id).await)?;
        Ok(store::image_links::fill_one(&mut conn, record).await?)
    }

    pub async fn venue(&self, id: VenueId) -> Read<Venue> {
        let mut conn = self.detail().await?;
        let record = found(store::venues::get(&mut conn, id).await)?;
        Ok(store::image_links::fill_one(&mut conn, record).await?)
    }

    pub async fn image(&self, id: ImageId) -> Read<Image> {
        found(store::images::get(&mut *self.detail().await?, id).await)
    }

    pub async fn city(&self, id: CityId) -> Read<City> {
        found(store::cities::get(&mut *self.detail().await?, id).await)
    }

    pub async fn seat_map(&self, id: SeatMapId) -> Read<SeatMap> {
        found(store::seat_maps::get(&mut *self.detail().await?, id).await)
    }

    /// All versions of a venue's seat maps, without their seats.
    pub async fn seat_maps_of(&self, venue: VenueId) -> Read<Vec<SeatMapHead>> {
        let mut conn = self.list().await?;
        found(store::venues::get(&mut conn, venue).await)?;
        Ok(store::seat_maps::of_venue(&mut conn, venue).await?)
    }

    pub async fn events(&self, wanted: &EventFilter, sort: EventSort, limit: u16, after: Option<&Position>) -> Read<Page<Event>> {
        let mut conn = self.list().await?;
        let page = store::events::list(&mut conn, wanted, sort, limit, after).await?;
        pictured(&mut conn, page).await
    }

    /// A series with its dates by city and venue; earlier ones than `from` are left out.
    pub async fn series_dates(&self, id: SeriesId, from: Option<Timestamp>) -> Read<(Series, Vec<CityDates>)> {
        let mut conn = self.list().await?;
        let series = found(store::series::get(&mut conn, id).await)?;
        let series = store::image_links::fill_one(&mut conn, series).await?;
        Ok((series, store::events::series_dates(&mut conn, id, from).await?))
    }

    pub async fn all_series(&self, wanted: &NameFilter, limit: u16, after: Option<&Position>) -> Read<Page<Series>> {
        let mut conn = self.list().await?;
        let page = store::series::list(&mut conn, wanted, limit, after).await?;
        pictured(&mut conn, page).await
    }

    /// The series with a date in a city.
    pub async fn series_in(
        &self,
        city: CityId,
        from: Option<Timestamp>,
        limit: u16,
        after: Option<&Position>,
    ) -> Read<Page<Series>> {
        let mut conn = self.list().await?;
        found(store::cities::get(&mut conn, city).await)?;
        let page = store::series::in_city(&mut conn, city, from, limit, after).await?;
        pictured(&mut conn, page).await
    }

    pub async fn performers(&self, wanted: &NameFilter, limit: u16, after: Option<&Position>) -> Read<Page<Performer>> {
        let mut conn = self.list().await?;
        let page = store::performers::list(&mut conn, wanted, limit, after).await?;
        pictured(&mut conn, page).await
    }

    pub async fn venues(&self, wanted: &NameFilter, limit: u16, after: Option<&Position>) -> Read<Page<Venue>> {
        let mut conn = self.list().await?;
        let page = store::venues::list(&mut conn, wanted, limit, after).await?;
        pictured(&mut conn, page).await
    }

    /// Cities, each with how much is on there from `now` on.
    pub async fn cities(
        &self,
        wanted: &CityFilter,
        limit: u16,
        after: Option<&Position>,
        now: Timestamp,
    ) -> Read<Page<CityTally>> {
        let mut conn = self.list().await?;
        let page = store::cities::list(&mut conn, wanted, limit, after).await?;
        let ids: Vec<Uuid> = page.items.iter().map(|city| city.id.0).collect();
        let tallies = store::tallies::tallies(&mut conn, Kind::City, Some(&ids), now).await?;
        let tallied = |city: City| CityTally { tally: tallies.get(&city.id.0).copied().unwrap_or_default(), city };
        let items = page.items.into_iter().map(tallied).collect();
        Ok(Page { items, next: page.next })
    }

    /// The first id of each piece of a sitemap.
    ///
    /// Cost      a walk of an index, once in ten minutes however many ask.
    pub async fn marks(&self, kind: Kind, every: u32) -> Read<Arc<Vec<Uuid>>> {
        let walk = async { Ok(Arc::new(store::addresses::marks(&mut *self.list().await?, kind, every).await?)) };
        self.marks.try_get_with((kind, every), walk).await.map_err(|fault: Arc<ReadError>| ReadError::clone(&fault))
    }

    /// The piece of a sitemap that begins at an id.
    pub async fn addresses(&self, kind: Kind, from: Uuid, most: u32) -> Read<Vec<Address>> {
        Ok(store::addresses::page(&mut *self.list().await?, kind, from, most).await?)
    }
}

/// Fills in the pictures of a page's records.
async fn pictured<T: store::image_links::Subject>(conn: &mut PgConnection, mut page: Page<T>) -> Read<Page<T>> {
    store::image_links::fill(conn, &mut page.items).await?;
    Ok(page)
}

fn found<T>(read: sqlx::Result<Option<T>>) -> Read<T> {
    read?.ok_or(ReadError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture;

    #[sqlx::test(migrations = "../migrations")]
    async fn who_leafs_through_lists_takes_no_connection_from_a_detail(pool: PgPool) {
        let event = fixture::event(&pool, fixture::new_event("Owls")).await.row.id;
        // as long as a busy machine may need to connect, or to take a connection back
        let few = sqlx::postgres::PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
        let lists = few.connect_with((*pool.connect_options()).clone()).await.expect("connected");
        let reads = Reads::new(pool.clone(), lists.clone());
        let leafing = lists.acquire().await.expect("the only one");
        let wanted = EventFilter::default();
        assert!(matches!(reads.events(&wanted, EventSort::Date, 10, None).await, Err(ReadError::Busy)), "its own are in use");
        assert_eq!(reads.event(event).await.expect("a detail").row.title, "Owls");
        drop(leafing);
        let page = reads.events(&wanted, EventSort::Date, 10, None).await.expect("a page");
        assert_eq!(page.items.len(), 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_not_there_is_not_found(pool: PgPool) {
        let reads = Reads::new(pool.clone(), pool);
        let nobody = Uuid::from_u128(7);
        assert!(matches!(reads.event(nobody.into()).await, Err(ReadError::NotFound)));
        assert!(matches!(reads.series_dates(nobody.into(), None).await, Err(ReadError::NotFound)));
        assert!(matches!(reads.seat_maps_of(nobody.into()).await, Err(ReadError::NotFound)));
        assert!(matches!(reads.series_in(nobody.into(), None, 10, None).await, Err(ReadError::NotFound)));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn pieces_begin_at_every_so_many_rows_and_stay_for_a_while(pool: PgPool) {
        let mut ids = Vec::new();
        for n in 0..7 {
            ids.push(fixture::event(&pool, fixture::new_event(&format!("Owls {n}"))).await.row.id.0);
        }
        ids.sort_unstable();
        let reads = Reads::new(pool.clone(), pool.clone());
        for every in [1_u32, 2, 3, 7, 8] {
            let expected: Vec<Uuid> = ids.iter().copied().step_by(every as usize).collect();
            assert_eq!(*reads.marks(Kind::Event, every).await.expect("marks"), expected, "every {every}");
        }
        assert_eq!(
            *reads.marks(Kind::City, 2).await.expect("marks"),
            store::addresses::marks(&mut pool.acquire().await.expect("a connection"), Kind::City, 2).await.expect("marks")
        );
        assert!(reads.marks(Kind::Series, 2).await.expect("marks").is_empty(), "of nothing");
        fixture::event(&pool, fixture::new_event("Later")).await;
        assert_eq!(reads.marks(Kind::Event, 1).await.expect("marks").len(), 7, "not walked again");
        let anew = Reads::new(pool.clone(), pool);
        assert_eq!(anew.marks(Kind::Event, 1).await.expect("marks").len(), 8);
    }
}
