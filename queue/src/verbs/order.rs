//! The published order of who came before the start.

use std::collections::HashMap;
use std::sync::Arc;

use domain::EventId;
use tokio::sync::Semaphore;

use crate::error::{Fault, QueueError};
use crate::queue::Queue;
use crate::rules::orders::PublishedOnce;
use crate::rules::refusal::Refusal;
use crate::rules::shuffle::{Drawn, Published, commitment, holder};
use crate::store::{places, queues};

/// Holders read by one statement.
const BITE: usize = 50_000;
static READING: Semaphore = Semaphore::const_new(1);

impl Queue {
    /// The order in which those were drawn who came before the start, with the seed, so that anybody can check it. Nothing changes it any
    /// more: it is read once and kept.
    ///
    /// Refuses   not found; `NotDrawn` before the start.
    /// Cost      a row; the first time, of a million, some seconds: meanwhile others are told to ask again.
    pub async fn published(&self, event: EventId) -> Result<Arc<PublishedOnce>, QueueError> {
        let mut db = self.premises().others.acquire().await?;
        let Some(row) = queues::find(&mut db, event).await? else {
            self.orders().forget(event);
            return Err(QueueError::NotFound);
        };
        if let Some(kept) = self.orders().find(event) {
            return Ok(kept);
        }
        // one at a time: a million holders are much to read
        let _alone = READING.try_acquire().map_err(|_| QueueError::again())?;
        // whoever was before may just have kept it
        if let Some(kept) = self.orders().find(event) {
            return Ok(kept);
        }
        let drawn = queues::drawn(&mut db, event).await?.ok_or(Refusal::NotDrawn)?;
        let mut order = Vec::with_capacity(drawn.len());
        for bite in drawn.chunks(BITE) {
            let of: HashMap<u32, _> = places::holders(&mut db, event, bite).await?.into_iter().collect();
            for number in bite {
                let buyer = of.get(number).ok_or_else(|| Fault::corrupt("drawn", format!("number {number} has no row")))?;
                order.push(Drawn { place: order.len() as u32 + 1, holder: holder(*buyer) });
            }
        }
        let order = Arc::new(Published { seed_hash: commitment(&row.seed), seed: row.seed, order }.into());
        self.orders().keep(event, &order);
        Ok(order)
    }
}
