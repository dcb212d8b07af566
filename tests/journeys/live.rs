//! Two buyers at once: what one does, the other sees without reloading.

use std::net::SocketAddr;

use acceptance::{App, Setup};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

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
