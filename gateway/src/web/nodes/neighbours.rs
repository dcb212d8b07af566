//! Asking other nodes over HTTP: connections that stay open, a bounded number of them, and the secret that nodes share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use booking::{Neighbours, Unreached};
use bytes::Bytes;
use domain::EventId;
use futures::future::{BoxFuture, ready};
use futures::stream::BoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::node_secret::{NODE_SECRET, NodeSecret};

/// Letters under way to one node at once, and requests that are passed on and have just begun: together fewer than the connections that one
/// address may have there, since a connection is that address's until a request on it has shown the secret.
const AT_ONCE: usize = 200;
/// How long a request that is passed on has just begun.
const BEGINS: Duration = Duration::from_millis(250);
/// Nodes that are written to at once.
const NODES: usize = 64;
/// How long a node may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a node may take until its answer begins, beside what it was asked to wait: one that keeps an event and answers nobody is waited
/// for no longer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a connection waits for the next letter.
const IDLE: Duration = Duration::from_secs(60);

/// A stream that says nothing for so long, not even that it lives, is over.
const SILENCE: Duration = Duration::from_secs(60);
/// The longest line that is read of one.
const LONGEST_LINE: usize = 4 << 20;

/// The way to other nodes.
#[derive(Clone)]
pub struct Wires {
    client: reqwest::Client,
    secret: NodeSecret,
    rooms: LetterPermits,
    beginnings: LetterPermits,
}

/// A request that another node answers.
#[derive(Clone)]
pub struct Onward<'a> {
    pub method: &'a Method,
    /// With its query.
    pub path: &'a str,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How long the node is asked to wait before it answers.
    pub wait: Duration,
}

/// Room for letters to each node: one that takes none keeps nobody from writing to others.
#[derive(Clone, Default)]
struct LetterPermits(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl LetterPermits {
    /// Waits for room among the letters to a node; none where too many nodes are written to.
    async fn enter(&self, url: &str) -> Option<OwnedSemaphorePermit> {
        self.of(url)?.acquire_owned().await.ok()
    }

    fn of(&self, url: &str) -> Option<Arc<Semaphore>> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !rooms.contains_key(url) && rooms.len() >= NODES {
            // nobody writes there now: the node may be gone for long
            rooms.retain(|_, room| Arc::strong_count(room) > 1);
        }
        if !rooms.contains_key(url) && rooms.len() >= NODES {
            return None;
        }
        Some(Arc::clone(rooms.entry(url.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)))))
    }
}

impl Wires {
    pub fn new(secret: NodeSecret) -> reqwest::Result<Self> {
        // a client wants to know its cryptography, also where it speaks plain HTTP
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(AT_ONCE)
            .tcp_nodelay(true);
        Ok(Self { client: client.build()?, secret, rooms: LetterPermits::default(), beginnings: LetterPermits::default() })
    }

    /// Passes a request on as it is, and gives the answer while it comes.
    ///
    /// Refuses   a node that says nothing for longer than it was asked to wait and `ANSWER`.
    pub async fn relay(&self, url: &str, onward: Onward<'_>) -> Result<reqwest::Response, Unreached> {
        let Onward { method, path, headers, body, wait } = onward;
        let request = self.client.request(method.clone(), format!("{url}{path}")).headers(headers);
        let begins = self.beginnings.enter(url).await;
        let mut asked = std::pin::pin!(request.header(NODE_SECRET, self.secret.as_str()).body(body).send());
        let mut answer = tokio::time::timeout(BEGINS, &mut asked).await;
        drop(begins);
        if answer.is_err() {
            answer = tokio::time::timeout(ANSWER + wait, asked).await;
        }
        answer.map_err(|_| Unreached::NoAnswer("it says nothing".to_owned()))?.map_err(|error| unreached(&error))
    }

