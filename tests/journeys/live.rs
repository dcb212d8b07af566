//! Two buyers at once: what one does, the other sees without reloading.

use std::net::SocketAddr;
use std::time::Duration;

use acceptance::{App, Setup};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::browser::{Browser, Screen};

#[tokio::test]
async fn a_seat_that_someone_holds_turns_held_on_every_open_map() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "live", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.pick("stalls-D-4").await;
    let state = |seat: &str| format!("document.querySelector('#picker').where({seat:?}).state");
    browser.holds(&format!("{} === 'A'", state("stalls-E-1"))).await;

    let hold = app.buyer("bob").await.hold(&event, &["stalls-D-4", "stalls-E-1"]).await.is(201).str("/id");
    browser.holds(&format!("{} === 'H' && {} === 'H'", state("stalls-D-4"), state("stalls-E-1"))).await;
    browser.holds("document.querySelector('#picker').dataset.way === 'socket'").await;
    // What I had chosen is gone from my choice, and I am told.
    browser.holds("document.querySelector('#choice [data-list]').children.length === 0").await;
    assert!(browser.text("#choice [data-said]").await.contains("taken by someone else"));
    browser.shot("taken").await;

    app.buyer("bob").await.delete(&format!("/v1/holds/{hold}")).await.is(200);
    browser.holds(&format!("{} === 'A'", state("stalls-E-1"))).await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_tier_wears_what_is_left_of_it_on_every_open_page() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let allowed = json!({ "orphan_rule": "allow" });
    app.organiser().await.patch(&format!("/v1/events/{event}"), &allowed).await.is(200);
    let Some(browser) = Browser::open(&app, "tiers", Screen::Phone).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.holds("document.querySelector('#picker').dataset.ready === 'true'").await;
    let worn = |tier: &str, text: &str| {
        let mark = format!("document.querySelector('[data-left=\"{tier}\"]')");
        format!("(({mark}.hidden ? '' : {mark}.textContent) === '{text}')")
    };
    let option = |text: &str| format!("document.querySelector('option[data-tier-named=\"2\"]').textContent === '{text}'");
    browser.holds(&format!("{} && {} && {}", worn("1", ""), worn("2", ""), option("Circle · A$60"))).await;

    let seats = |row: &str| (1..=6).map(|n| format!("circle-{row}-{n}")).collect::<Vec<_>>();
    let (front, back) = (seats("A"), seats("B"));
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let hold = ada.hold_with(&event, &json!({ "seats": front })).await.is(201).str("/id");
    bob.hold_with(&event, &json!({ "seats": back[..5] })).await.is(201);
    browser.holds(&format!("{} && {}", worn("2", "Few left"), option("Circle · A$60 · Few left"))).await;
    app.buyer("eve").await.hold_with(&event, &json!({ "seats": back[5..] })).await.is(201);
    browser.holds(&format!("{} && {}", worn("2", "All on hold"), worn("1", ""))).await;
    browser.shot("held").await;
    ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    browser.holds(&format!("{} && {}", worn("2", ""), option("Circle · A$60"))).await;

    // a tier of areas alone, too: held by two, then bought by both
    let floor = json!({ "area": "floor", "quantity": 10 });
    let holds = [ada.hold_with(&event, &floor).await.is(201).str("/id"), bob.hold_with(&event, &floor).await.is(201).str("/id")];
    browser.holds(&worn("3", "All on hold")).await;
    for (buyer, hold) in [(&ada, &holds[0]), (&bob, &holds[1])] {
        let payment = buyer.checkout(hold, "sandbox").await.is(201);
        buyer.press(&payment.str("/payment/url"), "pay").await.is(200);
    }
    browser.holds(&worn("3", "Sold out")).await;
    browser.close().await;
    app.stop().await;
}

/// A proxy that, while it is ill, gives no seats and makes every socket that comes back name a version that there is not.
#[derive(Clone)]
struct Ill {
    now: watch::Sender<bool>,
    /// How often it gave no seats.
    refused: watch::Sender<u32>,
}

