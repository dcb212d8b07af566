//! Many events at once: each is looked at and has one hold, on one node.

use std::path::Path;

use anyhow::{Context, Result};

use crate::holds;
use crate::load;
use crate::machine::process_kib;
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

const EVENTS: u32 = 20_000;
const SEATS: u32 = 200;
const CLIENTS: usize = 64;

/// Looks at every event, then holds two seats of each, as fast as the answers come.
pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("crowd");
    let events = prepare(&dir).await?;
    let server = Server::start(&boxoffice()?, &store::serve(dir.to_str().context("a path in UTF-8")?)).await?;
    let tokens = holds::sessions(&server.address, CLIENTS).await?;
    let idle = anonymous_mib(&server)?;
    let rounds = events.len() / CLIENTS;
    let event = |client: usize, number: usize| &events[client * rounds + number];
    let looked = load::run(&server.address, CLIENTS, rounds, |client, number| {
        load::get(&format!("/v1/events/{}/seats", event(client, number)))
    })
    .await?;
    let held = load::run(&server.address, CLIENTS, rounds, |client, number| {
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: crowd-{number}\r\n", tokens[client]);
        let path = format!("/v1/events/{}/holds", event(client, number));
        load::json("POST", &path, &headers, r#"{"best":{"quantity":2}}"#)
    })
    .await?;
    let more = anonymous_mib(&server)? - idle;
    server.stop().await?;
    let refused = looked.without(200) + held.without(201);
    let p99 = held.quantile_ms(0.99);
    Ok(vec![Figure::new(
        &format!(
            "{EVENTS} different events looked at, each with one hold, {CLIENTS} clients: refused / memory above idle / p99 of a hold"
        ),
        "0 / 600 MiB / 100 ms",
        format!("{refused} / {more:.0} MiB / {p99:.0} ms ({:.0} holds/s)", held.per_second()),
        Some(refused == 0 && more <= 600.0 && p99 <= 100.0),
    )])
}

/// Anonymous memory of the server's process in MiB.
fn anonymous_mib(server: &Server) -> Result<f64> {
    Ok(process_kib(server.pid, "RssAnon").context("its memory")? as f64 / 1_024.0)
}

async fn prepare(dir: &Path) -> Result<Vec<String>> {
    let database = store::fresh(dir).await?;
    let premises = holds::stadium(&database, SEATS).await?;
    let first = holds::on_sale(&database, &premises).await?;
    let copies = store::copies(&database.pool, first.0, EVENTS).await?;
    database.close().await?;
    Ok(copies.iter().map(ToString::to_string).collect())
}
