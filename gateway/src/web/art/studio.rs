//! The studio: where drawings are made, a few at a time, and the seat maps that were read for them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use catalog::reads::Reads;
use domain::{SeatMap, SeatMapId};
use moka::future::Cache;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::web::error::{ApiError, ApiResult, Code};

/// Drawings that may wait for a place at the table.
const LINE: usize = 64;
/// Uploads that may be read at once.
const UPLOADS: usize = 8;
/// Seats of all maps that are kept: some 80 bytes each.
const KEPT_SEATS: u64 = 500_000;
/// How long what nobody waits for gives way: it must not starve.
const GIVES_WAY: Duration = Duration::from_millis(100);

/// Bounds how much is drawn at once. Tickets have a line and a table of their own: nobody who asks for seat maps, in whatever widths,
/// stands before a buyer's ticket.
pub struct Studio {
    maps_line: DrawingLane,
    tickets_line: DrawingLane,
    /// A drawing that somebody waited for is done.
    done: Arc<Notify>,
    uploads_line: DrawingLane,
    photos_line: DrawingLane,
    /// Uploads that are being read: each up to 10 MiB.
    uploads: Arc<Semaphore>,
    /// A map never changes under its id.
    maps: Cache<SeatMapId, Floors>,
}

/// A map as its organiser wrote it, and as it is drawn: with its floors apart.
#[derive(Debug, Clone)]
struct Floors {
    written: Arc<SeatMap>,
    drawn: Arc<SeatMap>,
}

impl Floors {
    fn of(map: SeatMap) -> Self {
        let written = Arc::new(map);
        let drawn = match written.laid_apart() {
            Cow::Borrowed(_) => Arc::clone(&written),
            Cow::Owned(apart) => Arc::new(apart),
        };
        Self { written, drawn }
    }

    /// Seats that are kept.
    fn weight(&self) -> u32 {
        self.written.seat_count() * if Arc::ptr_eq(&self.written, &self.drawn) { 1 } else { 2 }
    }
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    SeatMap,
    Ticket,
    /// A picture that is read for the first time: one at once, since it may take 300 MiB.
    Upload,
    /// A picture that is made smaller.
    Photo,
}

/// Who draws and who waits for it.
struct DrawingLane {
    /// Everybody who is drawing or waiting.
    all: Arc<Semaphore>,
    /// Who is drawing.
    table: Arc<Semaphore>,
}

/// A place at the table.
pub struct DrawingPermit {
    _waiting: OwnedSemaphorePermit,
    _table: OwnedSemaphorePermit,
    done: Arc<Notify>,
    /// Others sat there first: what was read before the wait may be old.
    pub waited: bool,
}

impl DrawingPermit {
    /// Draws on a blocking thread; the place is free when that is done, also when nobody wants the drawing any more.
    pub async fn draw<T: Send + 'static>(self, draw: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let done = Arc::clone(&self.done);
        let drawn = tokio::task::spawn_blocking(move || {
            let drawn = draw();
            drop(self);
            drawn
        });
        let drawn = drawn.await.map_err(ApiError::fault);
        done.notify_waiters();
        drawn
    }
}

impl DrawingLane {
    fn new(places: usize, waiting: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(places + waiting)), table: Arc::new(Semaphore::new(places)) }
    }

    /// Whether nobody could begin to draw now.
    fn is_full(&self) -> bool {
        self.table.available_permits() == 0
    }
}

impl Default for Studio {
    fn default() -> Self {
        let seats = |_: &SeatMapId, map: &Floors| map.weight().max(100);
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            maps_line: DrawingLane::new(processors, LINE),
            tickets_line: DrawingLane::new(processors, LINE),
            done: Arc::default(),
            uploads_line: DrawingLane::new(1, UPLOADS),
            photos_line: DrawingLane::new(processors, LINE),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            maps: Cache::builder().weigher(seats).max_capacity(KEPT_SEATS).build(),
        }
    }
}

impl Studio {
    /// Waits for a place at the table.
    ///
    /// Refuses   busy when too many drawings wait already.
    pub async fn place(&self, what: Drawn) -> ApiResult<DrawingPermit> {
        let line = match what {
            Drawn::SeatMap => &self.maps_line,
            Drawn::Ticket => &self.tickets_line,
            Drawn::Upload => &self.uploads_line,
            Drawn::Photo => &self.photos_line,
        };
        let waiting = Arc::clone(&line.all).try_acquire_owned().map_err(|_| ApiError::new(Code::Busy).retry_after(1))?;
        let (table, waited) = match Arc::clone(&line.table).try_acquire_owned() {
            Ok(table) => (table, false),
            Err(_) => (Arc::clone(&line.table).acquire_owned().await.map_err(ApiError::fault)?, true),
        };
        Ok(DrawingPermit { _waiting: waiting, _table: table, done: Arc::clone(&self.done), waited })
    }

