//! The large catalogue: reindex, start, memory, the index on disk, and uncached search (`latency`).

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::latency;
use crate::load::{self, Connection};
use crate::machine::process_kib;
use crate::multiplied;
use crate::report::{Figure, median};
use crate::server::{self, Server, boxoffice};

pub async fn measure(scratch: &Path, events: u32) -> Result<Vec<Figure>> {
    let dir = scratch.join(format!("large-{events}"));
    let (program, data_dir) = (boxoffice()?, server::text(&dir)?);
    multiplied::made(&dir, events).await?;
    let mut figures = vec![reindex(&program, data_dir, events).await?];
    figures.extend(start(&program, data_dir, events).await?);
    figures.push(on_disk(&dir.join("index"), events)?);
    figures.extend(latency::measure(&dir.join("index"), events).await?);
    Ok(figures)
}

async fn reindex(program: &Path, data_dir: &str, events: u32) -> Result<Figure> {
    let (took, peak_kib) = server::measure(program, &["reindex", "--full", "--data-dir", data_dir]).await?;
    let (seconds, mib) = (took.as_secs_f64(), peak_kib / 1_024);
    let reached = seconds <= 60.0 && mib < 1_536;
    let seen = format!("{seconds:.0} s, {mib} MiB anonymous memory at the peak");
    Ok(Figure::new(&format!("reindex of {events} events, Postgres started with it"), "60 s, 1.5 GiB", seen, Some(reached)))
}

async fn start(program: &Path, data_dir: &str, events: u32) -> Result<Vec<Figure>> {
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let server = Server::start(program, &["serve", "--data-dir", data_dir, "--listen", "127.0.0.1:0"]).await?;
        let answer = Connection::open(&server.address).await?.send(&load::get("/readyz")).await?;
        if answer.status != 200 {
            bail!("/readyz answers {} after the start", answer.status);
        }
        ready.push(server.ready_after.as_secs_f64());
        idle.push(process_kib(server.pid, "RssAnon").context("its memory")? as f64 / 1_024.0);
        server.stop().await?;
    }
    let (ready, idle) = (median(ready), median(idle));
    Ok(vec![
        Figure::new(
            "start of `serve` on that data directory to ready, Postgres included",
            "3 s",
            format!("{ready:.2} s"),
            Some(ready <= 3.0),
        ),
        Figure::new(
            &format!("memory of `serve` with {events} events, idle (anonymous)"),
            "300 MiB",
            format!("{idle:.0} MiB"),
            Some(idle <= 300.0),
        ),
    ])
}

/// All files of the live generation.
fn on_disk(index: &Path, events: u32) -> Result<Figure> {
    let live = std::fs::read_to_string(index.join("CURRENT"))?;
    let mut bytes = 0;
    for file in std::fs::read_dir(index.join(live.trim()))? {
        bytes += file?.metadata()?.len();
    }
    let mb = bytes as f64 / 1e6;
    let what = format!("index of {events} events on disk, cards included");
    Ok(Figure::new(&what, "300 MB", format!("{mb:.0} MB"), Some(mb < 300.0)))
}