impl Ill {
    async fn before(server: SocketAddr) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let ill = Self { now: watch::Sender::new(false), refused: watch::Sender::new(0) };
        let kept = ill.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(kept.clone().passes(client, server));
            }
        });
        (ill, address)
    }

    /// Waits until it gave no seats so often.
    async fn refused(&self, times: u32) {
        let mut refused = self.refused.subscribe();
        let enough = tokio::time::timeout(Duration::from_secs(60), refused.wait_for(|refused| *refused >= times)).await;
        enough.unwrap_or_else(|_| panic!("the seats were not asked for {times} times")).expect("it lives");
    }

    /// One request a connection; whoever is connected when the illness begins is cut off.
    async fn passes(self, mut client: TcpStream, server: SocketAddr) -> Option<()> {
        let mut first = vec![0; 16 << 10];
        let length = client.read(&mut first).await.ok()?;
        let mut head = String::from_utf8_lossy(&first[..length]).replace("Connection: keep-alive", "Connection: close");
        let mut changed = self.now.subscribe();
        if *changed.borrow_and_update() {
            if head.lines().next()?.contains("/seats ") {
                self.refused.send_modify(|refused| *refused += 1);
                client.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await.ok()?;
                return None;
            }
            let (before, after) = head.split_once("after=").unwrap_or((&head, ""));
            if !after.is_empty() {
                head = format!("{before}after=9999999{}", after.trim_start_matches(|digit: char| digit.is_ascii_digit()));
            }
        }
        let mut behind = TcpStream::connect(server).await.ok()?;
        behind.write_all(head.as_bytes()).await.ok()?;
        tokio::select! {
            copied = tokio::io::copy_bidirectional(&mut client, &mut behind) => copied.ok().map(drop),
            () = falls_ill(&mut changed) => None,
        }
    }
}

/// Waits until the illness begins, once more if it is there already.
async fn falls_ill(changed: &mut watch::Receiver<bool>) {
    while changed.changed().await.is_ok() {
        if *changed.borrow_and_update() {
            return;
        }
    }
}

/// The snapshot after a gap fails: it is asked for until it comes, and nothing is drawn meanwhile that would leave the gap.
#[tokio::test]
async fn a_gap_is_healed_though_the_seats_cannot_be_had_at_first() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "live-gap", Screen::Desktop).await else { return app.stop().await };
    let (ill, address) = Ill::before(app.address).await;
    let browser = browser.through(address);
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    let state = |seat: &str| format!("document.querySelector('#picker').where({seat:?}).state");
    browser.holds("!document.querySelector('[data-live]').classList.contains('is-late')").await;
    let bob = app.buyer("bob").await;
    ill.now.send_replace(true);
    bob.hold(&event, &["stalls-E-1"]).await.is(201);
    browser.holds("document.querySelector('[data-live]').classList.contains('is-late')").await;
    ill.refused(2).await;
    bob.hold(&event, &["stalls-E-2"]).await.is(201);
    ill.now.send_replace(false);
    browser.holds(&format!("{} === 'H' && {} === 'H'", state("stalls-E-1"), state("stalls-E-2"))).await;
    browser.holds("!document.querySelector('[data-live]').classList.contains('is-late')").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_map_that_cannot_be_read_at_first_comes_by_itself() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "live-start", Screen::Desktop).await else { return app.stop().await };
    let (ill, address) = Ill::before(app.address).await;
    let browser = browser.through(address);
    ill.now.send_replace(true);
    browser.go(&format!("/events/{event}")).await;
    ill.refused(1).await;
    ill.now.send_replace(false);
    browser.map().await;
    browser.close().await;
    app.stop().await;
}

/// A proxy that lets no WebSocket through.
async fn deaf_to_sockets(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut behind = TcpStream::connect(server).await.ok()?;
                let mut first = vec![0; 16 << 10];
                let length = client.read(&mut first).await.ok()?;
                let asks_for_one = String::from_utf8_lossy(&first[..length]).to_lowercase().contains("upgrade: websocket");
                if asks_for_one {
                    return None;
                }
                behind.write_all(&first[..length]).await.ok()?;
                tokio::io::copy_bidirectional(&mut client, &mut behind).await.ok()
            });
        }
    });
    address
}

#[tokio::test]
async fn where_no_socket_comes_through_the_map_lives_by_events() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let Some(browser) = Browser::open(&app, "live-events", Screen::Desktop).await else { return app.stop().await };
    let browser = browser.through(deaf_to_sockets(app.address).await);
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    let state = "document.querySelector('#picker').where('stalls-E-1').state";
    browser.holds(&format!("{state} === 'A'")).await;
    app.buyer("bob").await.hold(&event, &["stalls-E-1"]).await.is(201);
    browser.holds(&format!("{state} === 'H'")).await;
    browser.holds("document.querySelector('#picker').dataset.way === 'events'").await;
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_countdown_becomes_the_picker_by_itself() {
    let app = App::with(Setup::default()).await;
    let event = app.event("later").await;
    let organiser = app.organiser().await;
    let soon = app.gateway.clock.now().checked_add(std::time::Duration::from_secs(8)).expect("a time");
    let patch = json!({ "sale_opens_at": soon.to_string() });
    organiser.patch(&format!("/v1/events/{event}"), &patch).await.is(200);
    let Some(browser) = Browser::open(&app, "countdown", Screen::Desktop).await else { return app.stop().await };
    browser.go(&format!("/events/{event}")).await;
    browser.map().await;
    browser.pick("stalls-A-1").await;
    browser.shot("open").await;
    browser.close().await;
    app.stop().await;
}
