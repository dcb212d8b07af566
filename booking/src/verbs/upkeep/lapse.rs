//! What becomes due though nobody asks: held places that lapse while no node has their event, since the one that had it is gone, and
//! badges of tiers whose places have moved.

use std::time::Duration;

use domain::EventId;
use lease::LeaseName;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::seat::GRACE;
use crate::store::{desks, holds};

/// How often is looked, and how long after its time a hold is looked for: an open desk gives it back at once.
const LOOK: Duration = Duration::from_secs(2);
/// Events that one look goes on with.
const EVENTS_AT_ONCE: i64 = 100;

impl Booking {
    /// Looks for holds that are long over until the node stops; of several nodes one looks.
    pub(crate) async fn give_back_overdue(&self) {
        let shutdown = self.registry.shutting_down();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = self.once(&LeaseName::job("overdue"), Box::pin(self.look_for_due())).await {
                tracing::debug!(%error, "what is due is looked for later");
            }
        }
    }

    async fn look_for_due(&self) -> Result<(), BookingError> {
        self.look_for_overdue().await?;
        self.badge_moved(None).await
    }

    /// Lets the desks of events whose places have moved to other tiers write their badges anew, wherever they are.
    ///
    /// Takes     `only`: the event that is asked about; all without one.
    /// Cost      one statement where nothing moved.
    pub async fn badge_moved(&self, only: Option<EventId>) -> Result<(), BookingError> {
        let moved = desks::moved(self.pool(), only, EVENTS_AT_ONCE).await?;
        self.sweep_all(moved).await;
        Ok(())
    }

    /// Gives them back, wherever their desks are.
    pub(crate) async fn look_for_overdue(&self) -> Result<(), BookingError> {
        let overdue = holds::overdue(self.pool(), GRACE + LOOK, EVENTS_AT_ONCE).await?;
        self.sweep_all(overdue).await;
        Ok(())
    }

    async fn sweep_all(&self, events: Vec<EventId>) {
        for event in events {
            match self.sweep(event).await {
                Ok(()) | Err(BookingError::NotFound) => {}
                Err(error) => tracing::debug!(%event, %error, "what is due at an event waits"),
            }
        }
    }

    /// Does something of the whole installation if no other node does.
    pub(crate) async fn once(
        &self,
        job: &LeaseName,
        work: impl Future<Output = Result<(), BookingError>>,
    ) -> Result<(), BookingError> {
        match &self.premises().config.nodes {
            None => work.await,
            Some(nodes) => nodes.leases.alone(job, work).await?.unwrap_or(Ok(())),
        }
    }
}