    async fn post(&self, url: &str, event: EventId, letter: Bytes) -> Result<Bytes, Unreached> {
        let room = self.rooms.enter(url).await;
        let _room = room.ok_or_else(|| Unreached::NotSent(format!("more than {NODES} nodes are written to at once")))?;
        let request = self.client.post(format!("{url}/internal/desk/{event}")).header(NODE_SECRET, self.secret.as_str());
        let request = request.header(CONTENT_TYPE, "application/json").body(letter);
        let answer = request.send().await.map_err(|error| unreached(&error))?;
        match answer.status() {
            StatusCode::OK => answer.bytes().await.map_err(|error| Unreached::NoAnswer(error.to_string())),
            status if status.is_client_error() => {
                tracing::warn!(%status, url, "another node refuses our commands: do all nodes have the same secret and version?");
                Err(Unreached::Refused(status.to_string()))
            }
            // whoever is too busy may have begun
            status => Err(Unreached::NoAnswer(status.to_string())),
        }
    }
}

impl Neighbours for Wires {
    fn ask<'a>(&'a self, url: &'a str, event: EventId, letter: Bytes) -> BoxFuture<'a, Result<Bytes, Unreached>> {
        self.post(url, event, letter).boxed()
    }

    fn news<'a>(&'a self, url: &'a str, event: EventId) -> BoxStream<'a, u64> {
        let opened = self.client.get(format!("{url}/v1/events/{event}/seats/stream"));
        let opened = tokio::time::timeout(ANSWER, opened.header(NODE_SECRET, self.secret.as_str()).send());
        let told = opened.map(|answer| answer.ok()?.ok().filter(|answer| answer.status() == StatusCode::OK));
        futures::stream::once(told).filter_map(ready).flat_map(versions).boxed()
    }
}

/// The versions that a stream of Server-Sent Events tells by its ids.
fn versions(answer: reqwest::Response) -> impl Stream<Item = u64> {
    futures::stream::unfold((answer, Vec::new()), |(mut answer, mut begun)| async move {
        loop {
            while let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = begun.drain(..=end).collect();
                let version = std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix("id: "));
                if let Some(version) = version.and_then(|version| version.trim().parse().ok()) {
                    return Some((version, (answer, begun)));
                }
            }
            let more = tokio::time::timeout(SILENCE, answer.chunk()).await.ok()?.ok()??;
            begun.extend_from_slice(&more);
            if begun.len() > LONGEST_LINE {
                return None;
            }
        }
    })
}

