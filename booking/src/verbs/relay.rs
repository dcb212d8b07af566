//! Hearing of other nodes' sales from the node that decides them, instead of at the next look.

use std::sync::Arc;
use std::time::Duration;

use domain::EventId;
use futures::StreamExt as _;
use tokio_util::sync::DropGuard;

use crate::booking::Booking;
use crate::neighbours::Neighbours;

/// How often it is looked whose an event is.
const LOOK: Duration = Duration::from_secs(2);

impl Booking {
    /// Looks at an event whenever its node tells of it, as long as what it gives is kept; none where no other node can be asked. While
    /// its node is away, what others sold is seen by looking, as ever: the rows say what is so, the other node when to read them.
    pub(crate) fn hear(&self, event: EventId) -> Option<DropGuard> {
        let neighbours = Arc::clone(self.premises().config.nodes.as_ref()?.neighbours.as_ref()?);
        let (booking, over) = (self.clone(), self.registry.shutting_down().child_token());
        let guard = over.clone().drop_guard();
        self.registry.spawn(async move {
            over.run_until_cancelled(booking.hear_neighbours(event, &*neighbours)).await;
        });
        Some(guard)
    }

    async fn hear_neighbours(&self, event: EventId, neighbours: &dyn Neighbours) {
        loop {
            if let Some(url) = self.url_of(event).await {
                self.hear_neighbour(event, &url, neighbours).await;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Until that node tells no more, or has the event no more.
    async fn hear_neighbour(&self, event: EventId, url: &str, neighbours: &dyn Neighbours) {
        let mut news = neighbours.news(url, event);
        let mut looks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                version = news.next() => match version {
                    // one that cannot be looked at now is seen at the next look
                    Some(version) => drop(self.gallery.at_least(event, i64::try_from(version).unwrap_or(i64::MAX)).await),
                    None => return,
                },
                _ = looks.tick() => if self.url_of(event).await.as_deref() != Some(url) {
                    return;
                }
            }
        }
    }

    async fn url_of(&self, event: EventId) -> Option<String> {
        self.owner_of(event).await.ok().flatten().and_then(|owner| owner.url)
    }
}
