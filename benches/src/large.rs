//! The large catalogue: reindex, start, memory, and uncached search measured where it runs, in process.

use std::path::Path;

use anyhow::{Context, Result, bail};
use catalog::search::{Catalog, Hit, Query};
use domain::{Clock, CursorKey, Stopwatch};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::load::{self, Connection, quantile};
use crate::machine::process_kib;
use crate::report::{Figure, median};
use crate::server::{self, Server, boxoffice};

const QUERIES: usize = 3_000;

pub async fn measure(scratch: &Path, events: u32) -> Result<Vec<Figure>> {
    let dir = scratch.join(format!("large-{events}"));
    let data_dir = dir.to_str().context("a path in UTF-8")?;
    let program = boxoffice()?;
    if !dir.join("index").exists() {
        println!("filling a catalogue of {events} events");
        let count = events.to_string();
        let demo = ["demo", "--events", &count, "--data-dir", data_dir, "--listen", "127.0.0.1:0"];
        Server::start(&program, &demo).await?.stop().await?;
    }
    let mut figures = vec![reindex(&program, data_dir, events).await?];
    figures.extend(start(&program, data_dir, events).await?);
    figures.push(search(&dir.join("index"), events).await?);
    Ok(figures)
}

async fn reindex(program: &Path, data_dir: &str, events: u32) -> Result<Figure> {
    let (took, peak_kib) = server::measure(program, &["reindex", "--full", "--data-dir", data_dir]).await?;
    let (seconds, mib) = (took.as_secs_f64(), peak_kib / 1_024);
    let reached = seconds <= 120.0 && mib < 1_536;
    let seen = format!("{seconds:.0} s, {mib} MiB anonymous memory at the peak");
    Ok(Figure::new(&format!("reindex of {events} events, Postgres started with it"), "120 s, 1.5 GiB", seen, Some(reached)))
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

/// Two words that occur together, a city, three facets: uncached, on the thread that searches.
async fn search(index: &Path, events: u32) -> Result<Figure> {
    let catalog = Catalog::open(index, CursorKey::new([0; 32]), Clock::System, 1 << 20)?;
    let queries = queries(&catalog).await?;
    let mut micros = Vec::with_capacity(QUERIES);
    for query in queries.iter().cycle().take(QUERIES) {
        let watch = Stopwatch::start();
        let answer = catalog.search(query).await?;
        micros.push(u64::try_from(watch.elapsed().as_micros())?);
        if answer.total == 0 {
            bail!("{query:?} finds nothing");
        }
    }
    micros.sort_unstable();
    let (p50, p99) = (quantile(&micros, 0.5) as f64 / 1e3, quantile(&micros, 0.99) as f64 / 1e3);
    let what = format!("search over {events} events, uncached, 2 words + city + 3 facets, p50 / p99");
    Ok(Figure::new(&what, "2 ms / 15 ms", format!("{p50:.2} ms / {p99:.2} ms"), Some(p50 <= 2.0 && p99 <= 15.0)))
}

async fn queries(catalog: &Catalog) -> Result<Vec<Query>> {
    let mut rng = StdRng::seed_from_u64(3);
    let mut queries = Vec::new();
    let mut seen = parse(&[("facets", "city"), ("limit", "100")])?;
    for _ in 0..10 {
        let page = catalog.search(&seen).await?;
        for hit in &page.items {
            let Hit::Event(event) = hit else { continue };
            let folded = domain::text::fold(&event.title);
            let words: Vec<&str> = folded.split(' ').filter(|word| word.len() > 2).collect();
            let Some(venue) = &event.venue else { continue };
            if words.len() < 2 || venue.city.is_empty() {
                continue;
            }
            let at = rng.random_range(0..words.len() - 1);
            let text = format!("{} {}", words[at], words[at + 1]);
            queries.push(parse(&[("q", &text), ("city", &venue.city), ("facets", "category,venue,month")])?);
        }
        seen.cursor = page.next_cursor.clone();
    }
    Ok(queries)
}

fn parse(parameters: &[(&str, &str)]) -> Result<Query> {
    let owned: Vec<(String, String)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Query::parse(&owned)?)
}
