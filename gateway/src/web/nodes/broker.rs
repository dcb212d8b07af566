//! A NATS server between nodes: what one of them tells of an event, all hear that watch it.
//!
//! Only what is needed of the protocol is spoken here (INFO, CONNECT, PING, PONG, PUB, SUB, UNSUB, MSG): a client that holds messages back
//! while the server is away, and subscribes again in silence, would hide just what must be known, that something may have been missed.
//! Nothing is queued: of an event the newest version waits, to be told here and to be heard there.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use booking::Broker;
use domain::EventId;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// Where an event's versions are told.
const SUBJECT: &str = "boxoffice.seats.";
/// Events that wait to be told at once; of one more nothing is told until there is room.
const TOLD: usize = 4_096;
/// Events that are heard at once: as many as are shown.
const HEARD: usize = 50_000;
/// The longest line, and the longest message.
const LONGEST: u64 = 64 << 10;
/// How long a connection, its greeting and what is written may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the server is asked whether it lives; after three times without a word it is away.
const BEAT: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(3);
/// The least time from one writing to the next: versions of an event in between become one.
const PACE: Duration = Duration::from_millis(20);
/// The pauses before it is tried again.
const SOON: Duration = Duration::from_millis(500);
const LATE: Duration = Duration::from_secs(5);

/// The way to the broker, looked after as long as it is kept.
pub struct Nats {
    desk: Arc<Switchboard>,
    _running: AbortOnDropHandle<()>,
}

/// What is to be told and who hears.
#[derive(Default)]
struct Switchboard {
    lines: Mutex<BrokerLines>,
    /// There is something to write.
    due: Notify,
}

#[derive(Default)]
struct BrokerLines {
    /// Connected and greeted.
    here: bool,
    /// The newest version of each event that waits to be told.
    told: HashMap<EventId, u64>,
    heard: HashMap<EventId, BrokerSubscription>,
    /// Events that somebody begins to hear, or has stopped to.
    begun: Vec<EventId>,
    ended: Vec<EventId>,
    /// The number of the next subscription.
    next: u64,
    pong: bool,
}

struct BrokerSubscription {
    number: u64,
    newest: watch::Sender<u64>,
}

impl Nats {
    /// Begins to look after the way to the broker at `HOST:PORT`; waits for nothing.
    pub fn begin(address: String) -> Self {
        let desk = Arc::new(Switchboard::default());
        let running = AbortOnDropHandle::new(tokio::spawn(look_after(Arc::clone(&desk), address)));
        Self { desk, _running: running }
    }
}

impl Broker for Nats {
    fn tell(&self, event: EventId, version: u64) {
        let mut lines = self.desk.lines();
        if !lines.here || (lines.told.len() >= TOLD && !lines.told.contains_key(&event)) {
            metrics::counter!("broker_untold_total").increment(1);
            return;
        }
        lines.told.insert(event, version);
        drop(lines);
        self.desk.due.notify_one();
    }

    fn is_here(&self) -> bool {
        self.desk.lines().here
    }

    fn news(&self, event: EventId) -> Option<BoxStream<'static, u64>> {
        let hearing = self.desk.hear(event)?;
        let told = futures::stream::unfold(hearing, |mut hearing| async move {
            hearing.newest.changed().await.ok()?;
            let version = *hearing.newest.borrow_and_update();
            Some((version, hearing))
        });
        Some(told.boxed())
    }
}

/// One who hears of an event, until it is dropped.
struct Hearing {
    event: EventId,
    newest: watch::Receiver<u64>,
    desk: Arc<Switchboard>,
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.desk.lines().ended.push(self.event);
        self.desk.due.notify_one();
    }
}

impl Switchboard {
    fn lines(&self) -> MutexGuard<'_, BrokerLines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None while the broker is away, or where too many events are heard.
    fn hear(self: &Arc<Self>, event: EventId) -> Option<Hearing> {
        let mut lines = self.lines();
        if !lines.here || (lines.heard.len() >= HEARD && !lines.heard.contains_key(&event)) {
            return None;
        }
        let newest = match lines.heard.get(&event) {
            Some(heard) => heard.newest.subscribe(),
            None => {
                lines.next += 1;
                let (number, (newest, heard)) = (lines.next, watch::channel(0));
                lines.heard.insert(event, BrokerSubscription { number, newest });
                lines.begun.push(event);
                heard
            }
        };
        drop(lines);
        self.due.notify_one();
        Some(Hearing { event, newest, desk: Arc::clone(self) })
    }

