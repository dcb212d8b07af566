//! Pages that everyone refreshes, beside the JSON of one event in the same run; and pages to browse by while sales change badges.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::time::MissedTickBehavior;

use crate::holds;
use crate::load::{self, Connection};
use crate::report::{Figure, median};
use crate::server::Server;

const CLIENTS: usize = 32;
const REQUESTS: usize = 1_000;
const ASKED: f64 = 0.4;
/// Different pages to browse by, each asked for so often by each client.
const BROWSED: usize = 100;
const TIMES: usize = 100;
const HOLDS_PER_SECOND: u32 = 50;
const BUYERS: usize = 50;
/// As browsers ask.
const BROWSER: &str = "Accept-Encoding: gzip, deflate, br\r\n";

pub async fn measure(scratch: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let server = Server::demo(&scratch.join("pages")).await?;
    let mut figures = refreshed(&server.address, rounds.max(3)).await?;
    figures.push(browsed(&server.address).await?);
    server.stop().await?;
    Ok(figures)
}

async fn json(address: &str, path: &str) -> Result<Value> {
    let answer = Connection::open(address).await?.send(&load::get(path)).await?;
    serde_json::from_slice(&answer.body).with_context(|| format!("{path}: {}", answer.status))
}

/// One of each page and list against the event's JSON, in turns.
async fn refreshed(address: &str, rounds: usize) -> Result<Vec<Figure>> {
    let found = json(address, "/v1/search?availability=available&limit=100").await?;
    let hits = found["items"].as_array().context("hits")?;
    // a slug may hold letters of every script, which an address does not
    let plain = |hit: &&Value| hit["slug"].as_str().is_some_and(str::is_ascii) && hit["series"]["id"].is_string();
    let hit = hits.iter().find(plain).context("an event of a series")?;
    let of = |pointer: &str| hit.pointer(pointer).and_then(Value::as_str).with_context(|| format!("{pointer} of {hit}"));
    let (event, venue) = (of("/id")?, of("/venue/id")?);
    let event_json = format!("/v1/events/{event}");
    let table = [
        ("an event's page", format!("/events/{event}/{}", of("/slug")?)),
        ("a series' page", format!("/series/{}", of("/series/id")?)),
        ("a venue's page", format!("/venues/{venue}")),
        ("the search page with words", "/search?q=night".to_owned()),
        ("the search page without", "/search".to_owned()),
        ("results while typing", "/search/results?q=nig".to_owned()),
        ("the home page", "/".to_owned()),
        ("suggestions", "/v1/suggest?q=nig".to_owned()),
        ("the list of events", "/v1/events".to_owned()),
        ("the list of a venue's events", format!("/v1/venues/{venue}/events")),
    ];
    let mut figures = Vec::new();
    for (what, path) in table {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            theirs.push(load::per_second(address, &event_json, CLIENTS, REQUESTS, BROWSER).await?);
            ours.push(load::per_second(address, &path, CLIENTS, REQUESTS, BROWSER).await?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        figures.push(Figure::new(
            &format!("{what} against the event's JSON, {CLIENTS} clients"),
            &format!("{ASKED} ×"),
            format!("{:.2} × ({ours:.0}/s against {theirs:.0}/s)", ours / theirs),
            Some(ours / theirs >= ASKED),
        ));
    }
    Ok(figures)
}

/// Pages to browse by in turns, with nothing changing and while holds change badges.
async fn browsed(address: &str) -> Result<Figure> {
    let pages = Arc::new(browsing(address).await?);
    let still = in_turns(address, &pages).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let selling = tokio::spawn(sell(address.to_owned(), holds::sessions(address, BUYERS).await?, Arc::clone(&stop)));
    let moving = in_turns(address, &pages).await;
    stop.store(true, Ordering::Relaxed);
    let (moving, held) = (moving?, selling.await??);
    Ok(Figure::new(
        &format!(
            "{} different pages to browse by in turns while {HOLDS_PER_SECOND} holds/s change badges, against nothing changing",
            pages.len()
        ),
        "0.5 ×",
        format!("{:.2} × ({moving:.0}/s against {still:.0}/s, {held} holds)", moving / still),
        Some(moving / still >= 0.5),
    ))
}

/// Addresses of cities and categories, by date and by popularity.
async fn browsing(address: &str) -> Result<Vec<String>> {
    let found = json(address, "/v1/search?facets=category,city&limit=1").await?;
    let mut pages = Vec::new();
    for facet in ["category", "city"] {
        for value in found["facets"][facet].as_array().with_context(|| format!("the facet {facet}"))? {
            let value = value["value"].as_str().context("a value")?.replace(' ', "+");
            pages.extend(["date", "popularity"].map(|sort| format!("/search?{facet}={value}&sort={sort}")));
        }
    }
    pages.truncate(BROWSED);
    Ok(pages)
}

async fn in_turns(address: &str, pages: &[String]) -> Result<f64> {
    let request = |client: usize, number: usize| load::get_with(&pages[(client + number) % pages.len()], BROWSER);
    let run = load::run(address, CLIENTS, TIMES * BROWSED, request).await?;
    if run.without(200) > 0 {
        bail!("pages to browse by: {:?}", run.statuses);
    }
    Ok(run.per_second())
}

/// Events with places left, those with the fewest first: their badges move soonest.
async fn small(address: &str) -> Result<Vec<String>> {
    let found = json(address, "/v1/search?availability=available&limit=100").await?;
    let mut events = Vec::new();
    for id in found["items"].as_array().context("hits")?.iter().filter_map(|hit| hit["id"].as_str()) {
        let seats = json(address, &format!("/v1/events/{id}/seats")).await?;
        events.push((seats.pointer("/counts/available").and_then(Value::as_u64).context("a count")?, id.to_owned()));
    }
    events.sort();
    Ok(events.into_iter().map(|(_, id)| id).collect())
}

/// Holds ten places of one event after the other, each by the next buyer, so that badges move; gives how many holds there were.
async fn sell(address: String, tokens: Vec<String>, stop: Arc<AtomicBool>) -> Result<usize> {
    let events = small(&address).await?;
    let mut connection = Connection::open(&address).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / HOLDS_PER_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut number, mut at, mut held) = (0, 0, 0);
    while !stop.load(Ordering::Relaxed) && at < events.len() {
        ticks.tick().await;
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: pages-{number}\r\n", tokens[number % tokens.len()]);
        let path = format!("/v1/events/{}/holds", events[at]);
        let answer = connection.send(&load::json("POST", &path, &headers, r#"{"best":{"quantity":10}}"#)).await?;
        match answer.status {
            201 => held += 1,
            // full, or this buyer has enough of it
            409 | 422 | 429 => at += 1,
            status => bail!("{path}: {status} {}", String::from_utf8_lossy(&answer.body)),
        }
        number += 1;
    }
    Ok(held)
}
