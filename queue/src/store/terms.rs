//! All that the queue may know of its event: the view `queue_terms`.

use domain::{EventId, OrganiserId};
use jiff::Timestamp;
use pg::column;
use sqlx::PgConnection;

use crate::error::Fault;

/// An event as its queue sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTerms {
    pub organiser: OrganiserId,
    pub required: bool,
    pub cancelled: bool,
    /// None: nothing says when the sale begins.
    pub opens_at: Option<Timestamp>,
    pub closes_at: Timestamp,
    /// None: nothing was sold yet.
    pub seats_left: Option<u32>,
}

impl QueueTerms {
    /// Whether nothing is sold any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.cancelled || self.closes_at <= now
    }

    /// Whether the sale has begun, be it over or not. One whose beginning nobody has said yet has not.
    pub fn has_opened(&self, now: Timestamp) -> bool {
        self.opens_at.is_some_and(|at| at <= now)
    }
}

/// The event's terms now; none where there is no such event, or it is another organiser's.
///
/// Takes     `within`: whose event it must be; none: anybody's.
#[tracing::instrument(name = "db.queue_terms.find", level = "debug", skip_all)]
pub async fn find(db: &mut PgConnection, event: EventId, within: Option<OrganiserId>) -> Result<Option<QueueTerms>, Fault> {
    let statement = "-- queue_terms.find
        SELECT organiser_id, queue_required, cancelled, sale_opens_at, sale_closes_at, available FROM queue_terms
        WHERE event_id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    let row = sqlx::query(statement).bind(event.0).bind(within.map(|within| within.0)).fetch_optional(db).await?;
    row.map(|row| {
        Ok(QueueTerms {
            organiser: column::id(&row, "organiser_id")?,
            required: column::get(&row, "queue_required")?,
            cancelled: column::get(&row, "cancelled")?,
            opens_at: column::maybe_instant(&row, "sale_opens_at")?,
            closes_at: column::instant(&row, "sale_closes_at")?,
            seats_left: column::maybe_count(&row, "available")?,
        })
    })
    .transpose()
}