    /// It is there from now on.
    fn greeted(&self) {
        self.lines().here = true;
        metrics::gauge!("broker_here").set(1.0);
    }

    /// Whoever hears is told that it is over: something may be missed from now on.
    fn cut_off(&self) {
        let next = self.lines().next;
        *self.lines() = BrokerLines { next, ..BrokerLines::default() };
        metrics::gauge!("broker_here").set(0.0);
    }

    /// What is to be written now.
    fn words(&self, ping: bool) -> String {
        let mut lines = self.lines();
        let lines = &mut *lines;
        let mut words = String::new();
        if std::mem::take(&mut lines.pong) {
            words += "PONG\r\n";
        }
        for event in lines.begun.drain(..) {
            if let Some(heard) = lines.heard.get(&event) {
                words += &format!("SUB {SUBJECT}{event} {}\r\n", heard.number);
            }
        }
        for event in lines.ended.drain(..) {
            if lines.heard.get(&event).is_some_and(|heard| heard.newest.receiver_count() == 0)
                && let Some(heard) = lines.heard.remove(&event)
            {
                words += &format!("UNSUB {}\r\n", heard.number);
            }
        }
        metrics::counter!("broker_told_total").increment(lines.told.len() as u64);
        for (event, version) in lines.told.drain() {
            let version = version.to_string();
            words += &format!("PUB {SUBJECT}{event} {}\r\n{version}\r\n", version.len());
        }
        if ping {
            words += "PING\r\n";
        }
        words
    }

    /// Takes a message; one that is none of ours is passed over.
    fn heard(&self, subject: &str, message: &[u8]) {
        let event = subject.strip_prefix(SUBJECT).and_then(|event| event.parse().ok());
        let version = std::str::from_utf8(message).ok().and_then(|version| version.parse().ok());
        let (Some(event), Some(version)) = (event, version) else { return };
        if let Some(heard) = self.lines().heard.get(&event) {
            metrics::counter!("broker_heard_total").increment(1);
            heard.newest.send_replace(version);
        }
    }

    async fn write(&self, mut out: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut beat = tokio::time::interval(BEAT);
        loop {
            let ping = tokio::select! {
                () = self.due.notified() => false,
                _ = beat.tick() => true,
            };
            let words = self.words(ping);
            timeout(PATIENCE, out.write_all(words.as_bytes())).await??;
            tokio::time::sleep(PACE).await;
        }
    }

    async fn read(&self, mut from: impl AsyncBufRead + Unpin) -> io::Result<()> {
        loop {
            let line = timeout(SILENCE, line(&mut from)).await??;
            let mut parts = line.split_ascii_whitespace();
            match parts.next() {
                Some("MSG") => {
                    let subject = parts.next().unwrap_or_default();
                    let length =
                        parts.next_back().and_then(|length| length.parse::<u64>().ok()).filter(|length| *length <= LONGEST);
                    let length = length.ok_or_else(|| broken("a message without a length, or longer than any of ours"))?;
                    let mut message = vec![0; length as usize + 2];
                    timeout(SILENCE, from.read_exact(&mut message)).await??;
                    self.heard(subject, &message[..length as usize]);
                }
                Some("PING") => {
                    self.lines().pong = true;
                    self.due.notify_one();
                }
                Some("-ERR") => return Err(broken(&line)),
                Some("PONG" | "+OK" | "INFO") => {}
                _ => return Err(broken("it speaks another language than NATS")),
            }
        }
    }
}

/// Connects again and again; how it goes is said when it changes.
async fn look_after(desk: Arc<Switchboard>, address: String) {
    let (mut pause, mut said) = (SOON, false);
    loop {
        let ended = match timeout(PATIENCE, greet(&address)).await.unwrap_or_else(|late| Err(late.into())) {
            Ok((from, out)) => {
                tracing::info!(address, "the broker is there");
                (pause, said) = (SOON, false);
                desk.greeted();
                tokio::select! { ended = desk.read(from) => ended, ended = desk.write(out) => ended }
            }
            Err(error) => Err(error),
        };
        desk.cut_off();
        if let (Err(error), false) = (ended, said) {
            tracing::warn!(address, %error, "the broker is away: other nodes are heard directly");
            said = true;
        }
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(LATE);
    }
}

