use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Encoding, Feed, FeedMessage, Lot, Name, Parking, ShardTiming, TextFraming};

/// Tells its number and so many bytes more.
#[derive(Default)]
struct Numbers {
    now: AtomicU64,
    length: AtomicUsize,
    asked: AtomicUsize,
    moved: Notify,
    ended: CancellationToken,
}

impl Numbers {
    fn tell(&self, now: u64) {
        self.now.store(now, Ordering::SeqCst);
        self.moved.notify_one();
    }
}

impl Feed for Numbers {
    fn next(&self, seen: u64, who: u64, _: Encoding) -> Option<FeedMessage> {
        let now = self.now.load(Ordering::SeqCst);
        self.asked.fetch_add(1, Ordering::SeqCst);
        let bytes = || {
            let rest = vec![b'.'; self.length.load(Ordering::SeqCst)];
            Bytes::from([format!("[{seen}>{now}:{who}]").as_bytes(), &rest, b"!"].concat())
        };
        assert_ne!(now, 66, "a feed that panics");
        (seen < now).then(|| FeedMessage { bytes: bytes(), seen: now, last: now == 99 })
    }

    fn moved<'f>(&'f self, _: &'f AtomicUsize) -> Pin<Box<dyn Future<Output = bool> + Send + 'f>> {
        Box::pin(async {
            tokio::select! {
                () = self.moved.notified() => true,
                () = self.ended.cancelled() => false,
            }
        })
    }
}

const TEXT: Encoding = Encoding::Text(TextFraming { chunked: false, packed: false });

struct Yard {
    lot: Lot,
    numbers: Arc<Numbers>,
    listener: TcpListener,
    shutdown: CancellationToken,
}

impl Yard {
    async fn open(pace: ShardTiming) -> Self {
        let shutdown = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self { lot: Lot::paced(shutdown.clone(), pace), numbers: Arc::default(), listener, shutdown }
    }

    async fn park(&self, encoding: Encoding, who: u64) -> Client {
        let address = self.listener.local_addr().expect("an address");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), self.listener.accept());
        let socket = accepted.expect("accepted").0.into_std().expect("a socket");
        let feed = Arc::clone(&self.numbers);
        let member = self.lot.enter(Name("numbers", 0), async || Ok::<Arc<dyn Feed>, ()>(feed)).await.expect("a channel");
        let first = Bytes::from_static(b"hello");
        let parking = Parking { lot: self.lot.clone(), member, encoding, seen: 0, who, first, room: Box::new(()) };
        parking.park(socket, Bytes::new(), Box::new(()));
        let mut client = Client(client.expect("connected"), Vec::new());
        client.hears("hello").await;
        client
    }
}

struct Client(TcpStream, Vec<u8>);

impl Client {
    /// Reads until that was heard; what came before it is given, and forgotten.
    async fn hears(&mut self, text: &str) -> String {
        let mut looked = 0;
        loop {
            let found = self.1[looked..].windows(text.len()).position(|bytes| bytes == text.as_bytes());
            if let Some(at) = found.map(|at| looked + at) {
                let before: Vec<u8> = self.1.drain(..at + text.len()).collect();
                return String::from_utf8_lossy(&before[..at]).into_owned();
            }
            looked = self.1.len().saturating_sub(text.len());
            assert!(self.more().await, "{text} does not come: {} bytes", self.1.len());
        }
    }

    async fn more(&mut self) -> bool {
        let mut bytes = vec![0; 64 << 10];
        let read = tokio::time::timeout(Duration::from_secs(60), self.0.read(&mut bytes)).await.expect("in time");
        let length = read.unwrap_or(0);
        self.1.extend(&bytes[..length]);
        length > 0
    }

    /// Reads to the end.
    async fn ends(&mut self) {
        while self.more().await {}
    }
}

const QUICK: ShardTiming = ShardTiming { tick: Duration::from_millis(5), patience: Duration::from_millis(200) };

#[tokio::test]
async fn all_hear_what_is_told_and_each_may_hear_his_own() {
    let yard = Yard::open(ShardTiming::default()).await;
    let mut clients = [yard.park(TEXT, 1).await, yard.park(Encoding::Binary, 2).await, yard.park(Encoding::Json, 3).await];
    for now in 1..=20 {
        yard.numbers.tell(now);
        for (who, client) in clients.iter_mut().enumerate() {
            client.hears(&format!("[{}>{now}:{}]", now - 1, who + 1)).await;
        }
    }
    let mut late = yard.park(TEXT, 7).await;
    late.hears("[0>20:7]").await;
    yard.numbers.tell(99);
    for client in &mut clients {
        client.hears("[20>99").await;
        client.ends().await;
    }
}

/// It has one unfinished frame and nothing behind it; when it reads again it hears what is new since, as one.
#[tokio::test]
async fn who_is_slow_has_one_unfinished_frame_and_hears_the_rest_as_one() {
    let yard = Yard::open(ShardTiming { patience: Duration::from_secs(600), ..ShardTiming::default() }).await;
    yard.numbers.length.store(2 << 20, Ordering::SeqCst);
    let (mut slow, mut quick) = (yard.park(TEXT, 1).await, yard.park(TEXT, 2).await);
    for now in 1..=5 {
        yard.numbers.tell(now);
        quick.hears(&format!("[{}>{now}:2]", now - 1)).await;
        quick.hears("!").await;
    }
    let between = slow.hears("[0>1:1]").await;
    assert_eq!(between, "");
    let rest = slow.hears("[1>5:1]").await;
    assert_eq!(rest.len(), (2 << 20) + 1, "the whole frame, and none of those between");
}

