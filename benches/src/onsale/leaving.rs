//! Somebody inside leaves; the first in line is admitted: how long that takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::Stopwatch;

use super::world::{SLOTS, Waiter, World, read};
use crate::load::{self, Connection, quantile};
use crate::report::{Figure, Scenario};

const LEAVERS: usize = 200;

/// Gives     those who are left, in the order of their places.
pub async fn some(world: &World, mut line: Vec<Waiter>) -> Result<(Scenario, Vec<Waiter>)> {
    let (mut leaver, mut next) = (world.connect().await?, world.connect().await?);
    let mut waits = Vec::with_capacity(LEAVERS);
    for _ in 0..LEAVERS {
        let (inside, first) = (line.remove(0), line[SLOTS - 1].clone());
        let waiting = tokio::spawn(async move {
            let answer = admitted(&mut next, &first).await;
            (next, answer)
        });
        let watch = Stopwatch::start();
        read(&leaver.send(&load::json("DELETE", &format!("/v1/queue/{}", inside.token), "", "")).await?, 200)?;
        let (connection, answer) = waiting.await?;
        answer?;
        next = connection;
        waits.push(u64::try_from(watch.elapsed().as_micros())?);
    }
    waits.sort_unstable();
    let (p50, p99) = (quantile(&waits, 0.5) as f64 / 1e3, quantile(&waits, 0.99) as f64 / 1e3);
    let figures = vec![Figure::new(
        &format!("from leaving to the next one's admission, {LEAVERS} times: p99"),
        "500 ms",
        format!("{p99:.0} ms (p50 {p50:.0} ms)"),
        Some(p99 <= 500.0),
    )];
    Ok((Scenario { name: "those inside leave", figures }, line))
}

/// Asks by long poll until the waiter is inside; gives the pass and until when it holds.
pub async fn admitted(connection: &mut Connection, waiter: &Waiter) -> Result<(String, String)> {
    let (watch, path) = (Stopwatch::start(), format!("/v1/queue/{}", waiter.token));
    let mut told = read(&connection.send(&load::get(&path)).await?, 200)?;
    loop {
        if let (Some(pass), Some(until)) = (told["pass"].as_str(), told["pass_until"].as_str()) {
            return Ok((pass.to_owned(), until.to_owned()));
        }
        ensure!(told["state"] == "waiting" || told["state"] == "before", "{told}");
        ensure!(watch.elapsed() < Duration::from_secs(600), "not admitted in ten minutes: {told}");
        let next = format!("{path}?wait_seconds=30&after={}", told["version"]);
        told = read(&connection.send(&load::get(&next)).await?, 200)?;
    }
}
