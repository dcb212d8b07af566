use acceptance::App;
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// One client of a stream: its lines as they come.
struct Listener {
    chunks: std::pin::Pin<Box<dyn futures::Stream<Item = Vec<u8>> + Send>>,
    text: String,
    headers: reqwest::header::HeaderMap,
}

impl Listener {
    async fn open(app: &App, event: &str, last: Option<u64>) -> Self {
        let mut request = app.ask(Method::GET, &format!("/v1/events/{event}/seats/stream"));
        if let Some(last) = last {
            request = request.header("last-event-id", &last.to_string());
        }
        let response = request.response().await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        let chunks = Box::pin(futures::stream::unfold(response, |mut response| async move {
            let chunk = response.chunk().await.ok().flatten()?;
            Some((chunk.to_vec(), response))
        }));
        Self { chunks, text: String::new(), headers }
    }

    /// The next block of lines: `(id, data)`; none once the stream has ended.
    async fn block(&mut self) -> Option<(Option<u64>, Option<Value>)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
                let id = field("id:").map(|id| id.parse().expect("a version"));
                let data = field("data:").map(|data| serde_json::from_str(&data).expect("JSON"));
                self.text = rest.to_owned();
                return Some((id, data));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next()).await.expect("something within a minute")?;
            self.text.push_str(&String::from_utf8(chunk).expect("text"));
        }
    }

    /// The next change.
    async fn change(&mut self) -> (u64, Value) {
        loop {
            if let (Some(id), Some(data)) = self.block().await.expect("the stream goes on") {
                return (id, data);
            }
        }
    }
}

#[tokio::test]
async fn a_change_arrives_with_its_version() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut listener = Listener::open(&app, &owls, None).await;
    assert_eq!(listener.headers["content-type"], "text/event-stream");
    assert_eq!(listener.headers["x-accel-buffering"], "no");
    let (start, _) = listener.block().await.expect("where it begins");
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let (version, change) = listener.change().await;
    assert!(version > start.expect("a version"));
    assert_eq!(change["version"], version);
    assert_eq!(change["seats"], json!([{ "id": "stalls-A-1", "index": 0, "state": "held" }]));
    assert_eq!(change["counts"]["held"], 1);
    app.stop().await;
}

/// What a browser's EventSource needs of it: a name, an id to go on from, data, and an empty line.
#[tokio::test]
async fn who_comes_from_nowhere_is_told_to_read_all_seats_again() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let now = app.get(&format!("/v1/events/{owls}/seats")).await.is(200).int("/version");
    let mut listener = Listener::open(&app, &owls, Some(7_000_000)).await;
    let reset = format!("event: reset\nid: {now}\ndata: {{\"version\":{now}}}\n\n");
    while !listener.text.contains(&reset) {
        let chunk = tokio::time::timeout(PATIENCE, listener.chunks.next()).await.expect("something within a minute");
        listener.text.push_str(&String::from_utf8(chunk.expect("the stream goes on")).expect("text"));
    }
    let (before, _) = listener.text.split_once("event: reset").expect("a reset");
    assert!(!before.contains("data:"), "nothing is told before it: {before}");
    // and then it goes on
    listener.text.clear();
    app.buyer("bob").await.hold(&owls, &["stalls-A-2"]).await.is(201);
    assert_eq!(listener.change().await.1["seats"][0]["id"], "stalls-A-2");
    app.stop().await;
}

#[tokio::test]
async fn who_comes_back_is_told_what_he_missed_as_one() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let before = app.get(&format!("/v1/events/{owls}/seats")).await.is(200).int("/version").unsigned_abs();
    let mut first = Listener::open(&app, &owls, None).await;
    ada.hold(&owls, &["stalls-A-1"]).await.is(201);
    let (last, _) = first.change().await;
    drop(first);
    for n in 2..=9 {
        ada.hold(&owls, &[&format!("stalls-A-{n}")]).await.is(201);
    }
    for (after, held) in [(last, 8), (before, 9)] {
        let mut again = Listener::open(&app, &owls, Some(after)).await;
        assert_eq!(again.block().await.expect("where it begins"), (Some(after), None));
        let mut seats = std::collections::BTreeSet::new();
        let mut known = after;
        while seats.len() < held {
            let (version, change) = again.change().await;
            assert!(change["after"].as_u64().is_some_and(|after| after <= known) && version > known, "no gap: {change}");
            known = version;
            seats.extend(change["seats"].as_array().expect("seats").iter().map(|seat| seat["id"].to_string()));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_connection_asks_for_other_things_before_its_stream_and_for_a_head_alone() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/seats/stream", app.event("owls-1").await);
    let mut stream = tokio::net::TcpStream::connect(app.address).await.expect("a connection");
    let (health, head) = ("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", format!("HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\n"));
    let gzip = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n");
    let mut heard = String::new();
    for (asked, until) in [(health, "http/1.1 200"), (&gzip, "content-encoding: gzip")] {
        stream.write_all(asked.as_bytes()).await.expect("sent");
        while !heard.contains(until) {
            let mut bytes = [0; 2_048];
            let length = stream.read(&mut bytes).await.expect("an answer");
            assert!(length > 0, "{heard}");
            heard.push_str(&String::from_utf8_lossy(&bytes[..length]).to_lowercase());
        }
    }
    let answer = app.ask(Method::HEAD, &path).response().await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"text/event-stream".parse().expect("a value"))
    );
    let mut alone = tokio::net::TcpStream::connect(app.address).await.expect("a connection");
    alone.write_all(head.as_bytes()).await.expect("sent");
    let mut rest = String::new();
    alone.read_to_string(&mut rest).await.expect("and it ends");
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
    app.stop().await;
}

/// HTTP/1.0 knows no chunks.
#[tokio::test]
async fn an_old_client_is_told_without_chunks() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut stream = tokio::net::TcpStream::connect(app.address).await.expect("a connection");
    stream.write_all(format!("GET /v1/events/{owls}/seats/stream HTTP/1.0\r\n\r\n").as_bytes()).await.expect("sent");
    let mut heard = String::new();
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    while !heard.contains("\"stalls-A-1\"") {
        let mut bytes = [0; 2_048];
        let length = stream.read(&mut bytes).await.expect("an answer");
        assert!(length > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    let (head, body) = heard.split_once("\r\n\r\n").expect("a head");
    assert!(!head.to_lowercase().contains("chunked") && body.starts_with("id: "), "{heard}");
    app.stop().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_server_drains() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut listener = Listener::open(&app, &owls, None).await;
    listener.block().await;
    app.drain().await;
    assert_eq!(listener.block().await, Some((None, None)), "when to come back");
    assert!(listener.block().await.is_none());
    app.stop().await;
}

#[tokio::test]
async fn a_position_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/seats/stream", app.event("owls-1").await);
    let odd = app.ask(Method::GET, &path).header("last-event-id", "nonsense");
    odd.send().await.is_problem(422, "invalid").names("Last-Event-ID");
    app.get(&format!("{path}?after=-1")).await.is_problem(422, "invalid").names("after");
    app.get("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/seats/stream").await.is_problem(404, "not_found");
    app.stop().await;
}
