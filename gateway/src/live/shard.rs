//! A thread that watches parked sockets.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::Duration;

use domain::Stopwatch;
use mio::{Events, Interest, Poll, Token, Waker};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::channel::Channel;
use super::feed::FeedMessage;
use super::parked::{Connection, End, Parked, SocketState};

/// A quiet connection shows that it lives once in so many ticks; at each tick some do.
const ALIVE: usize = 20;
/// How long the ends of those are waited for who were sent away.
const LAST: Duration = Duration::from_secs(2);
/// What is buffered by the system for one connection, so that those who take nothing cost little.
const BUFFERED: usize = 64 << 10;
/// Not acknowledged for so long, a client is gone.
const UNACKNOWLEDGED_MS: u32 = 30_000;
/// The pause before a thread that cannot begin again tries it once more.
const AGAIN: Duration = Duration::from_secs(1);
/// Answers of a feed that one connection is told at once.
const AT_ONCE: usize = 8;

const WAKE: Token = Token(usize::MAX);

/// How time passes for parked sockets.
#[derive(Debug, Clone, Copy)]
pub struct ShardTiming {
    /// How often the clock is looked at; a quiet connection shows that it lives every twentieth time.
    pub tick: Duration,
    /// How long somebody may take nothing.
    pub patience: Duration,
}

impl Default for ShardTiming {
    fn default() -> Self {
        Self { tick: Duration::from_secs(1), patience: Duration::from_secs(10) }
    }
}

/// What a shard is told.
pub enum Order {
    Park(Box<Parked>),
    /// There is something new on a channel.
    News(Arc<Channel>),
    /// A channel has ended.
    Over(Arc<Channel>),
    /// All are sent away.
    End,
}

/// The way to a shard's thread. Cheap to clone.
#[derive(Clone)]
pub struct Shard {
    orders: mpsc::Sender<Order>,
    /// Another one when the thread begins again.
    waker: Arc<RwLock<Waker>>,
}

impl Shard {
    /// Begins a thread.
    pub fn begin(number: usize, pace: ShardTiming, running: TaskTrackerToken) -> io::Result<Shard> {
        let poll = Poll::new()?;
        let waker = Arc::new(RwLock::new(Waker::new(poll.registry(), WAKE)?));
        let (orders, taken) = mpsc::channel();
        let shard = Shard { orders, waker: Arc::clone(&waker) };
        std::thread::Builder::new().name(format!("live-{number}")).spawn(move || {
            let _running = running;
            watch((number, pace), poll, &taken, &waker);
        })?;
        Ok(shard)
    }

    /// Gives whether it was taken. A shard that has ended takes nothing: what it is sent is dropped, and with it the socket.
    pub fn send(&self, order: Order) -> bool {
        let taken = self.orders.send(order).is_ok();
        if taken {
            let _ = self.waker.read().unwrap_or_else(PoisonError::into_inner).wake();
        }
        taken
    }
}

/// Watches until all are gone. Where that fails or panics, its sockets are closed, whose clients come back, and it begins again.
fn watch((number, pace): (usize, ShardTiming), mut poll: Poll, orders: &mpsc::Receiver<Order>, waker: &RwLock<Waker>) {
    loop {
        let mut yard = Yard::new((number, pace), poll, orders);
        let ended = catch_unwind(AssertUnwindSafe(|| yard.run()));
        let was_ending = yard.ending.is_some();
        match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::error!(%error, number, "parked sockets cannot be watched: they are closed"),
            Err(_) => tracing::error!(number, "the thread of parked sockets panicked: they are closed"),
        }
        drop(yard);
        metrics::counter!("live_shards_begun_again_total").increment(1);
        poll = match again(waker).filter(|_| !was_ending) {
            Some(poll) => poll,
            None => return,
        };
    }
}

/// A new poll with its waker; tried each second while there is none.
fn again(waker: &RwLock<Waker>) -> Option<Poll> {
    loop {
        match Poll::new().and_then(|poll| Ok((Waker::new(poll.registry(), WAKE)?, poll))) {
            Ok((new, poll)) => {
                *waker.write().unwrap_or_else(PoisonError::into_inner) = new;
                // what was sent meanwhile woke the one before
                let _ = waker.read().unwrap_or_else(PoisonError::into_inner).wake();
                return Some(poll);
            }
            Err(error) => {
                tracing::error!(%error, "parked sockets cannot be watched yet");
                std::thread::sleep(AGAIN);
            }
        }
    }
}

