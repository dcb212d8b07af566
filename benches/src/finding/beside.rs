//! A cheap question beside many dear ones: what those take must not hold up the others.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::load::{self, Connection};
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

const DEAR: usize = 200;
const CLIENTS: usize = 4;
const REQUESTS: usize = 1_000;
/// Who is told to come back does so after this.
const PAUSE: Duration = Duration::from_millis(250);

pub async fn measure(scratch: &Path, events: u32) -> Result<Vec<Figure>> {
    let dir = scratch.join(format!("large-{events}"));
    let serve = ["serve", "--data-dir", dir.to_str().context("a path in UTF-8")?, "--listen", "127.0.0.1:0"];
    let server = Server::start(&boxoffice()?, &[&serve[..], &store::UNLIMITED[..]].concat()).await?;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let dear: Vec<_> = (0..DEAR)
        .map(|client| tokio::spawn(ask_much(server.address.clone(), client, Arc::clone(&stop), Arc::clone(&answered))))
        .collect();
    let asked = load::run(&server.address, CLIENTS, REQUESTS, cheap).await;
    stop.store(true, Ordering::Relaxed);
    for client in dear {
        client.await??;
    }
    server.stop().await?;
    let asked = asked?;
    let p99 = asked.quantile_ms(0.99);
    Ok(vec![Figure::new(
        &format!("an uncached question of two words beside {DEAR} dear ones at once over {events} events: refused / p99"),
        "0 / 30 ms",
        format!(
            "{} / {p99:.1} ms (p50 {:.1}; {} dear ones answered)",
            asked.without(200),
            asked.quantile_ms(0.5),
            answered.load(Ordering::Relaxed)
        ),
        Some(asked.without(200) == 0 && p99 <= 30.0),
    )])
}

/// An instant of its own keeps each question from the cache.
fn instant(client: usize, number: usize) -> String {
    format!("2027-01-{:02}T{:02}:{:02}:{:02}Z", 1 + client % 28, number / 3_600 % 24, number / 60 % 60, number % 60)
}

fn cheap(client: usize, number: usize) -> Vec<u8> {
    load::get(&format!("/v1/search?q=night+owls&from={}", instant(client, number)))
}

/// Asks for as much as one question can, over and over.
async fn ask_much(address: String, client: usize, stop: Arc<AtomicBool>, answered: Arc<AtomicU64>) -> Result<()> {
    let mut connection = Connection::open(&address).await?;
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let facets = "category,city,country,venue,performer,month,availability,price";
        let at = instant(client, client * 997 + number);
        let path = format!("/v1/search?bbox=-179,-80,179,80&sort=name&group=series&facets={facets}&from={at}");
        match connection.send(&load::get(&path)).await?.status {
            200 => drop(answered.fetch_add(1, Ordering::Relaxed)),
            503 => tokio::time::sleep(PAUSE).await,
            status => bail!("{path}: {status}"),
        }
    }
    Ok(())
}
