//! An order's own link: whoever has its key reads the order and its tickets, and nothing else.

use std::io;
use std::sync::{Arc, Mutex};

use acceptance::{App, Buyer, Reply, Setup};
use reqwest::Method;
use serde_json::json;

const ABSENT: &str = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";

async fn bought(app: &App) -> (Buyer, Reply) {
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1", "stalls-A-2"]).await;
    (ada, order)
}

fn key(order: &Reply) -> String {
    let link = order.str("/links/page");
    let (path, key) = link.split_once("?key=").expect("a key");
    assert_eq!(path, format!("/orders/{}", order.str("/id")));
    key.to_owned()
}

/// What a wrong key is told, and that nothing is told the same.
async fn is_as_absent(app: &App, order: &Reply, key: &str) {
    let ticket = order.str("/tickets/0/id");
    let id = order.str("/id");
    for (path, id) in
        [("/v1/orders/{}", &id), ("/v1/tickets/{}", &ticket), ("/v1/tickets/{}.svg", &ticket), ("/v1/tickets/{}.png", &ticket)]
    {
        let ask = async |id: &str| app.get(&format!("{}?key={key}", path.replace("{}", id))).await.is_problem(404, "not_found");
        assert_eq!(ask(id).await.without_request_id(), ask(ABSENT).await.without_request_id(), "{path}");
    }
    let page = async |id: &str| app.get(&format!("/orders/{id}?key={key}")).await.is(404);
    assert_eq!(page(&id).await.text(), page(ABSENT).await.text());
}