/// A connection that did not come about brought no letter.
fn unreached(error: &reqwest::Error) -> Unreached {
    if error.is_connect() { Unreached::NotSent(error.to_string()) } else { Unreached::NoAnswer(error.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// What a node that answers so is taken for.
    async fn came(answer: Option<&'static [u8]>) -> Result<Bytes, Unreached> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let Some(answer) = answer else {
            drop(listener);
            return wires().ask(&url, EventId::at(Timestamp::UNIX_EPOCH), Bytes::new()).await;
        };
        let answering = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.expect("a request");
            assert!(String::from_utf8_lossy(&head[..read]).contains("x-node-secret: 0123456789abcdef"));
            stream.write_all(answer).await.expect("written");
        };
        let wires = wires();
        let asking = wires.ask(&url, EventId::at(Timestamp::UNIX_EPOCH), Bytes::new());
        tokio::join!(asking, answering).0
    }

    #[tokio::test]
    async fn what_another_node_tells_is_known_by_its_version() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answering = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            assert!(stream.read(&mut [0; 4096]).await.expect("a request") > 0);
            for part in ["HTTP/1.1 200 OK\r\n\r\nid: 7\n\n:\n\nid: 8\ndata: {}\n\ni", "d: 19\ndata: id: 1\n\nid: x\n\n"] {
                stream.write_all(part.as_bytes()).await.expect("written");
            }
        };
        let wires = wires();
        let heard = wires.news(&url, EventId::at(Timestamp::UNIX_EPOCH)).collect::<Vec<_>>();
        assert_eq!(tokio::join!(heard, answering).0, [7, 8, 19]);
    }

    fn wires() -> Wires {
        Wires::new(NodeSecret::parse("0123456789abcdef").expect("a secret")).expect("a client")
    }

    /// A node that is frozen: its connections come about in the kernel, and nobody reads them. The control: one that was asked to wait may
    /// take that much longer.
    #[tokio::test]
    async fn a_node_that_says_nothing_is_waited_for_some_seconds_and_its_wait() {
        let frozen = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", frozen.local_addr().expect("an address"));
        let wires = wires();
        let asked = async |wait: u64| {
            let (headers, wait) = (HeaderMap::new(), Duration::from_secs(wait));
            wires.relay(&url, Onward { method: &Method::GET, path: "/v1/queue/x", headers, body: Bytes::new(), wait }).await
        };
        let (short, long) = (asked(0), asked(30));
        tokio::pin!(short, long);
        // the clock leaps only when both connections are there
        let mut unread = Vec::new();
        while unread.len() < 2 {
            tokio::select! {
                caller = frozen.accept() => unread.push(caller.expect("a caller")),
                _ = &mut short => panic!("nobody answered"),
                _ = &mut long => panic!("nobody answered"),
            }
        }
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        assert!(matches!(short.await, Err(Unreached::NoAnswer(_))));
        assert!(began.elapsed() <= ANSWER + Duration::from_secs(1), "{:?}", began.elapsed());
        assert!(futures::poll!(&mut long).is_pending(), "it was asked to wait");
        assert!(matches!(long.await, Err(Unreached::NoAnswer(_))));
        assert!(began.elapsed() >= Duration::from_secs(30), "{:?}", began.elapsed());
    }

    /// The control: to the node that takes nothing no further letter goes.
    #[tokio::test]
    async fn a_node_that_takes_no_letters_keeps_none_from_another() {
        let deaf = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let deaf = (format!("http://{}", deaf.local_addr().expect("an address")), deaf);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (wires, event) = (wires(), EventId::at(Timestamp::UNIX_EPOCH));
        let mut stuck: Vec<_> = (0..AT_ONCE).map(|_| wires.ask(&deaf.0, event, Bytes::new())).collect();
        for letter in &mut stuck {
            assert!(futures::poll!(letter).is_pending());
        }
        assert!(futures::poll!(Box::pin(wires.rooms.enter(&deaf.0))).is_pending(), "no more to this one");
        let answering = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            assert!(stream.read(&mut [0; 4096]).await.expect("a request") > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.expect("written");
        };
        let (told, ()) = tokio::join!(wires.ask(&url, event, Bytes::new()), answering);
        assert_eq!(told.expect("an answer"), Bytes::from_static(b"{}"));
    }

    #[test]
    fn rooms_of_nodes_that_nobody_writes_to_are_forgotten_and_others_stay() {
        let rooms = LetterPermits::default();
        let used = rooms.of("http://used").expect("room");
        assert!((0..2 * NODES).all(|n| rooms.of(&format!("http://node-{n}")).is_some()));
        assert!(Arc::ptr_eq(&used, &rooms.of("http://used").expect("room")));
        assert!(rooms.0.lock().expect("whole").len() <= NODES);
        let all: Vec<_> = (0..2 * NODES).filter_map(|n| rooms.of(&format!("http://busy-{n}"))).collect();
        assert_eq!(all.len(), NODES - 1, "with all in use there is no room for one more");
    }

    /// Whoever is asked again must know whether it may be done already.
    #[tokio::test]
    async fn a_letter_that_was_not_sent_is_told_from_one_that_may_be_decided() {
        let answered = came(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")).await;
        assert_eq!(answered.expect("an answer"), Bytes::from_static(b"{}"));
        assert!(matches!(came(None).await, Err(Unreached::NotSent(_))), "nobody listens");
        assert!(matches!(came(Some(b"")).await, Err(Unreached::NoAnswer(_))), "it hung up");
        assert!(matches!(came(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}")).await, Err(Unreached::NoAnswer(_))));
        let busy = came(Some(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")).await;
        assert!(matches!(busy, Err(Unreached::NoAnswer(_))));
        let refused = came(Some(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")).await;
        assert!(matches!(refused, Err(Unreached::Refused(_))));
    }
}
