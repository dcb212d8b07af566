//! What a stranger does with many connections, and that it stops nobody else. Each address of 127/8 counts for itself: the stranger has
//! one, the buyers another.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use acceptance::Asked;
use acceptance::{App, Setup};

/// Connections of one address in these tests.
const PER_ADDRESS: usize = 100;
/// More than any address may have.
const MANY: usize = 10_000;

async fn app() -> App {
    let mut setup = Setup::default();
    setup.options.retain(|option| !option.starts_with("--connections-per-address"));
    setup.options.push("--connections-per-address=100");
    App::with(setup).await
}

/// A connection of the stranger's address; none when it is sent away at once.
async fn stranger(to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 66], 0))).expect("an address of this machine");
    socket.connect(to).await.ok()
}

/// Opens connections, says something on each and reads nothing. Gives all that were not refused by the system.
async fn crowd(app: &App, connections: usize, said: &str) -> Vec<TcpStream> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        if let Some(mut stream) = stranger(app.address).await {
            // who is sent away may learn of it while he speaks
            let _ = stream.write_all(said.as_bytes()).await;
            open.push(stream);
        }
    }
    assert!(open.len() >= PER_ADDRESS, "{}", open.len());
    open
}

/// Another address searches, holds and gives back: all of it is answered.
async fn others_go_on(app: &App) {
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    for _ in 0..5 {
        app.get("/v1/search?q=owls").await.is(200);
        let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
        ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
        app.get("/healthz").await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_who_pipeline_and_never_read_stop_nobody() {
    let app = app().await;
    let pipelined = "GET /v1/search?limit=100 HTTP/1.1\r\nhost: x\r\n\r\n".repeat(50);
    let deaf = crowd(&app, 300, &pipelined).await;
    others_go_on(&app).await;
    drop(deaf);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_stop_nobody() {
    let app = app().await;
    let idle = crowd(&app, MANY, "").await;
    others_go_on(&app).await;
    drop(idle);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_streams_stop_nobody() {
    let app = app().await;
    let owls = app.event("owls-1").await;
    let said = format!("GET /v1/events/{owls}/seats/stream HTTP/1.1\r\nhost: x\r\n\r\n");
    let streams = crowd(&app, MANY, &said).await;
    others_go_on(&app).await;
    drop(streams);
    app.stop().await;
}

async fn said(app: &App, text: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_request_that_is_wrong_before_its_route_is_a_problem_and_the_next_connection_is_none_of_it() {
    let app = App::start().await;
    let close = "connection: close\r\n";
    for (sent, status, code) in [
        (format!("GET /v1/search HTTP/1.1\r\n{close}\r\n"), 400, "bad_request"),
        (format!("GET /v1/search HTTP/1.1\r\nhost: a\r\nhost: b\r\n{close}\r\n"), 400, "bad_request"),
        ("POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\n".to_owned(), 413, "body_too_large"),
        ("GET nonsense\r\n\r\n".to_owned(), 400, "bad_request"),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(70_000)), 414, "uri_too_long"),
    ] {
        let answer = said(&app, &sent).await;
        let lower = answer.to_ascii_lowercase();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{status}: {}", &answer[..answer.len().min(200)]);
        assert!(lower.contains("application/problem+json") && answer.contains(code), "{answer}");
        assert!(lower.contains("connection: close"), "{answer}");
    }
    app.get("/v1/search").await.is(200);
    app.stop().await;
}

fn from(app: &App, address: [u8; 4], method: Method, path: &str) -> Asked {
    let client = reqwest::Client::builder().no_proxy().local_address(std::net::IpAddr::from(address)).build().expect("a client");
    Asked::new(client.request(method, app.url(path)))
}

#[tokio::test]
async fn one_address_holds_and_opens_only_so_much_and_another_goes_on() {
    let mut setup = Setup::default();
    setup.options.retain(|option| !option.starts_with("--holds-per-address") && !option.starts_with("--sessions-per-address"));
    setup.options.extend(["--holds-per-address=2", "--sessions-per-address=3"]);
    let app = App::with(setup).await;
    let owls = app.event("owls-1").await;
    let [ada, bob, cleo] = [app.buyer("ada").await, app.buyer("bob").await, app.buyer("cleo").await];
    let refused = app.ask(Method::POST, "/v1/sessions").send().await.is_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    from(&app, [127, 0, 0, 9], Method::POST, "/v1/sessions").send().await.is(201);
    let first = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    bob.hold(&owls, &["stalls-A-2"]).await.is(201);
    let refused = cleo.hold(&owls, &["stalls-A-3"]).await.is_problem(429, "too_many_holds");
    assert!(refused.header("retry-after").and_then(|text| text.parse::<u64>().ok()).is_some_and(|seconds| seconds > 0));
    let path = format!("/v1/events/{owls}/holds");
    let away =
        from(&app, [127, 0, 0, 9], Method::POST, &path).token(&cleo.token).key("k").json(&json!({ "seats": ["stalls-A-3"] }));
    away.send().await.is(201);
    ada.delete(&format!("/v1/holds/{first}")).await.is(200);
    // what is held is read anew four times a second at most for those who are refused
    acceptance::eventually("there is room again", async || cleo.hold(&owls, &["stalls-A-4"]).await.status == 201).await;
    app.stop().await;
}

#[tokio::test]
async fn play_money_buys_only_where_it_was_asked_for() {
    let mut setup = Setup::default();
    setup.options.retain(|option| *option != "--sandbox");
    let (earnest, trial) = (App::with(setup).await, App::start().await);
    for (app, on) in [(&earnest, false), (&trial, true)] {
        let owls = app.event("owls-1").await;
        let ada = app.buyer("ada").await;
        let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
        let begun = ada.checkout(&hold, "sandbox").await;
        let page = app.get("/").await.is(200).text();
        let ready = app.get("/readyz").await.is(200);
        let id = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";
        let button = app.ask(Method::POST, &format!("/sandbox/payments/{id}")).json(&json!({ "action": "colour" })).send().await;
        let webhook = app.ask(Method::POST, "/v1/webhooks/sandbox").raw("{}").send().await;
        if on {
            begun.is(201);
            button.is_problem(422, "invalid");
            webhook.is_problem(400, "signature_invalid");
        } else {
            begun.is_problem(422, "invalid").names("method");
            button.is_problem(404, "not_found");
            webhook.is_problem(404, "not_found");
            let free = ada.hold_with(&owls, &json!({ "area": "floor", "quantity": 1 })).await;
            if free.status == 201 && free.int("/total/amount") == 0 {
                ada.checkout(&free.str("/id"), "free").await.is(201);
            }
        }
        assert_eq!(page.contains("class=\"trial\""), on, "every page says so");
        assert_eq!(ready.str("/sandbox"), if on { "on" } else { "off" });
    }
    earnest.stop().await;
    trial.stop().await;
}

#[tokio::test]
async fn on_https_the_cookie_is_of_this_host_alone_and_browsers_stay_on_https() {
    let mut setup = Setup::default();
    setup.options.push("--public-url=https://box.example");
    let (secure, plain) = (App::with(setup).await, App::start().await);
    for (app, name, other) in [
        (&secure, "__Host-boxoffice_session=", "boxoffice_session="),
        (&plain, "boxoffice_session=", "__Host-boxoffice_session="),
    ] {
        let owls = app.event("owls-1").await;
        let form = app.ask(Method::POST, &format!("/events/{owls}/hold")).header("sec-fetch-site", "same-origin");
        let held = form.form("seat=stalls-A-1").send().await;
        let cookie = held.header("set-cookie").expect("a cookie").to_owned();
        assert!(cookie.starts_with(name), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), name.starts_with("__Host-"), "{cookie}");
        let token = cookie[name.len()..].split(';').next().expect("a token");
        let known = app.ask(Method::GET, "/v1/me/orders").header("cookie", &format!("{name}{token}")).send().await;
        known.is(200);
        app.ask(Method::GET, "/v1/me/orders")
            .header("cookie", &format!("{other}{token}"))
            .send()
            .await
            .is_problem(401, "unauthorized");
        let told = app.get("/healthz").await;
        assert_eq!(told.header("strict-transport-security").is_some(), name.starts_with("__Host-"));
    }
    secure.stop().await;
    plain.stop().await;
}