#[tokio::test]
async fn the_link_opens_order_and_tickets_without_a_token_and_changes_nothing() {
    let app = App::start().await;
    let (ada, order) = bought(&app).await;
    let (id, key) = (order.str("/id"), key(&order));
    let read = app.get(&format!("/v1/orders/{id}?key={key}")).await.is(200);
    assert_eq!((read.str("/number"), read.str("/tickets/1/code")), (order.str("/number"), order.str("/tickets/1/code")));
    assert_eq!(read.str("/tickets/0/order_number"), order.str("/number"));
    assert!(read.json()["links"].get("page").is_none() && read.json()["links"].get("payment").is_none(), "for the buyer alone");
    for pointer in [
        "/links/pdf",
        "/links/calendar",
        "/tickets/0/links/pdf",
        "/links/self",
        "/tickets/0/links/self",
        "/tickets/0/links/svg",
        "/tickets/1/links/png",
        "/tickets/0/links/order",
    ] {
        let reply = app.get(&read.str(pointer)).await.is(200);
        assert_eq!(reply.header("cache-control"), Some("private, no-store"), "{pointer}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{pointer}");
        assert!(reply.header("x-robots-tag").is_some_and(|robots| robots.contains("noindex")), "{pointer}");
    }
    // a key is no token: not here, and not for what is somebody else's
    app.ask(Method::POST, &format!("/v1/orders/{id}/cancel")).token(&key).send().await.is_problem(401, "unauthorized");
    for (method, path) in [(Method::POST, "cancel"), (Method::DELETE, "link")] {
        app.ask(method, &format!("/v1/orders/{id}/{path}?key={key}")).send().await.is_problem(422, "invalid").names("key");
    }
    app.ask(Method::POST, &format!("/orders/{id}/cancel?key={key}")).form("").send().await.is(404);
    app.ask(Method::POST, &format!("/orders/{id}/link?key={key}")).form("").send().await.is(404);
    assert_eq!(ada.get(&format!("/v1/orders/{id}")).await.is(200).body, order.body, "nothing was changed");
    // a stranger's token takes nothing away
    let bob = app.buyer("bob").await;
    bob.get(&format!("/v1/orders/{id}?key={key}")).await.is(200);
    bob.get(&format!("/v1/orders/{id}")).await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_a_revoked_and_an_expired_key_look_absent_to_the_byte() {
    let app = App::start().await;
    let (ada, order) = bought(&app).await;
    let (id, first) = (order.str("/id"), key(&order));
    let other = key(&app.buyer("bob").await.buy(&app.event("owls-1").await, &["stalls-B-1"]).await);
    for wrong in ["", "x", "AAAAAAAAAAAAAAAAAAAAAA", "%00", &other, &first[1..], &format!("{first}A"), &first.to_lowercase()] {
        if wrong == "%00" {
            app.get(&format!("/v1/orders/{id}?key=%00")).await.is_problem(422, "invalid");
        } else {
            is_as_absent(&app, &order, wrong).await;
        }
    }
    let path = format!("/v1/orders/{id}/link");
    app.buyer("bob").await.delete(&path).await.is_problem(404, "not_found");
    app.ask(Method::DELETE, &path).send().await.is_problem(401, "unauthorized");
    let renewed = ada.delete(&path).await.is(200);
    let second = renewed.str("/link").split_once("?key=").expect("a key").1.to_owned();
    assert_ne!(second, first);
    is_as_absent(&app, &order, &first).await;
    app.get(&format!("/v1/orders/{id}?key={second}")).await.is(200);
    assert_eq!(ada.get(&format!("/v1/orders/{id}")).await.is(200).str("/links/page"), renewed.str("/link"));
    let past = json!({ "starts_at": "2020-01-01T10:00:00Z", "ends_at": null });
    app.organiser().await.patch(&format!("/v1/events/{}", order.str("/event_id")), &past).await.is(200);
    is_as_absent(&app, &order, &second).await;
    let own = ada.get(&format!("/v1/orders/{id}")).await.is(200);
    assert!(own.json()["links"].get("page").is_none(), "there is nothing to keep any more");
    assert!(ada.delete(&path).await.is(200).json()["link"].is_null());
    app.stop().await;
}

#[tokio::test]
async fn guessing_is_slow_and_slows_nobody_else() {
    let options = ["--rate-limit-links=1/s", "--trusted-proxies=127.0.0.1"].into_iter();
    let options = Setup::default().options.into_iter().filter(|option| !option.contains("limit-links")).chain(options).collect();
    let app = App::with(Setup { options, ..Setup::default() }).await;
    let (ada, order) = bought(&app).await;
    let path = format!("/v1/orders/{}", order.str("/id"));
    let guess = async |from: &str, key: &str| {
        app.ask(Method::GET, &format!("{path}?{key}")).header("x-forwarded-for", from).send().await.status
    };
    let mut refused = None;
    for n in 0..100 {
        // a token that nobody knows gives no room of its own, nor does another spelling
        let name = if n % 2 == 0 { "key" } else { "%6bey" };
        if guess("203.0.113.9", &format!("{name}=guess{n}")).await == 429 {
            refused = Some(n);
            break;
        }
    }
    assert!(refused.is_some_and(|n| n >= 6), "{refused:?}");
    assert_eq!(guess("203.0.113.9", &format!("key={}", key(&order))).await, 429, "the right one among them does not show");
    assert_eq!(guess("198.51.100.7", &format!("key={}", key(&order))).await, 200, "another address");
    ada.ask(Method::GET, &path).header("x-forwarded-for", "203.0.113.9").send().await.is(200);
    app.stop().await;
}

/// Everything that is logged, at the loudest.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_and_no_trace_holds_a_key() {
    let heard = Heard::default();
    let writer = heard.clone();
    // ours at the loudest; of the libraries what their debug lines say
    let filter = "debug,gateway=trace,booking=trace,people=trace,axum=trace,tower=trace";
    let spans = tracing_subscriber::fmt::format::FmtSpan::FULL;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_span_events(spans).with_writer(move || writer.clone());
    let listening = subscriber.with_ansi(false).try_init().is_ok();
    assert!(listening || std::env::var_os("NEXTEST").is_none(), "a test with a process of its own hears everything");
    let app = App::start().await;
    let (_, order) = bought(&app).await;
    let (id, key) = (order.str("/id"), key(&order));
    let pages =
        [format!("/v1/orders/{id}"), format!("/orders/{id}"), order.str("/tickets/0/links/svg"), format!("/v1/orders/{ABSENT}")];
    for path in &pages {
        // sent as the very bytes, since the test's own client has a log too
        raw(&app, &format!("{path}?key={key}")).await;
        raw(&app, &format!("{path}?key={key}&colour=red")).await;
    }
    let metrics = app.get("/metrics").await.is(200).text();
    assert!(!metrics.contains(&key), "{metrics}");
    app.stop().await;
    if !listening {
        eprintln!("skipped: another test of this process has the log; of its lines nothing is claimed");
        return;
    }
    let text = String::from_utf8_lossy(&heard.0.lock().expect("unpoisoned")).into_owned();
    assert!(text.contains("/v1/orders/{form}"), "control: requests are heard");
    let lines: Vec<_> = text.lines().filter(|line| line.contains(&key)).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

async fn raw(app: &App, target: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(app.address).await.expect("a connection");
    let request = format!("GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", app.address);
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
}