/// The members of one channel that are in this shard.
struct ChannelAudience {
    channel: Arc<Channel>,
    members: Vec<u32>,
}

/// The sockets of one thread.
struct Yard<'o> {
    number: usize,
    pace: ShardTiming,
    poll: Poll,
    orders: &'o mpsc::Receiver<Order>,
    connections: Vec<Option<Connection>>,
    free: Vec<u32>,
    audiences: Vec<Option<ChannelAudience>>,
    by_channel: HashMap<u64, u32>,
    /// Who has something half written, or is leaving.
    slow: Vec<u32>,
    ticks: usize,
    sent: (u64, u64),
    /// Since when all are sent away.
    ending: Option<Stopwatch>,
}

impl Drop for Yard<'_> {
    fn drop(&mut self) {
        for connection in self.connections.iter().flatten() {
            metrics::gauge!("live_connections", "form" => connection.encoding.as_str()).decrement(1.0);
            metrics::counter!("live_ended_total", "why" => "dropped").increment(1);
        }
    }
}

impl<'o> Yard<'o> {
    fn new((number, pace): (usize, ShardTiming), poll: Poll, orders: &'o mpsc::Receiver<Order>) -> Self {
        Self {
            number,
            pace,
            poll,
            orders,
            connections: Vec::new(),
            free: Vec::new(),
            audiences: Vec::new(),
            by_channel: HashMap::new(),
            slow: Vec::new(),
            ticks: 0,
            sent: (0, 0),
            ending: None,
        }
    }

