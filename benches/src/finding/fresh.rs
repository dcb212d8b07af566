//! Freshness: events are written at a steady rate, and some of them are searched for until they are found.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use serde_json::json;
use tokio::process::Command;
use tokio::time::MissedTickBehavior;

use crate::load::{self, Connection, quantile};
use crate::report::Figure;
use crate::server::{self, Server, boxoffice};

const PER_SECOND: u32 = 200;
const SECONDS: u32 = 30;
/// One in so many writes is searched for.
const PROBED: u32 = 10;
const AGAIN: Duration = Duration::from_millis(10);
const WRITERS: usize = 4;

/// Writes through HTTP as an organiser does, while the server serves and follows.
pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("fresh");
    // what an earlier run wrote would be found at once
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let server = Server::demo(&dir).await?;
    let key = organiser(&boxoffice()?, server::text(&dir)?).await?;
    let (probes, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(server.address.clone(), key.clone(), writer, probes.clone()))).collect();
    drop(probes);
    let (mut waits, mut segments) = (Vec::new(), 0);
    while let Some(found_after) = seen.recv().await {
        waits.push(u64::try_from(found_after.as_millis())?);
        segments = segments.max(gauge(&server.address, "catalog_segments").await?);
    }
    let mut late = 0;
    for writer in writers {
        late += writer.await??;
    }
    server.stop().await?;
    waits.sort_unstable();
    let (p50, p99) = (quantile(&waits, 0.5), quantile(&waits, 0.99));
    let what = format!("written until found, {PER_SECOND} catalogue writes/s over HTTP for {SECONDS} s, p50 / p99");
    let seen = format!("{p50} ms / {p99} ms of {} searched for, at most {segments} segments, {late} writes late", waits.len());
    Ok(vec![Figure::new(&what, "2 s at p99", seen, Some(p99 <= 2_000))])
}

async fn organiser(program: &Path, data_dir: &str) -> Result<String> {
    let made =
        Command::new(program).args(["admin", "create-key", "--role", "organiser", "--data-dir", data_dir]).output().await?;
    let text = String::from_utf8(made.stdout)?;
    let key = text.split_whitespace().find(|word| word.starts_with("bxo_"));
    key.map(str::to_owned).with_context(|| format!("a key in {text:?}"))
}

/// Writes this writer's share; gives how many writes began more than a tick late.
async fn write(address: String, key: String, writer: usize, probes: tokio::sync::mpsc::UnboundedSender<Duration>) -> Result<u32> {
    let mut connection = Connection::open(&address).await?;
    let tick = Duration::from_secs(1) * WRITERS as u32 / PER_SECOND;
    let mut ticks = tokio::time::interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (watch, mut late) = (Stopwatch::start(), 0);
    for number in 0..PER_SECOND * SECONDS / WRITERS as u32 {
        ticks.tick().await;
        late += u32::from(watch.elapsed() > tick * (number + 2));
        let word = word(writer as u32, number);
        let body = json!({ "title": format!("Evening {word}"), "starts_at": "2031-05-01T20:00:00Z", "timezone": "UTC" });
        let headers = format!("Authorization: Bearer {key}\r\nIdempotency-Key: {word}\r\n");
        let answer = connection.send(&load::json("POST", "/v1/events", &headers, &body.to_string())).await?;
        if answer.status != 201 {
            bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        if number % PROBED == 0 {
            let (address, probes, watch) = (address.clone(), probes.clone(), Stopwatch::start());
            tokio::spawn(async move {
                match found(&address, &word).await {
                    Ok(()) => drop(probes.send(watch.elapsed())),
                    Err(fault) => eprintln!("{word}: {fault:#}"),
                }
            });
        }
    }
    Ok(late)
}

/// A word of letters that no other write has.
fn word(writer: u32, number: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    ["zq".to_owned(), [writer, number, number / 26, number / 676].map(letter).iter().collect()].concat()
}

async fn found(address: &str, word: &str) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        let answer = connection.send(&load::get(&format!("/v1/search?q=evening+{word}&limit=1"))).await?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
        if body["items"][0]["title"].as_str().is_some_and(|title| title.ends_with(word)) {
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn gauge(address: &str, name: &str) -> Result<u64> {
    let answer = Connection::open(address).await?.send(&load::get("/metrics")).await?;
    let text = String::from_utf8(answer.body)?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
    Ok(value.with_context(|| format!("{name} in /metrics"))? as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_write_has_a_word_of_its_own() {
        let words: std::collections::HashSet<String> =
            (0..WRITERS as u32).flat_map(|writer| (0..2_000).map(move |number| word(writer, number))).collect();
        assert_eq!(words.len(), WRITERS * 2_000);
    }
}
