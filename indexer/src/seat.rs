//! Which of several workers publishes into a store: a lease that lies in the store itself.
//!
//! Who publishes writes its name and a rising number there every few seconds. Nobody compares clocks: a worker that finds another's name
//! waits until it has seen the same number for [`LEASE`] by its own stopwatch. Two that take a free seat at the same moment are parted by the
//! next look: the name that stands there is whose it is. One that slept over the loss of its seat is stopped where it would show: what it
//! places goes in the place of what it has read, and of nothing else.

use std::time::Duration;

use catalog::index::Fault;
use domain::Stopwatch;
use object_store::{Error, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload, UpdateVersion};
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

/// Whose a publication is.
#[derive(Debug, Clone)]
pub struct Token(String);

impl Token {
    /// Puts a body in the place of the one that was seen, unless another worker has placed one since.
    ///
    /// Takes     `seen`: the version that was read; none: there was nothing.
    /// Gives     whether it was placed. A store that knows no conditions, as a folder, is asked what lies there and whose the seat is just
    ///           before instead.
    pub async fn place(&self, shelf: &Shelf, name: &str, body: Vec<u8>, seen: Option<UpdateVersion>) -> Result<bool, Fault> {
        let (key, body) = (shelf.key(name), PutPayload::from(body));
        let mode = seen.clone().map_or(PutMode::Create, PutMode::Update);
        match shelf.store.put_opts(&key, body.clone(), mode.into()).await {
            Ok(_) => Ok(true),
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => Ok(false),
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                let there = shelf.store.head(&key).await.ok().and_then(|there| there.e_tag);
                let may =
                    there == seen.and_then(|seen| seen.e_tag) && read(shelf).await?.is_some_and(|note| note.publisher == self.0);
                if may {
                    shelf.store.put(&key, body).await.map_err(|fault| shelf.fault(name, &fault))?;
                }
                Ok(may)
            }
            Err(fault) => Err(shelf.fault(name, &fault)),
        }
    }
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

    pub fn token(&self) -> Token {
        Token(self.me.clone())
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn version(shelf: &Shelf) -> Option<UpdateVersion> {
        let meta = shelf.store.head(&shelf.key("LATEST.json")).await.ok()?;
        Some(UpdateVersion { e_tag: meta.e_tag, version: meta.version })
    }

    #[tokio::test]
    async fn who_slept_over_the_loss_of_its_seat_places_nothing() {
        let folder = tempfile::tempdir().expect("a directory");
        for url in ["memory:///depot", folder.path().to_str().expect("a plain path")] {
            let shelf = Shelf::open(url, []).expect("opened");
            let (mut slow, mut quick) = (Seat::default(), Seat::default());
            let place = async |seat: &Seat, body: &str, seen| {
                seat.token().place(&shelf, "LATEST.json", body.into(), seen).await.expect("reachable")
            };
            assert!(slow.taken(&shelf, false).await.expect("reachable"));
            assert!(place(&slow, "1", None).await, "{url}: the first");
            let seen = version(&shelf).await;
            assert!(place(&slow, "2", seen).await, "{url}: the control: who has the seat and has read what is there");
            let seen: Option<UpdateVersion> = version(&shelf).await;
            assert!(quick.taken(&shelf, true).await.expect("reachable"));
            assert!(place(&quick, "3", version(&shelf).await).await, "{url}");
            assert!(!place(&slow, "4", seen.clone()).await, "{url}: it read what is no longer there");
            assert!(!place(&slow, "5", None).await, "{url}");
            quick.leave(&shelf).await.expect("left");
            assert!(slow.taken(&shelf, false).await.expect("reachable"), "the seat is free again");
            assert!(!place(&slow, "6", seen).await, "{url}: and what it read is as gone as before");
            let there = shelf.store.get(&shelf.key("LATEST.json")).await.expect("there").bytes().await.expect("read");
            assert_eq!(&there[..], b"3", "{url}");
        }
    }
}