    /// Watches until all were sent away and are gone, or nobody sends orders any more.
    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1_024);
        let mut tick = Stopwatch::start();
        loop {
            let wait = self.pace.tick.saturating_sub(tick.elapsed());
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                if event.token() != WAKE {
                    self.ready(event.token().0 as u32, event.is_readable() || event.is_read_closed(), event.is_writable());
                }
            }
            if !self.obey() {
                return Ok(());
            }
            if tick.elapsed() >= self.pace.tick {
                tick = Stopwatch::start();
                self.tick();
            }
            self.count();
            if self.ending.is_some_and(|ending| self.is_empty() || ending.elapsed() >= LAST) {
                return Ok(());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.free.len() == self.connections.len()
    }

    /// Takes the orders that are there; false once there will be none.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Park(parked)) => self.park(*parked),
                Ok(Order::News(channel)) => {
                    // before the look, so that what comes during it is told anew
                    channel.told[self.number].store(false, Ordering::Release);
                    self.for_all(&channel, Self::tell);
                }
                Ok(Order::Over(channel)) => self.for_all(&channel, Self::send_away),
                Ok(Order::End) => {
                    self.ending = Some(Stopwatch::start());
                    (0..self.connections.len() as u32).for_each(|at| self.send_away(at));
                }
                Err(mpsc::TryRecvError::Empty) => return true,
                Err(mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn for_all(&mut self, channel: &Channel, mut act: impl FnMut(&mut Self, u32)) {
        let Some(audience) = self.by_channel.get(&channel.id).and_then(|at| self.audiences[*at as usize].as_ref()) else {
            return;
        };
        for at in audience.members.clone() {
            act(self, at);
        }
    }

    fn park(&mut self, parked: Parked) {
        if self.ending.is_some() {
            return;
        }
        let channel = Arc::clone(parked.member.channel());
        let audience = self.audience(&channel);
        let at = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() as u32 - 1
        });
        let Some(members) = self.audiences[audience as usize].as_mut().map(|audience| &mut audience.members) else { return };
        members.push(at);
        let (mut connection, first, read) = Connection::new(parked, audience, members.len() as u32 - 1);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&connection.socket, BUFFERED);
        #[cfg(target_os = "linux")]
        let _ = rustix::net::sockopt::set_tcp_user_timeout(&connection.socket, UNACKNOWLEDGED_MS);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let watched = self.poll.registry().register(&mut connection.socket, Token(at as usize), interest);
        metrics::gauge!("live_connections", "form" => connection.encoding.as_str()).increment(1.0);
        self.connections[at as usize] = Some(connection);
        if watched.is_err() {
            return self.end(at, End::Gone);
        }
        self.act(at, |connection| if first.is_empty() { Ok(0) } else { connection.write(first) });
        self.act(at, |connection| connection.hear(&read).map(|()| 0));
        self.tell(at);
        // its members were sent away before this one came
        if channel.over.load(Ordering::SeqCst) {
            self.send_away(at);
        }
    }

    fn audience(&mut self, channel: &Arc<Channel>) -> u32 {
        if let Some(known) = self.by_channel.get(&channel.id) {
            return *known;
        }
        let new = ChannelAudience { channel: Arc::clone(channel), members: Vec::new() };
        let at = match self.audiences.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                self.audiences.push(None);
                self.audiences.len() - 1
            }
        };
        self.audiences[at] = Some(new);
        self.by_channel.insert(channel.id, at as u32);
        at as u32
    }

    /// A socket has something to read, or takes bytes again.
    fn ready(&mut self, at: u32, readable: bool, writable: bool) {
        if readable {
            self.act(at, |connection| connection.read().map(|()| 0));
        }
        let busy = self.connections.get(at as usize).and_then(Option::as_ref).is_some_and(Connection::is_busy);
        if writable && busy {
            self.act(at, Connection::go_on);
            self.tell(at);
        }
    }

    /// Does something with a connection, and ends it where that went wrong.
    fn act(&mut self, at: u32, act: impl FnOnce(&mut Connection) -> Result<usize, End>) {
        let Some(connection) = self.connections.get_mut(at as usize).and_then(Option::as_mut) else { return };
        let waited = connection.is_busy() || connection.state != SocketState::Open;
        match act(connection) {
            Err(end) => self.end(at, end),
            Ok(bytes) => {
                self.sent.1 += bytes as u64;
                if !waited && (connection.is_busy() || connection.state != SocketState::Open) {
                    self.slow.push(at);
                }
            }
        }
    }

    /// Tells one connection what it has not seen, unless something is half written to it: then it is told when that is done.
    fn tell(&mut self, at: u32) {
        for _ in 0..AT_ONCE {
            let Some(connection) = self.connections.get_mut(at as usize).and_then(Option::as_mut) else { return };
            if connection.is_busy() || connection.state != SocketState::Open {
                return;
            }
            let Some(audience) = &self.audiences[connection.channel as usize] else { return };
            let Some(FeedMessage { bytes, seen, last }) =
                audience.channel.feed.next(connection.seen, connection.who, connection.encoding)
            else {
                return;
            };
            connection.seen = seen;
            self.sent.0 += 1;
            self.act(at, |connection| connection.write(bytes));
            if last {
                return self.send_away(at);
            }
        }
    }

    fn send_away(&mut self, at: u32) {
        self.act(at, |connection| connection.leave(connection.encoding.sends_away()).map(|()| 0));
    }

    /// At each tick some show that they live; who took nothing for long is let go.
    fn tick(&mut self) {
        self.ticks = (self.ticks + 1) % ALIVE;
        for at in (self.ticks..self.connections.len()).step_by(ALIVE) {
            self.act(at as u32, |connection| connection.show_alive().map(|()| 0));
        }
        let mut slow = std::mem::take(&mut self.slow);
        // one may be noted again by each frame that it does not take at once, and another may stand in its place by now
        slow.sort_unstable();
        slow.dedup();
        for at in slow {
            let Some(connection) = self.connections[at as usize].as_ref() else { continue };
            match (connection.waits_since(), connection.state) {
                (None, SocketState::Open) => {}
                (Some(since), _) if since.elapsed() > self.pace.patience => self.end(at, End::Slow),
                (None, SocketState::Left) if self.ticks.is_multiple_of(4) => self.end(at, End::Said),
                _ => self.slow.push(at),
            }
        }
    }

    fn end(&mut self, at: u32, end: End) {
        let Some(mut connection) = self.connections[at as usize].take() else { return };
        let _ = self.poll.registry().deregister(&mut connection.socket);
        self.free.push(at);
        self.leave_audience(connection.channel, connection.place);
        metrics::gauge!("live_connections", "form" => connection.encoding.as_str()).decrement(1.0);
        metrics::counter!("live_ended_total", "why" => end.as_str()).increment(1);
    }

    fn leave_audience(&mut self, audience: u32, place: u32) {
        let Some(found) = self.audiences[audience as usize].as_mut() else { return };
        found.members.swap_remove(place as usize);
        if let Some(moved) = found.members.get(place as usize)
            && let Some(connection) = &mut self.connections[*moved as usize]
        {
            connection.place = place;
        }
        if found.members.is_empty() {
            self.by_channel.remove(&found.channel.id);
            self.audiences[audience as usize] = None;
        }
    }

    fn count(&mut self) {
        let (frames, bytes) = std::mem::take(&mut self.sent);
        if bytes > 0 {
            metrics::counter!("live_frames_total").increment(frames);
            metrics::counter!("live_bytes_total").increment(bytes);
        }
    }
}
