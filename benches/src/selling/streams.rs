//! Live streams of a hot event beside its sale: what a hold waits. What a stream weighs, `live` measures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use catalog::demo::{Design, hall};
use domain::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::holds;
use crate::load::{self, Connection, quantile};
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

const STREAMS: usize = 10_000;
const SEATS: u32 = 50_000;
const HOLDS_PER_SECOND: u32 = 1_000;
const SECONDS: u32 = 15;
const BUYERS: u32 = 32;

/// Opens the streams, then sells beside them at a steady rate.
pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("streams");
    let database = store::fresh(&dir).await?;
    let premises = holds::stadium(&database, SEATS).await?;
    let event = holds::on_sale(&database, &premises).await?;
    database.close().await?;
    let server = Server::start(&boxoffice()?, &store::serve(dir.to_str().context("a path in UTF-8")?)).await?;
    let tokens = holds::sessions(&server.address, BUYERS as usize).await?;
    let seats = format!("/v1/events/{event}/seats");
    let (read, streams) = open(&server.address, &format!("{seats}/stream")).await?;
    let pairs = Arc::new(holds::pairs(&hall(Design::Stadium, SEATS)));
    let buyers: Vec<_> = (0..BUYERS)
        .map(|buyer| {
            let (address, path) = (server.address.clone(), format!("/v1/events/{event}/holds"));
            tokio::spawn(buy(address, path, tokens[buyer as usize].clone(), buyer, Arc::clone(&pairs)))
        })
        .collect();
    let mut waits = Vec::new();
    for buyer in buyers {
        waits.extend(buyer.await??);
    }
    let bytes = read.load(Ordering::Relaxed);
    for stream in streams {
        stream.abort();
    }
    server.stop().await?;
    waits.sort_unstable();
    let (p50, p99) = (quantile(&waits, 0.5) as f64 / 1_000.0, quantile(&waits, 0.99) as f64 / 1_000.0);
    Ok(vec![Figure::new(
        &format!("{STREAMS} streams on one hot event beside {HOLDS_PER_SECOND} holds/s for {SECONDS} s: p99 of a hold"),
        "60 ms",
        format!("{p99:.0} ms (p50 {p50:.1}); {:.0} MB sent", bytes as f64 / 1e6),
        Some(p99 <= 60.0),
    )])
}

/// Opens all streams and waits until each has been answered; what arrives on them is counted and thrown away.
async fn open(address: &str, path: &str) -> Result<(Arc<AtomicU64>, Vec<JoinHandle<()>>)> {
    // as browsers ask
    let request = load::get_with(path, "Accept-Encoding: gzip\r\n");
    let read = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&request).await?;
        let mut buffer = [0_u8; 2_048];
        let length = stream.read(&mut buffer).await?;
        if !buffer[..length].starts_with(b"HTTP/1.1 200") {
            bail!("a stream is answered {}", String::from_utf8_lossy(&buffer[..length]));
        }
        let read = Arc::clone(&read);
        tasks.push(tokio::spawn(async move {
            while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                read.fetch_add(length as u64, Ordering::Relaxed);
            }
        }));
    }
    Ok((read, tasks))
}

/// Holds this buyer's share of the house, a pair at each tick; gives how long each took from its tick on, in microseconds.
async fn buy(address: String, path: String, token: String, buyer: u32, pairs: Arc<Vec<(String, String)>>) -> Result<Vec<u64>> {
    let mut connection = Connection::open(&address).await?;
    let tick = Duration::from_secs(1) * BUYERS / HOLDS_PER_SECOND;
    let mut ticks = tokio::time::interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (watch, mut waits) = (Stopwatch::start(), Vec::new());
    for number in 0..HOLDS_PER_SECOND * SECONDS / BUYERS {
        ticks.tick().await;
        // every other pair, so that no two share a seat
        let (one, other) = &pairs[((number * BUYERS + buyer) as usize * 2) % pairs.len()];
        let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: streams-{number}\r\n");
        let answer =
            connection.send(&load::json("POST", &path, &headers, &format!(r#"{{"seats":["{one}","{other}"]}}"#))).await?;
        if ![201, 409].contains(&answer.status) {
            bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        waits.push(u64::try_from(watch.elapsed().saturating_sub(tick * number).as_micros())?);
    }
    Ok(waits)
}
