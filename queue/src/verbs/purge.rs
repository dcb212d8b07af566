//! Removing queues whose sale is long over.

use crate::error::QueueError;
use crate::queue::Queue;
use crate::store::{places, queues};

impl Queue {
    /// Removes, in bites, the places of queues whose sale was over a month ago, and all of queues whose event is gone.
    ///
    /// Gives     how many places.
    pub async fn purge(&self) -> Result<u64, QueueError> {
        let premises = self.premises();
        let now = premises.clock.now();
        let before = now.checked_sub(premises.config.kept).unwrap_or(now);
        let mut sum = 0;
        for event in queues::over(&premises.others, before).await? {
            self.close(event);
            loop {
                let removed = places::purge(&premises.others, event, premises.config.purge_bite).await?;
                sum += removed;
                if removed < u64::from(premises.config.purge_bite) {
                    break;
                }
            }
            queues::remove(&premises.others, event).await?;
        }
        Ok(sum)
    }
}
