//! Where sockets are parked: the channels by name, and the threads that watch the sockets.

use std::collections::HashMap;
use std::io;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::channel::{Channel, Member};
use super::encoding::Encoding;
use super::feed::Feed;
use super::parked::Parked;
use super::shard::{Order, Shard, ShardTiming};

/// Threads that watch sockets, at most.
const SHARDS: usize = 4;
/// A channel that nobody hears any more ends after once to twice this: until then who comes back finds what he missed.
const LINGER: Duration = Duration::from_secs(30);

/// The name of a channel: what kind of thing, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(pub &'static str, pub u128);

/// The parked sockets of this node. Cheap to clone.
#[derive(Clone)]
pub struct Lot(Arc<LotState>);

/// A channel, and the task that looks after it.
struct Open {
    channel: Arc<Channel>,
    pump: JoinHandle<()>,
}

struct LotState {
    channels: Mutex<HashMap<Name, Open>>,
    pace: ShardTiming,
    /// Begun when the first socket is parked; none while they could not be.
    shards: OnceLock<Box<[Shard]>>,
    beginning: Mutex<()>,
    /// The shard that gets the next socket.
    next: AtomicUsize,
    shutdown: CancellationToken,
    running: TaskTracker,
}

impl Lot {
    /// An empty lot.
    ///
    /// Takes     `shutdown`: when it comes, all are sent away, and told when to come back.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self::paced(shutdown, ShardTiming::default())
    }

    /// A lot where time passes otherwise.
    pub fn paced(shutdown: CancellationToken, pace: ShardTiming) -> Self {
        let (channels, next) = (Mutex::default(), AtomicUsize::new(0));
        let (shards, beginning, running) = (OnceLock::new(), Mutex::default(), TaskTracker::new());
        Self(Arc::new(LotState { channels, pace, shards, beginning, next, shutdown, running }))
    }

    /// Finds a channel, or opens it, and counts the caller among those who hear it.
    pub async fn enter<E>(&self, name: Name, open: impl AsyncFnOnce() -> Result<Arc<dyn Feed>, E>) -> Result<Member, E> {
        if let Some(open) = self.channels().get(&name) {
            return Ok(open.channel.member());
        }
        let feed = open().await?;
        let mut channels = self.channels();
        // somebody may have opened it meanwhile
        let open = channels.entry(name).or_insert_with(|| {
            let channel = Channel::new(feed, shards());
            let pumped = Pumped { lot: Arc::downgrade(&self.0), name, channel: Arc::clone(&channel) };
            Open { channel, pump: tokio::spawn(pump(pumped)) }
        });
        Ok(open.channel.member())
    }

    /// Ends the channels of a kind that nobody hears just now, instead of waiting for who may come back: others want their room.
    pub async fn vacate(&self, kind: &'static str) {
        // who enters does so under the same lock
        let vacant = |name: &Name, open: &mut Open| name.0 == kind && open.channel.is_empty();
        let vacated: Vec<Open> = self.channels().extract_if(vacant).map(|(_, open)| open).collect();
        for Open { channel, pump } in vacated {
            drop(channel);
            pump.abort();
            // its feed is let go of when the task is over
            let _ = pump.await;
        }
    }

    /// Looks after a socket that cannot be parked, in a task that [`Lot::wait`] waits for.
    pub fn look_after(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.running.spawn(task);
    }

    /// Waits until all sockets are gone, after the shutdown.
    pub async fn wait(&self) {
        self.0.running.close();
        self.0.running.wait().await;
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<Name, Open>> {
        self.0.channels()
    }

    fn park(&self, parked: Parked) {
        let shards = self.0.begun();
        let shard = self.0.next.fetch_add(1, Ordering::Relaxed) % shards.len().max(1);
        let taken = shards.get(shard).is_some_and(|shard| shard.send(Order::Park(Box::new(parked))));
        if !taken {
            // the socket is closed, and its client comes back
            metrics::counter!("live_ended_total", "why" => "not_taken").increment(1);
        }
    }
}

fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(SHARDS)
}

impl LotState {
    fn channels(&self) -> MutexGuard<'_, HashMap<Name, Open>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The threads, begun if need be; none where they cannot be, which the next one tries again.
    fn begun(&self) -> &[Shard] {
        if let Some(begun) = self.shards.get() {
            return begun;
        }
        let _alone = self.beginning.lock().unwrap_or_else(PoisonError::into_inner);
        if self.shards.get().is_none() {
            match self.begin() {
                Ok(begun) => drop(self.shards.set(begun)),
                Err(error) => tracing::error!(%error, "no thread watches parked sockets: they are closed"),
            }
        }
        self.shards.get().map_or(&[], |begun| begun)
    }