/// Connects and waits until the server has taken our greeting.
async fn greet(address: &str) -> io::Result<(impl AsyncBufRead + Unpin, impl AsyncWrite + Unpin)> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (from, mut out) = stream.into_split();
    let mut from = BufReader::new(from);
    let info = line(&mut from).await?;
    if !info.starts_with("INFO ") {
        return Err(broken("it is no NATS server"));
    }
    let version = env!("CARGO_PKG_VERSION");
    let greeting = format!(
        "CONNECT {{\"verbose\":false,\"pedantic\":false,\"echo\":false,\"name\":\"boxoffice\",\"lang\":\"rust\",\"version\":\"{version}\",\"protocol\":1}}\r\nPING\r\n"
    );
    out.write_all(greeting.as_bytes()).await?;
    loop {
        let told = line(&mut from).await?;
        match told.split_ascii_whitespace().next() {
            Some("PONG") => return Ok((from, out)),
            Some("PING") => out.write_all(b"PONG\r\n").await?,
            Some("-ERR") => return Err(broken(&told)),
            _ => {}
        }
    }
}

/// The next line, without its end.
async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(LONGEST).read_until(b'\n', &mut line).await?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None if (line.len() as u64) < LONGEST => Err(io::ErrorKind::UnexpectedEof.into()),
        None => Err(broken("a line that is longer than any of NATS")),
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use tokio::net::TcpListener;

    fn event() -> EventId {
        EventId::at(Timestamp::UNIX_EPOCH)
    }

    fn here() -> Arc<Switchboard> {
        let desk = Arc::new(Switchboard::default());
        desk.greeted();
        desk
    }

    fn nats(desk: &Arc<Switchboard>) -> Nats {
        Nats { desk: Arc::clone(desk), _running: AbortOnDropHandle::new(tokio::spawn(async {})) }
    }

    #[tokio::test]
    async fn of_many_versions_the_newest_waits_and_of_many_events_a_bounded_number() {
        let desk = here();
        let (nats, event) = (nats(&desk), event());
        (1..=100).for_each(|version| nats.tell(event, version));
        assert_eq!(desk.words(false), format!("PUB boxoffice.seats.{event} 3\r\n100\r\n"));
        assert_eq!(desk.words(true), "PING\r\n", "once");
        (0..TOLD + 10).for_each(|_| nats.tell(self::event(), 1));
        assert_eq!(desk.lines().told.len(), TOLD);
        desk.cut_off();
        nats.tell(event, 7);
        assert_eq!(desk.words(false), "", "while it is away nothing is kept");
    }

    #[tokio::test]
    async fn all_of_a_node_hear_an_event_by_one_subscription_until_the_last_goes_or_it_is_cut_off() {
        let desk = here();
        let (nats, event) = (nats(&desk), event());
        let (one, two) = (nats.news(event).expect("here"), nats.news(event).expect("here"));
        assert_eq!(desk.words(false), format!("SUB boxoffice.seats.{event} 1\r\n"));
        drop(one);
        assert_eq!(desk.words(false), "");
        drop(two);
        assert_eq!(desk.words(false), "UNSUB 1\r\n");
        let mut three = nats.news(event).expect("here");
        assert_eq!(desk.words(false), format!("SUB boxoffice.seats.{event} 2\r\n"));
        desk.heard(&format!("boxoffice.seats.{event}"), b"8");
        desk.heard(&format!("boxoffice.seats.{event}"), b"9");
        desk.heard(&format!("boxoffice.seats.{event}"), b"no number");
        desk.heard("boxoffice.seats.nobody", b"10");
        assert_eq!(three.next().await, Some(9), "the newest");
        desk.cut_off();
        assert_eq!(three.next().await, None, "something may be missed");
        assert!(nats.news(event).is_none() && !nats.is_here());
    }

    /// What a server that says this is taken for.
    async fn ended(says: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let saying = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let _ = stream.write_all(&says).await;
            stream
        };
        let (greeted, _stream) = tokio::join!(greet(&address), saying);
        match greeted {
            Ok((from, _out)) => here().read(from).await.expect_err("it ends").to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_server_that_speaks_otherwise_or_too_much_is_left() {
        let greeted = |more: &str| format!("INFO {{}}\r\nPONG\r\n{more}").into_bytes();
        for (says, told) in [
            (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), "no NATS server"),
            (vec![b'x'; LONGEST as usize + 1], "longer than any"),
            (b"INFO {}\r\n-ERR 'Authorization Violation'\r\n".to_vec(), "Authorization Violation"),
            (greeted("MSG a 1 99999999\r\n"), "longer than any of ours"),
            (greeted("MSG a 1 -1\r\n"), "longer than any of ours"),
            (greeted("GARBAGE\r\n"), "another language"),
            (greeted("-ERR 'Slow Consumer'\r\n"), "Slow Consumer"),
        ] {
            let said = ended(says).await;
            assert!(said.contains(told), "{told}: {said}");
        }
    }
}
