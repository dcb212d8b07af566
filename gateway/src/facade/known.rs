//! What the handlers need to know of rows and need not read each time: the organiser is there, and an event is a concert.

use std::time::Duration;

use domain::{Actor, EventId, OrganiserId};
use moka::future::Cache;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::refused::FacadeResult;
use crate::web::app::App;

/// Who owns what the interface makes.
pub const ORGANISER: OrganiserId = OrganiserId(Uuid::from_u128(0x7000_8000_0000_0000_0002));
const NAME: &str = "ticketoverflow";

/// Concerts that are remembered, and for how long: one may be deleted elsewhere.
const REMEMBERED: u64 = 100_000;
const FOR: Duration = Duration::from_secs(60);

pub struct KnownConcerts {
    organiser: OnceCell<()>,
    concerts: Cache<EventId, ()>,
}

impl Default for KnownConcerts {
    fn default() -> Self {
        let concerts = Cache::builder().max_capacity(REMEMBERED).time_to_live(FOR).build();
        Self { organiser: OnceCell::new(), concerts }
    }
}

impl KnownConcerts {
    /// The program in its organiser's name, who is made when there is something to make for him.
    pub async fn organiser(&self, app: &App) -> FacadeResult<Actor> {
        let ensure = || async { app.people.ensure_organiser(ORGANISER, NAME).await };
        self.organiser.get_or_try_init(ensure).await.map_err(crate::web::error::ApiError::from)?;
        Ok(Actor::system(ORGANISER))
    }

    /// Refuses   an event that is no concert.
    pub async fn concert(&self, app: &App, id: EventId) -> FacadeResult<()> {
        if self.concerts.get(&id).await.is_none() {
            app.reads.concert(id).await?;
            self.concerts.insert(id, ()).await;
        }
        Ok(())
    }
}
