//! Hearing of other nodes' sales from the node that decides them, by a broker or directly, instead of at the next look.

use std::time::Duration;

use domain::EventId;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use lease::{LeaseName, Leases};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::booking::Booking;
use crate::neighbours::{Broker, Neighbours, Nodes};
use crate::watch::Hearing;

/// How often it is looked whose an event is: of all that are heard by one statement.
const LOOK: Duration = Duration::from_secs(2);
/// The least time from one look that a broker causes to the next: whoever may speak there makes nothing dear.
const PACE: Duration = Duration::from_millis(50);
/// How long a node is heard directly after something was missed.
const DIRECTLY: Duration = Duration::from_secs(10);

/// Why a node is heard no more the way it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RelayEnd {
    /// It tells no more, or has the event no more.
    Gone,
    /// The broker told not all, or is away.
    Missed,
    /// The broker is there again.
    Better,
}

impl Booking {
    /// Looks at an event whenever its node tells of it, as long as what it gives is kept; none where no other node can be asked. Through
    /// the broker, if one is configured and tells all; else by a stream from its node. While its node is away, what others sold is seen by looking, as ever: the rows say what is so, the other node when to read them.
    pub(crate) fn hear(&self, event: EventId) -> Option<DropGuard> {
        let nodes = self.premises().config.nodes.clone().filter(|nodes| nodes.neighbours.is_some())?;
        let (booking, over) = (self.clone(), self.registry.shutting_down().child_token());
        let guard = over.clone().drop_guard();
        let hearing = self.owners.hear(event);
        self.registry.spawn(async move {
            over.run_until_cancelled(booking.hear_neighbours((event, &hearing), &nodes)).await;
        });
        Some(guard)
    }

    async fn hear_neighbours(&self, (event, hearing): (EventId, &Hearing), nodes: &Nodes) {
        let Some(neighbours) = nodes.neighbours.as_deref() else { return };
        let mut directly_until = None;
        loop {
            let mut left = RelayEnd::Gone;
            let here = Here { event, hearing, leases: &nodes.leases };
            if let Some(url) = here.url().await {
                let broker = nodes.broker.as_deref();
                let told = broker.filter(|_| directly_until.is_none_or(|until| Instant::now() >= until));
                left = match told.and_then(|broker| broker.news(event)) {
                    Some(news) => self.hear_broker(here, &url, news).await,
                    None => self.hear_neighbour((here, &url), neighbours, (broker, directly_until)).await,
                };
            }
            match left {
                RelayEnd::Gone => tokio::time::sleep(LOOK).await,
                RelayEnd::Missed => directly_until = Some(Instant::now() + DIRECTLY),
                RelayEnd::Better => {}
            }
        }
    }

    /// By one stream from that node; where there is a broker, until that is there, but not before `until`.
    async fn hear_neighbour(
        &self,
        (here, url): (Here<'_>, &str),
        neighbours: &dyn Neighbours,
        (broker, until): (Option<&dyn Broker>, Option<Instant>),
    ) -> RelayEnd {
        let event = here.event;
        let mut news = neighbours.news(url, event);
        // a broker that says it is there and tells nothing is asked no sooner than this
        let mut looks = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        loop {
            tokio::select! {
                version = news.next() => match version {
                    Some(version) => drop(self.look(event, i64::try_from(version).unwrap_or(i64::MAX)).await),
                    None => return RelayEnd::Gone,
                },
                _ = looks.tick() => {
                    if here.url().await.as_deref() != Some(url) {
                        return RelayEnd::Gone;
                    }
                    if until.is_none_or(|until| Instant::now() >= until) && broker.is_some_and(Broker::is_here) {
                        return RelayEnd::Better;
                    }
                }
            }
        }
    }

    /// By the broker. What the rows said one look ago and it has not told by now, it does not tell.
    async fn hear_broker(&self, here: Here<'_>, url: &str, mut news: BoxStream<'_, u64>) -> RelayEnd {
        let event = here.event;
        let mut looks = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        let (mut told, mut seen) = (None, 0);
        loop {
            tokio::select! {
                version = news.next() => match version {
                    // what it tells is believed as far as the rows have it
                    Some(version) => {
                        let version = i64::try_from(version).unwrap_or(i64::MAX);
                        let known = self.look(event, version).await.unwrap_or(0);
                        told = told.map(|told: i64| told.max(known.min(version)));
                        // what nobody committed is told by nobody who decides
                        tokio::time::sleep(if known < version { LOOK } else { PACE }).await;
                    }
                    None => return RelayEnd::Missed,
                },
                _ = looks.tick() => {
                    if here.url().await.as_deref() != Some(url) {
                        return RelayEnd::Gone;
                    }
                    if told.is_some_and(|told| seen > told) {
                        metrics::counter!("booking_broker_missed_total").increment(1);
                        return RelayEnd::Missed;
                    }
                    // one that cannot be looked at now is as it was
                    seen = self.look(event, 0).await.unwrap_or(seen);
                    // what came before the broker was heard counts as told
                    told = told.or(Some(seen));
                }
            }
        }
    }

    /// Reads what others committed, if anyone committed that; what cannot be read now is seen at the next look. Gives the version there is.
    async fn look(&self, event: EventId, version: i64) -> Option<i64> {
        let shown = self.gallery.at_least(event, version).await;
        shown.ok().map(|shown| shown.version())
    }
}

/// An event that is heard, and who says where it is.
#[derive(Clone, Copy)]
struct Here<'h> {
    event: EventId,
    hearing: &'h Hearing,
    leases: &'h Leases,
}

impl Here<'_> {
    async fn url(self) -> Option<String> {
        let ask = |events: Vec<EventId>| async move {
            let names: Vec<LeaseName> = events.iter().copied().map(LeaseName::event).collect();
            let owners = self.leases.owners(&names).await?;
            let urls = events.into_iter().zip(owners).filter_map(|(event, owner)| Some((event, owner?.url?)));
            Ok::<_, lease::Fault>(urls.collect())
        };
        self.hearing.url(ask).await
    }
}