#[tokio::test]
async fn who_takes_nothing_is_dropped_and_others_go_on() {
    let yard = Yard::open(QUICK).await;
    yard.numbers.length.store(2 << 20, Ordering::SeqCst);
    let deaf = yard.park(TEXT, 1).await;
    let mut quick = yard.park(TEXT, 2).await;
    yard.numbers.tell(1);
    quick.hears("!").await;
    let member = async || yard.lot.enter(Name("numbers", 0), async || Err(())).await.expect("it is open");
    while member().await.viewers() > 2 {
        tokio::task::yield_now().await;
    }
    yard.numbers.length.store(0, Ordering::SeqCst);
    yard.numbers.tell(2);
    quick.hears("[1>2:2]").await;
    drop(deaf);
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_dropped_and_one_that_does_is_not() {
    let yard = Yard::open(QUICK).await;
    let (mut silent, mut speaks) = (yard.park(Encoding::Binary, 1).await, yard.park(Encoding::Binary, 2).await);
    let answers = async {
        for _ in 0..5 {
            speaks.hears("\u{0}").await;
            speaks.0.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.expect("sent");
        }
        speaks
    };
    let (mut speaks, ()) = tokio::join!(answers, silent.ends());
    assert_eq!(silent.1, [0x89, 0, 0x89, 0], "two pings");
    yard.numbers.tell(1);
    speaks.hears("[0>1:2]").await;
}

#[tokio::test]
async fn all_are_sent_away_when_it_ends() {
    let yard = Yard::open(ShardTiming::default()).await;
    let (mut text, mut socket) = (yard.park(TEXT, 1).await, yard.park(Encoding::Json, 2).await);
    let over = yard.park(TEXT, 3).await;
    drop(over);
    yard.shutdown.cancel();
    text.ends().await;
    socket.ends().await;
    let said = String::from_utf8_lossy(&text.1).into_owned();
    let after: u64 = said.trim().strip_prefix("retry: ").and_then(|ms| ms.parse().ok()).expect("when to come back");
    assert!(after <= 30_000, "{said}");
    assert_eq!(socket.1, [0x88, 2, 0x03, 0xf4]);
    drop((text, socket));
    tokio::time::timeout(Duration::from_secs(30), yard.lot.wait()).await.expect("its threads end");
}

/// Its sockets are closed, since nobody knows what was half done; those that come then hear again.
#[tokio::test]
async fn a_thread_that_panics_closes_its_sockets_and_begins_again() {
    let yard = Yard::open(ShardTiming::default()).await;
    for round in 1..=3 {
        let mut clients = [yard.park(TEXT, 1).await, yard.park(Encoding::Binary, 2).await];
        yard.numbers.tell(66);
        for client in &mut clients {
            client.ends().await;
        }
        yard.numbers.now.store(0, Ordering::SeqCst);
        let mut again = [yard.park(TEXT, 1).await, yard.park(Encoding::Json, 2).await];
        yard.numbers.tell(round);
        again[0].hears(&format!("[0>{round}:1]")).await;
        again[1].hears(&format!("[0>{round}:2]")).await;
        yard.numbers.now.store(0, Ordering::SeqCst);
    }
    yard.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(30), yard.lot.wait()).await.expect("its threads end");
}

/// He was counted among the members before the end, and parked after it.
#[tokio::test]
async fn who_comes_to_a_channel_that_has_just_ended_is_sent_away() {
    let yard = Yard::open(ShardTiming::default()).await;
    let mut early = yard.park(TEXT, 1).await;
    let address = yard.listener.local_addr().expect("an address");
    let (client, accepted) = tokio::join!(TcpStream::connect(address), yard.listener.accept());
    let member = yard.lot.enter(Name("numbers", 0), async || Err(())).await.expect("it is open");
    yard.numbers.ended.cancel();
    early.ends().await;
    let socket = accepted.expect("accepted").0.into_std().expect("a socket");
    let (lot, first) = (yard.lot.clone(), Bytes::from_static(b"hello"));
    let parking = Parking { lot, member, encoding: TEXT, seen: 0, who: 2, first, room: Box::new(()) };
    parking.park(socket, Bytes::new(), Box::new(()));
    let mut late = Client(client.expect("connected"), Vec::new());
    late.hears("retry: ").await;
    late.ends().await;
}

#[tokio::test]
async fn a_feed_that_ends_sends_its_members_away() {
    let yard = Yard::open(ShardTiming::default()).await;
    let mut text = yard.park(TEXT, 1).await;
    yard.numbers.ended.cancel();
    text.hears("retry: ").await;
    text.ends().await;
}

/// The control: a channel with a member, and one of another kind, stay.
#[tokio::test]
async fn channels_that_nobody_hears_go_at_once_when_their_room_is_wanted() {
    let yard = Yard::open(ShardTiming::default()).await;
    let feeds: [Arc<Numbers>; 3] = Default::default();
    let names = [Name("seats", 1), Name("seats", 2), Name("queue", 1)];
    let mut members = Vec::new();
    for (name, feed) in names.into_iter().zip(&feeds) {
        let feed = Arc::clone(feed);
        members.push(yard.lot.enter(name, async || Ok::<Arc<dyn Feed>, ()>(feed)).await.expect("a channel"));
    }
    let kept = || feeds.each_ref().map(|feed| Arc::strong_count(feed) > 1);
    members.drain(1..);
    yard.lot.vacate("seats").await;
    assert_eq!(kept(), [true, false, true]);
    members.clear();
    assert_eq!(kept(), [true, false, true], "without need they stay for who comes back");
    yard.lot.vacate("seats").await;
    assert_eq!(kept(), [false, false, true]);
}