    /// Draws on a blocking thread.
    ///
    /// Refuses   busy when too many drawings wait already.
    pub async fn draw<T: Send + 'static>(&self, what: Drawn, draw: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        self.place(what).await?.draw(draw).await
    }

    /// Draws what nobody waits for at this moment, on a blocking thread: while a table is full, others go first, for a while. Whoever asks
    /// bounds how much of it there is at once.
    pub async fn draw_aside<T: Send + 'static>(&self, draw: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        // after a while it begins all the same
        let _ = tokio::time::timeout(GIVES_WAY, self.give_way()).await;
        tokio::task::spawn_blocking(draw).await.map_err(ApiError::fault)
    }

    async fn give_way(&self) {
        loop {
            let mut done = std::pin::pin!(self.done.notified());
            done.as_mut().enable();
            if !self.maps_line.is_full() && !self.tickets_line.is_full() {
                return;
            }
            done.await;
        }
    }

    /// Room for an upload, from its first byte until it is put away.
    ///
    /// Refuses   busy when too many come in already.
    pub fn seat_for_upload(&self) -> ApiResult<OwnedSemaphorePermit> {
        Arc::clone(&self.uploads).try_acquire_owned().map_err(|_| ApiError::new(Code::Busy).retry_after(1))
    }

    /// A seat map as its organiser wrote it.
    pub async fn seat_map(&self, reads: &Reads, id: SeatMapId) -> ApiResult<Arc<SeatMap>> {
        Ok(self.floors(reads, id).await?.written)
    }

    /// A seat map as it is drawn: floors that lie above each other stand apart.
    pub async fn floor_plan(&self, reads: &Reads, id: SeatMapId) -> ApiResult<Arc<SeatMap>> {
        Ok(self.floors(reads, id).await?.drawn)
    }

    /// Reads a seat map, once for all that ask at the same time.
    async fn floors(&self, reads: &Reads, id: SeatMapId) -> ApiResult<Floors> {
        let read = async { Ok(Floors::of(reads.seat_map(id).await?)) };
        self.maps.try_get_with(id, read).await.map_err(|error: Arc<ApiError>| ApiError::clone(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_line_is_told_to_come_back_and_tickets_have_their_own() {
        let studio = Studio { maps_line: DrawingLane::new(1, 0), ..Studio::default() };
        let held = studio.place(Drawn::SeatMap).await.ok();
        assert_eq!(studio.draw(Drawn::SeatMap, || 1).await.map_err(|error| error.code()), Err(Code::Busy));
        assert_eq!(studio.draw(Drawn::Ticket, || 2).await.ok(), Some(2));
        drop(held);
        assert_eq!(studio.draw(Drawn::SeatMap, || 1).await.ok(), Some(1));
    }

    #[tokio::test]
    async fn so_many_uploads_come_in_at_once_and_no_more() {
        let studio = Studio::default();
        let mut seats: Vec<_> = (0..UPLOADS).map(|_| studio.seat_for_upload().expect("room")).collect();
        assert_eq!(studio.seat_for_upload().map(drop).map_err(|error| error.code()), Err(Code::Busy));
        seats.pop();
        assert!(studio.seat_for_upload().is_ok());
    }

    /// While a table is full, what is drawn aside waits; a place that is free again lets it begin at once, and it is not kept for ever.
    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_gives_way_for_a_while() {
        let studio = Arc::new(Studio { tickets_line: DrawingLane::new(1, 0), ..Studio::default() });
        let begun = tokio::time::Instant::now();
        assert_eq!(studio.draw_aside(|| 1).await.ok(), Some(1));
        assert_eq!(begun.elapsed(), Duration::ZERO, "nobody waits");
        let place = studio.tickets_line.table.clone().acquire_owned().await.expect("free");
        let way = Arc::clone(&studio);
        let aside = tokio::spawn(async move { way.give_way().await });
        tokio::task::yield_now().await;
        assert!(!aside.is_finished());
        drop(place);
        studio.done.notify_waiters();
        aside.await.expect("it went on");
        assert_eq!(begun.elapsed(), Duration::ZERO, "not later than the place was free");
        let _place = studio.tickets_line.table.clone().acquire_owned().await.expect("free");
        assert_eq!(studio.draw_aside(|| 2).await.ok(), Some(2));
        assert!(begun.elapsed() >= GIVES_WAY, "somebody draws all the time");
    }
}