    /// Begins the threads, and waits for the shutdown in their stead.
    fn begin(&self) -> io::Result<Box<[Shard]>> {
        let begun = (0..shards()).map(|number| Shard::begin(number, self.pace, self.running.token()));
        let begun: Box<[Shard]> = begun.collect::<io::Result<_>>()?;
        let (shutdown, shards) = (self.shutdown.clone(), begun.to_vec());
        tokio::spawn(async move {
            shutdown.cancelled().await;
            shards.iter().for_each(|shard| _ = shard.send(Order::End));
        });
        Ok(begun)
    }

    fn tell(&self, channel: &Arc<Channel>) {
        for (shard, told) in self.shards.get().into_iter().flatten().zip(&channel.told) {
            if !told.swap(true, Ordering::AcqRel) {
                // one that has ended has nobody to tell
                shard.send(Order::News(Arc::clone(channel)));
            }
        }
    }
}

/// A channel that is looked after. However that ends, nobody stays on it who would hear nothing any more.
struct Pumped {
    lot: Weak<LotState>,
    name: Name,
    channel: Arc<Channel>,
}

impl Drop for Pumped {
    fn drop(&mut self) {
        self.channel.over.store(true, Ordering::SeqCst);
        let Some(lot) = self.lot.upgrade() else { return };
        {
            let mut channels = lot.channels();
            if channels.get(&self.name).is_some_and(|known| Arc::ptr_eq(&known.channel, &self.channel)) {
                channels.remove(&self.name);
            }
        }
        // nobody can have come since
        if self.channel.is_empty() {
            return;
        }
        for shard in lot.shards.get().into_iter().flatten() {
            shard.send(Order::Over(Arc::clone(&self.channel)));
        }
    }
}

/// Tells a channel's members whenever its feed moved, until nobody hears it any more or the feed ends.
async fn pump(pumped: Pumped) {
    let Pumped { lot, name, channel } = &pumped;
    let mut looks = tokio::time::interval(LINGER);
    looks.tick().await;
    let mut was_empty = false;
    loop {
        let moved = tokio::select! {
            moved = channel.feed.moved(&channel.viewers) => Some(moved),
            _ = looks.tick() => None,
        };
        let Some(lot) = lot.upgrade() else { return };
        match moved {
            Some(true) => lot.tell(channel),
            Some(false) => return,
            None => {
                let mut channels = lot.channels();
                // who enters does so under the same lock
                if channel.is_empty() && was_empty {
                    channels.remove(name);
                    return;
                }
                was_empty = channel.is_empty();
            }
        }
    }
}

/// What a handler wants to be done with the socket of its request once its answer is written: among the answer's extensions.
#[derive(Clone)]
pub struct Handover(Arc<Mutex<Option<Taker>>>);

/// Takes a socket.
///
/// Takes     the socket: not blocking; what the client has sent beyond its request; what is kept as long as it is open.
pub type Taker = Box<dyn FnOnce(TcpStream, Bytes, Box<dyn Send>) + Send>;

/// How a socket is parked.
pub struct Parking {
    pub lot: Lot,
    pub member: Member,
    pub encoding: Encoding,
    /// What the client has seen, in the feed's own numbers.
    pub seen: u64,
    /// A number by which the feed knows it; 0 where all hear the same.
    pub who: u64,
    /// What is written before all else, wrapped in its form.
    pub first: Bytes,
    /// What is kept for as long as the socket is open, such as a place among streams.
    pub room: Box<dyn Send>,
}

impl Handover {
    pub fn of(parking: Parking) -> Self {
        Self::to(|socket, read, guest| parking.park(socket, read, guest))
    }

    pub fn to(taker: impl FnOnce(TcpStream, Bytes, Box<dyn Send>) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(taker)))))
    }

    /// Takes the order; none where another did.
    pub fn take(&self) -> Option<Taker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Parking {
    /// Parks the socket.
    ///
    /// Takes     `socket`: not blocking.  `read`: what the client has sent beyond its request.  `guest`: kept as long as it is open.
    pub fn park(self, socket: TcpStream, read: Bytes, guest: Box<dyn Send>) {
        let Parking { lot, member, encoding, seen, who, first, room } = self;
        lot.park(Parked { socket, member, encoding, seen, who, first, read, kept: (room, guest) });
    }
}
