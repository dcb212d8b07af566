use super::*;

use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;

const LONG: Duration = Duration::from_secs(3_600);
const SHORT: Duration = Duration::from_millis(50);

fn limits(connections: u32) -> ConnectionLimits {
    let times = ConnectionTimes { head: LONG, idle: LONG, write: LONG, lent_head: LONG };
    ConnectionLimits {
        connections,
        per_address: None,
        proxies: Vec::new(),
        secret: None,
        times,
        clock: Clock::System,
        admin: false,
    }
}

/// A server that says by which door one came, gives more than a socket holds, and reads bodies or does not.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
}

impl Server {
    fn start(limits: ConnectionLimits) -> Self {
        let door = |Extension(door): Extension<Door>| async move { format!("{door:?}") };
        let much = || async { vec![b'x'; 64 << 20] };
        let read = |body: String| async move { body };
        let unread = || async { "not read" };
        let router = Router::new().route("/", get(door)).route("/much", get(much));
        let router = router.route("/read", post(read)).route("/unread", post(unread));
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
        tokio::spawn(serve(listener, router, limits, stop.clone()));
        Self { address, stop }
    }

    async fn from(&self, source: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((source, 0))).expect("an address of this machine");
        socket.connect(self.address).await.expect("a connection")
    }

    async fn open(&self) -> TcpStream {
        self.from([127, 0, 0, 1]).await
    }

    /// Asks by a new connection and reads to its end.
    async fn ask(&self, request: &str) -> String {
        talk(self.open().await, request).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

const LAST: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const NEXT: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// Says something and hears all that is said until the other side ends; a connection that is torn down ends, too.
async fn talk(mut stream: TcpStream, text: &str) -> String {
    let _ = stream.write_all(text.as_bytes()).await;
    ended(&mut stream).await
}

async fn ended(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

/// Reads one short answer on a connection that goes on.
async fn heard(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 4_096];
    let bytes = stream.read(&mut buffer).await.expect("an answer");
    String::from_utf8_lossy(&buffer[..bytes]).into_owned()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_from_here_is_not_paced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let _client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    let (stream, _) = listener.accept().await.expect("accepted");
    unpaced(&stream);
    assert_eq!(rustix::net::sockopt::tcp_congestion(&stream).expect("readable"), "reno");
}

#[tokio::test]
async fn a_request_under_way_ends_after_the_stop_and_an_idle_connection_at_once() {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let address = listener.local_addr().expect("an address");
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, wait) = (Arc::clone(&begun), Arc::clone(&go));
    let slow = move || async move {
        told.notify_one();
        wait.notified().await;
        "done"
    };
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, Router::new().route("/", get(slow)), limits(10), stop.clone()));
    let mut idle = TcpStream::connect(address).await.expect("a connection");
    let mut busy = TcpStream::connect(address).await.expect("a connection");
    busy.write_all(NEXT.as_bytes()).await.expect("sent");
    begun.notified().await;
    stop.cancel();
    let open = server.await.expect("served");
    assert_eq!(ended(&mut idle).await, "");
    go.notify_one();
    let answer = ended(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    open.wait().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection_and_with_time_enough_it_is_answered() {
    for sent in ["", "GET / HTTP/1.1\r\nho"] {
        let hasty = Server::start(ConnectionLimits { times: ConnectionTimes { head: SHORT, ..limits(9).times }, ..limits(9) });
        assert_eq!(hasty.ask(sent).await, "", "{sent:?}");
    }
    let patient = Server::start(limits(9));
    let mut slow = patient.open().await;
    slow.write_all(b"GET / HTTP/1.1\r\nho").await.expect("sent");
    // the other connection is accepted later, so the half head was seen
    assert!(patient.ask(LAST).await.ends_with("Main"));
    assert!(talk(slow, "st: x\r\nconnection: close\r\n\r\n").await.ends_with("Main"));
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_ended_and_with_time_enough_it_goes_on() {
    let hasty = Server::start(ConnectionLimits { times: ConnectionTimes { idle: SHORT, ..limits(9).times }, ..limits(9) });
    assert!(hasty.ask(NEXT).await.ends_with("Main"), "the end comes without being asked for");
    let patient = Server::start(limits(9));
    let mut kept = patient.open().await;
    for _ in 0..3 {
        kept.write_all(NEXT.as_bytes()).await.expect("sent");
        assert!(heard(&mut kept).await.ends_with("Main"));
    }
}

/// One ordinary place: whether somebody else gets it tells whether the one who never reads was put out.
#[tokio::test]
async fn who_never_reads_is_put_out_and_without_the_limit_he_stays() {
    let hasty = Server::start(ConnectionLimits { times: ConnectionTimes { write: SHORT, ..limits(1).times }, ..limits(1) });
    let mut deaf = hasty.open().await;
    deaf.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    deaf.readable().await.expect("the answer has begun");
    while !hasty.ask(LAST).await.ends_with("Main") {}
    let patient = Server::start(limits(1));
    let mut deaf = patient.open().await;
    deaf.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    deaf.readable().await.expect("the answer has begun");
    assert!(patient.ask(LAST).await.ends_with("Reserve"), "the place is still his");
}

#[tokio::test]
async fn beyond_the_ordinary_room_there_is_a_reserve_and_who_leaves_makes_room() {
    let server = Server::start(limits(2));
    let mut inside = [server.open().await, server.open().await];
    for stream in &mut inside {
        stream.write_all(NEXT.as_bytes()).await.expect("sent");
        assert!(heard(stream).await.ends_with("Main"));
    }
    let lent = server.ask(NEXT).await;
    assert!(lent.contains("connection: close") && lent.ends_with("Reserve"), "{lent}");
    drop(inside);
    while !server.ask(LAST).await.ends_with("Main") {}
}

/// Somebody on each ordinary place, so that the reserve is next.
async fn full(server: &Server) -> TcpStream {
    let mut stream = server.open().await;
    stream.write_all(NEXT.as_bytes()).await.expect("sent");
    assert!(heard(&mut stream).await.ends_with("Main"));
    stream
}

#[tokio::test]
async fn one_address_sits_on_two_places_of_the_reserve_and_no_more() {
    let server = Server::start(limits(1));
    let (_inside, greedy) = (full(&server).await, [127, 0, 0, 2]);
    let _idle = [server.from(greedy).await, server.from(greedy).await];
    assert_eq!(talk(server.from(greedy).await, LAST).await, "", "sent away without an answer");
    assert!(talk(server.from([127, 0, 0, 3]).await, LAST).await.ends_with("Reserve"), "another address is none of it");
}

#[tokio::test]
async fn who_says_nothing_on_a_place_of_the_reserve_is_soon_put_out_and_on_an_ordinary_one_he_stays() {
    let server = Server::start(ConnectionLimits { times: ConnectionTimes { lent_head: SHORT, ..limits(1).times }, ..limits(1) });
    let quiet = server.open().await;
    assert_eq!(ended(&mut server.open().await).await, "", "in the reserve");
    assert!(talk(quiet, LAST).await.ends_with("Main"));
}

#[tokio::test]
async fn one_connection_makes_us_keep_so_much_and_no_more() {
    let server = Server::start(limits(9));
    let head = |names: usize| {
        let headers: String = (0..names).map(|n| format!("x-{n}: {}\r\n", "y".repeat(10_000))).collect();
        format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
    };
    assert!(server.ask(&head(8)).await.ends_with("Main"));
    let refused = server.ask(&head(20)).await;
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
}

#[tokio::test]
async fn one_address_cannot_take_all_places_and_without_the_limit_it_can() {
    let server = Server::start(ConnectionLimits { per_address: Some(2), ..limits(9) });
    let greedy = [127, 0, 0, 2];
    let mut inside = [server.from(greedy).await, server.from(greedy).await];
    for stream in &mut inside {
        stream.write_all(NEXT.as_bytes()).await.expect("sent");
        assert!(heard(stream).await.ends_with("Main"));
    }
    assert_eq!(talk(server.from(greedy).await, LAST).await, "", "sent away without an answer");
    assert!(talk(server.from([127, 0, 0, 3]).await, LAST).await.ends_with("Main"), "another address is none of it");
    let open = Server::start(limits(9));
    let mut inside = Vec::new();
    for _ in 0..3 {
        let mut stream = open.from(greedy).await;
        stream.write_all(NEXT.as_bytes()).await.expect("sent");
        assert!(heard(&mut stream).await.ends_with("Main"));
        inside.push(stream);
    }
}

#[tokio::test]
async fn what_the_http_layer_cannot_read_is_a_problem_in_words_too() {
    let server = Server::start(limits(9));
    let long = "x".repeat(70_000);
    let headers: String = (0..40).map(|n| format!("x-{n}: {}\r\n", "y".repeat(16_000))).collect();
    for (sent, status, code) in [
        ("GARBAGE\r\n\r\n".to_owned(), "400", "bad_request"),
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), "414", "uri_too_long"),
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n"), "431", "headers_too_large"),
        (format!("{NEXT}GARBAGE\r\n\r\n"), "400", "bad_request"),
    ] {
        let answer = server.ask(&sent).await;
        let shown = answer.chars().take(300).collect::<String>();
        let told = answer.rsplit_once("HTTP/1.1 ").map(|(_, told)| told).unwrap_or_default();
        let (head, body) = told.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{code}: {shown}"));
        assert!(head.starts_with(status) && head.contains("application/problem+json"), "{shown}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|fault| panic!("{fault}: {shown}"));
        assert_eq!(problem["code"], code, "{shown}");
        assert!(head.contains(problem["request_id"].as_str().expect("an id")), "{head}");
    }
}

#[tokio::test]
async fn the_connection_ends_where_a_body_was_not_read_and_says_so() {
    let server = Server::start(limits(9));
    let post =
        |path: &str| format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 200000\r\n\r\n");
    let mut unread = server.open().await;
    unread.write_all(post("/unread").as_bytes()).await.expect("sent");
    let answer = ended(&mut unread).await;
    assert!(answer.to_ascii_lowercase().contains("connection: close") && answer.ends_with("not read"), "{answer}");
    let mut read = server.open().await;
    let body = "b".repeat(5);
    let whole = format!("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n{body}");
    read.write_all(whole.as_bytes()).await.expect("sent");
    let answer = heard(&mut read).await;
    assert!(!answer.to_ascii_lowercase().contains("connection: close") && answer.ends_with(&body), "{answer}");
}
