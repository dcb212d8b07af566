//! Held places that lapse though no node has their event: the one that had it is gone, and nobody has asked for it since.

use std::time::Duration;

use lease::LeaseName;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::rules::seat::GRACE;
use crate::store::holds;

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
            if let Err(error) = self.once(&LeaseName::job("overdue"), Box::pin(self.look_for_overdue())).await {
                tracing::debug!(%error, "holds that are over are looked for later");
            }
        }
    }

    /// Gives them back, wherever their desks are.
    pub(crate) async fn look_for_overdue(&self) -> Result<(), BookingError> {
        for event in holds::overdue(self.pool(), GRACE + LOOK, EVENTS_AT_ONCE).await? {
            match self.sweep(event).await {
                Ok(()) | Err(BookingError::NotFound) => {}
                Err(error) => tracing::debug!(%event, %error, "an event's holds that are over wait"),
            }
        }
        Ok(())
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
