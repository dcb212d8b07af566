//! An event's queue as its organiser sets it and everybody sees it.

use domain::{Actor, Clock, EventId, Invalid};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::{Fault, QueueError};
use crate::queue::Queue;
use crate::rules::settings::Settings;
use crate::rules::shuffle::{Seed, commitment};
use crate::store::queues::QueueRow;
use crate::store::terms::QueueTerms;
use crate::store::{audit, queues, terms};

/// A queue as anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    pub event: EventId,
    pub settings: Settings,
    /// When the sale begins; none: nobody has said yet.
    pub opens_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    /// SHA-256 of the seed by which those are drawn who come before the start.
    pub seed_hash: [u8; 32],
    /// The seed itself, after the start.
    pub seed: Option<Seed>,
    pub waiting: u32,
    pub inside: u32,
    /// How many places of the event are left; none where nothing was sold yet.
    pub seats_left: Option<u32>,
}

impl Queue {
    /// Makes an event's queue, or gives it other settings. It says nothing of whether holds need a pass: the event's `queue_required` does.
    ///
    /// Refuses   not found, also for another organiser's event; a setting that is out of bounds, or comes after the sale begins.
    pub async fn configure(&self, by: &Actor, event: EventId, settings: Settings) -> Result<QueueView, QueueError> {
        settings.check()?;
        let mut db = pg::begin(&self.premises().others).await?;
        let terms = terms::find(&mut db, event, by.bounds()).await?.ok_or(QueueError::NotFound)?;
        let is_before = |from| terms.opens_at.is_some_and(|opens| from < opens);
        if settings.pre_queue_from.is_some_and(|from| !is_before(from)) {
            return Err(Invalid::new("pre_queue_from", "must be before the sale opens").into());
        }
        queues::put(&mut db, event, &settings, &crate::room::chance()).await?;
        audit::append(&mut db, by, terms.organiser, event, "queue.put", told(&settings)).await?;
        db.commit().await.map_err(Fault::from)?;
        self.look_again(event).await?;
        self.view(event).await
    }

    /// An event's queue now, as its open room knows it.
    ///
    /// Refuses   not found: there is no such event, or it has no queue.
    pub async fn view(&self, event: EventId) -> Result<QueueView, QueueError> {
        if self.rooms.opened(event).is_none() {
            let mut db = self.premises().others.acquire().await?;
            let row = queues::find(&mut db, event).await?.ok_or(QueueError::NotFound)?;
            let terms = terms::find(&mut db, event, None).await?.ok_or(QueueError::NotFound)?;
            // what is over is looked at and not opened again
            let now = match &self.premises().clock {
                Clock::System => row.now,
                Clock::Manual(_) => self.premises().clock.now(),
            };
            if terms.is_over(now) {
                return Ok(over(event, &row, &terms));
            }
        }
        let room = self.rooms.room(event).await?;
        let live = room.live();
        Ok(QueueView {
            event,
            settings: *live.room.settings(),
            opens_at: live.terms.opens_at,
            started_at: live.started_at,
            seed_hash: commitment(&room.seed),
            seed: live.started_at.map(|_| room.seed),
            waiting: live.room.waiting(),
            inside: live.room.inside(),
            seats_left: live.terms.seats_left,
        })
    }
}

/// A queue in which nobody waits any more.
fn over(event: EventId, row: &QueueRow, terms: &QueueTerms) -> QueueView {
    QueueView {
        event,
        settings: row.settings,
        opens_at: terms.opens_at,
        started_at: row.started_at,
        seed_hash: commitment(&row.seed),
        seed: row.started_at.map(|_| row.seed),
        waiting: 0,
        inside: 0,
        seats_left: terms.seats_left,
    }
}

fn told(settings: &Settings) -> Value {
    let Settings {
        mode,
        slots,
        minutes,
        auto_above,
        buffer_seconds,
        rate_per_minute,
        grace_seconds,
        pre_queue_from,
        join,
        order,
    } = settings;
    json!({
        "mode": mode.as_str(), "slots": slots, "minutes": minutes, "auto_above": auto_above, "buffer_seconds": buffer_seconds,
        "rate_per_minute": rate_per_minute, "grace_seconds": grace_seconds,
        "pre_queue_from": pre_queue_from.map(|from| from.to_string()), "join": join.as_str(), "order": order.as_str(),
    })
}
