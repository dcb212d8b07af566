//! The waitlist of a house that is all held: how long after a hold is given back the first in line is told of his offer.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::holds;
use crate::load::{self, Connection, quantile};
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

const SEATS: u32 = 2_000;
/// As many wait, each listening, as holds are given back.
const WAITING: usize = 400;

/// Holds all of a house, lets people wait for pairs, and gives one hold back after the other.
pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("waitlist");
    let database = store::fresh(&dir).await?;
    let premises = holds::stadium(&database, SEATS).await?;
    let event = holds::on_sale(&database, &premises).await?.to_string();
    database.close().await?;
    let server = Server::start(&boxoffice()?, &store::serve(dir.to_str().context("a path in UTF-8")?)).await?;
    let tokens = holds::sessions(&server.address, WAITING + 1).await?;
    let (holder, waiting) = tokens.split_first().context("a session")?;
    let mut seller = Seller { connection: Connection::open(&server.address).await?, token: holder.clone(), event: event.clone() };
    let held = seller.hold_all(2).await?;
    seller.hold_all(1).await?;
    let watch = Arc::new(Stopwatch::start());
    let (told, mut offered) = mpsc::channel(WAITING);
    for token in waiting {
        let mut waiter =
            Waiter { connection: Connection::open(&server.address).await?, token: token.clone(), event: event.clone() };
        let entry = waiter.join().await?;
        let (watch, told) = (Arc::clone(&watch), told.clone());
        tokio::spawn(async move { told.send(waiter.offered(&entry).await.map(|()| watch.elapsed())).await });
    }
    let mut waits = Vec::with_capacity(WAITING);
    for hold in held.iter().take(WAITING) {
        let released = watch.elapsed();
        seller.release(hold).await?;
        let heard = offered.recv().await.context("somebody who waits")??;
        waits.push(u64::try_from(heard.saturating_sub(released).as_micros())?);
    }
    server.stop().await?;
    waits.sort_unstable();
    let (p50, p99) = (quantile(&waits, 0.5) as f64 / 1_000.0, quantile(&waits, 0.99) as f64 / 1_000.0);
    Ok(vec![Figure::new(
        &format!("a hold given back while {WAITING} wait and listen: until the first in line is told of his offer, p99"),
        "200 ms",
        format!("{p99:.1} ms (p50 {p50:.1}; {} offers)", waits.len()),
        Some(p99 <= 200.0 && waits.len() == WAITING),
    )])
}

struct Seller {
    connection: Connection,
    token: String,
    event: String,
}

impl Seller {
    /// Holds the best places, so many at a time, until there are none; gives the holds.
    async fn hold_all(&mut self, quantity: usize) -> Result<Vec<String>> {
        let (path, mut held) = (format!("/v1/events/{}/holds", self.event), Vec::new());
        loop {
            let headers =
                format!("Authorization: Bearer {}\r\nIdempotency-Key: waitlist-{quantity}-{}\r\n", self.token, held.len());
            let body = format!(r#"{{"best":{{"quantity":{quantity}}}}}"#);
            let answer = self.connection.send(&load::json("POST", &path, &headers, &body)).await?;
            match answer.status {
                201 => held.push(text(&answer.body, "id")?),
                409 => return Ok(held),
                status => bail!("{path}: {status} {}", String::from_utf8_lossy(&answer.body)),
            }
        }
    }

    async fn release(&mut self, hold: &str) -> Result<()> {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        let answer = self.connection.send(&load::json("DELETE", &format!("/v1/holds/{hold}"), &headers, "")).await?;
        if answer.status >= 300 {
            bail!("a release: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(())
    }
}

struct Waiter {
    connection: Connection,
    token: String,
    event: String,
}

impl Waiter {
    async fn join(&mut self) -> Result<String> {
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: wait\r\n", self.token);
        let path = format!("/v1/events/{}/waitlist", self.event);
        let answer = self.connection.send(&load::json("POST", &path, &headers, r#"{"quantity":2}"#)).await?;
        text(&answer.body, "id").with_context(|| format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)))
    }

    /// Listens until there is an offer.
    async fn offered(&mut self, entry: &str) -> Result<()> {
        let path = format!("/v1/events/{}/waitlist/{entry}?wait_seconds=30", self.event);
        let request = load::get_with(&path, &format!("Authorization: Bearer {}\r\n", self.token));
        loop {
            let answer = self.connection.send(&request).await?;
            match text(&answer.body, "state")?.as_str() {
                "waiting" => {}
                "offered" => return Ok(()),
                state => bail!("an entry is {state}"),
            }
        }
    }
}

/// A text of a JSON object.
fn text(body: &[u8], name: &str) -> Result<String> {
    let body: Value = serde_json::from_slice(body)?;
    Ok(body[name].as_str().with_context(|| format!("{name} in {body}"))?.to_owned())
}
