//! Sheets of concerts, shared by all who ask. Whoever asks finds out how many places are sold, together with all who ask at the same
//! time; drawn is only what changed, and for a small part of the time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::HeaderValue;
use bytes::Bytes;
use domain::EventId;
use moka::future::Cache;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::refused::{FacadeResult, Refused};
use crate::web::app::App;
use crate::web::policy::etag;

/// The interface allows three minutes; whoever reads a sheet needs some of them.
const OLDEST: Duration = Duration::from_secs(150);
/// Concerts whose sheets are kept: 350 KB each at most, up to some millions of places.
const KEPT: u64 = 200;
/// A sheet is not drawn again before this many times what its drawing took.
const REST: u32 = 20;

/// A concert's sheet at one count of sold places.
#[derive(Debug)]
pub struct ConcertPlan {
    sold: u32,
    pub svg: Bytes,
    pub tag: HeaderValue,
    drawn: Instant,
    took: Duration,
}

/// One concert's place in the cache.
#[derive(Default)]
struct CachedPlan {
    /// The sheet, and when it was last known to be right.
    now: RwLock<Option<(Arc<ConcertPlan>, Instant)>>,
    /// Whoever looks is alone.
    looking: Mutex<()>,
}

pub struct Plans(Cache<EventId, Arc<CachedPlan>>);

impl Default for Plans {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).build())
    }
}

impl Plans {
    /// The concert's sheet of now, give or take its drawing; while the database is away, the last one for as long as the interface allows.
    pub async fn get(&self, app: &App, id: EventId) -> FacadeResult<Arc<ConcertPlan>> {
        let asked = Instant::now();
        let slot = self.0.get_with(id, async { Arc::default() }).await;
        let _alone = slot.looking.lock().await;
        let before = slot.read();
        // somebody looked since I asked
        if let Some((plan, _)) = before.as_ref().filter(|(_, looked)| *looked >= asked) {
            return Ok(Arc::clone(plan));
        }
        let looking = Instant::now();
        match look(app, id, before.as_ref().map(|(plan, _)| plan)).await {
            Ok(plan) => {
                slot.write(&plan, looking);
                Ok(plan)
            }
            Err(Refused::Unknown) => {
                self.0.invalidate(&id).await;
                Err(Refused::Unknown)
            }
            Err(refused) => before.filter(|(_, looked)| looked.elapsed() < OLDEST).map(|(plan, _)| plan).ok_or(refused),
        }
    }
}

impl CachedPlan {
    fn read(&self) -> Option<(Arc<ConcertPlan>, Instant)> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self, plan: &Arc<ConcertPlan>, looked: Instant) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(plan), looked));
    }
}

/// The sheet as rows say it should be: of a concert that was deleted there is none, however often it was drawn.
async fn look(app: &App, id: EventId, before: Option<&Arc<ConcertPlan>>) -> FacadeResult<Arc<ConcertPlan>> {
    let capacity = app.reads.concert(id).await?.capacity;
    let sold = app.booking.sold_places(id).await?;
    if let Some(plan) = before.filter(|plan| plan.sold == sold || plan.drawn.elapsed() < plan.took * REST) {
        return Ok(Arc::clone(plan));
    }
    let drawn = Instant::now();
    let svg = Bytes::from(renderer::places_svg(capacity, sold, &format!("{id}|{capacity}|{sold}")));
    Ok(Arc::new(ConcertPlan { sold, tag: etag(&svg), svg, drawn, took: drawn.elapsed() }))
}
