//! One who listens, as a connection does.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use domain::EventId;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::live::encoded::EncodedEntry;
use crate::verbs::journal::Watch;
use crate::watch::News;

/// What a listener hears next.
#[derive(Debug, Clone)]
pub enum Heard {
    Entry(Arc<EncodedEntry>),
    Reset { version: u64 },
}

/// A listener with a look of its own.
pub struct Subscriber {
    pub watch: Watch,
    pub seen: u64,
}

impl Booking {
    pub async fn subscribe(&self, event: EventId, after: Option<u64>) -> Result<Subscriber, BookingError> {
        let watch = self.watch(event).await?;
        Ok(Subscriber { seen: self.join(event, after).await?, watch })
    }
}

impl Subscriber {
    /// Waits for what is told next; none once nothing will be.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.watch.after(self.seen) {
                News::Told(told) => {
                    assert!(told.entry.after <= self.seen && self.seen < told.entry.version, "it follows on what was seen");
                    self.seen = told.entry.version;
                    return Some(Heard::Entry(told));
                }
                News::Gone { version } => {
                    self.seen = version;
                    return Some(Heard::Reset { version });
                }
                News::Nothing if !self.watch.moved(&AtomicUsize::new(0)).await => return None,
                News::Nothing => {}
            }
        }
    }
}
