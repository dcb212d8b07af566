//! Which of several workers publishes into a store: a lease that lies in the store itself.
//!
//! Who publishes writes its name and a rising number there every few seconds. Nobody compares clocks: a worker that finds another's name
//! waits until it has seen the same number for [`LEASE`] by its own stopwatch. Two that take a free seat at the same moment are parted by the
//! next look: the name that stands there is whose it is.

use std::time::Duration;

use catalog::index::Fault;
use domain::Stopwatch;
use object_store::{ObjectStoreExt as _, PutPayload};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::shelf::Shelf;

pub const NAME: &str = "PUBLISHER.json";
/// How long a seat is kept for who does not renew it.
const LEASE: Duration = Duration::from_secs(10);
/// How often it is renewed.
pub const RENEW: Duration = Duration::from_secs(3);

/// What lies in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    publisher: String,
    beat: u64,
}

/// This worker's view of the seat.
pub struct Seat {
    me: String,
    beat: u64,
    lease: Duration,
    /// What stood there at the last look, and since when.
    seen: Option<(Note, Stopwatch)>,
}

impl Default for Seat {
    fn default() -> Self {
        Self::with_lease(LEASE)
    }
}

impl Seat {
    pub fn with_lease(lease: Duration) -> Self {
        Self { me: format!("{:032x}", rand::rng().random::<u128>()), beat: 0, lease, seen: None }
    }

    /// Takes the seat, or renews it; gives whether it is this worker's now.
    ///
    /// Takes     `anyway`: whoever has it loses it.
    pub async fn taken(&mut self, shelf: &Shelf, anyway: bool) -> Result<bool, Fault> {
        let found = read(shelf).await?;
        let mine = found.as_ref().is_some_and(|note| note.publisher == self.me);
        if mine && self.seen.as_ref().is_some_and(|(_, since)| since.elapsed() < RENEW / 2) {
            return Ok(true);
        }
        if let Some(note) = found.filter(|_| !mine && !anyway) {
            match &self.seen {
                Some((seen, since)) if *seen == note => {
                    if since.elapsed() < self.lease {
                        return Ok(false);
                    }
                }
                _ => {
                    self.seen = Some((note, Stopwatch::start()));
                    return Ok(false);
                }
            }
        }
        self.beat += 1;
        let note = Note { publisher: self.me.clone(), beat: self.beat };
        write(shelf, &note).await?;
        self.seen = Some((note, Stopwatch::start()));
        // another may have written in between: what stands there decides
        Ok(read(shelf).await?.is_some_and(|note| note.publisher == self.me))
    }

    /// Gives the seat back, if it is this worker's.
    pub async fn leave(&mut self, shelf: &Shelf) -> Result<(), Fault> {
        if read(shelf).await?.is_some_and(|note| note.publisher == self.me) {
            let gone = shelf.store.delete(&shelf.key(NAME)).await;
            gone.map_err(|fault| shelf.fault(NAME, &fault))?;
        }
        self.seen = None;
        Ok(())
    }
}

/// What lies there; what cannot be read is nobody's.
async fn read(shelf: &Shelf) -> Result<Option<Note>, Fault> {
    match shelf.store.get(&shelf.key(NAME)).await {
        Ok(got) => {
            let body = got.bytes().await.map_err(|fault| shelf.fault(NAME, &fault))?;
            Ok(serde_json::from_slice(&body).ok())
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(fault) => Err(shelf.fault(NAME, &fault)),
    }
}

async fn write(shelf: &Shelf, note: &Note) -> Result<(), Fault> {
    let body = serde_json::to_vec(note).unwrap_or_else(|fault| unreachable!("plain data: {fault}"));
    let put = shelf.store.put(&shelf.key(NAME), PutPayload::from(body)).await;
    put.map(|_| ()).map_err(|fault| shelf.fault(NAME, &fault))
}
