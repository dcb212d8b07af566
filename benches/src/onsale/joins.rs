//! Everybody joins at once; what they are told is held against the rows.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use domain::Stopwatch;
use uuid::Uuid;

use super::world::{SLOTS, Waiter, World, read, text};
use crate::load::{self, Connection, quantile};
use crate::report::{Figure, Scenario};

/// A multiple of the clients.
const WAITERS: usize = 20_480;
const CLIENTS: usize = 256;
/// Waiters whose places are asked for anew and counted in the rows.
const SAMPLE: usize = 500;

/// Gives     those who wait, in the order of their places.
pub async fn all(world: &World) -> Result<(Scenario, Vec<Waiter>)> {
    let mut clients = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        clients.push(tokio::spawn(sessions(world.connect().await?)));
    }
    let mut ready = Vec::with_capacity(CLIENTS);
    for client in clients {
        ready.push(client.await??);
    }
    let path: Arc<str> = format!("/v1/events/{}/queue", world.event).into();
    let watch = Stopwatch::start();
    let clients: Vec<_> =
        ready.into_iter().map(|(connection, sessions)| tokio::spawn(join(connection, Arc::clone(&path), sessions))).collect();
    let (mut waits, mut waiters) = (Vec::with_capacity(WAITERS), HashMap::with_capacity(WAITERS));
    for client in clients {
        for (waited, waiter) in client.await?? {
            waits.push(waited);
            waiters.insert(waiter.buyer, waiter);
        }
    }
    let seconds = watch.seconds();
    waits.sort_unstable();
    let line = line(world, waiters).await?;
    let right = right_places(world, &line).await?;
    let ms = |q: f64| quantile(&waits, q) as f64 / 1e3;
    let figures = vec![
        Figure::new(
            "joins over HTTP, each a row before its answer",
            "10,000/s (the room alone: `bench queue`)",
            format!("{:.0}/s; p50 {:.0} ms, p99 {:.0} ms", WAITERS as f64 / seconds, ms(0.5), ms(0.99)),
            None,
        ),
        Figure::new(
            "places told, against those counted in the rows",
            "all the same",
            format!("{right} of {SAMPLE}"),
            Some(right == SAMPLE),
        ),
    ];
    Ok((Scenario { name: "20,480 join, 256 at a time", figures }, line))
}

/// Opens this client's share of the sessions.
async fn sessions(mut connection: Connection) -> Result<(Connection, Vec<(String, Uuid)>)> {
    let mut opened = Vec::with_capacity(WAITERS / CLIENTS);
    for _ in 0..WAITERS / CLIENTS {
        let session = read(&connection.send(&load::json("POST", "/v1/sessions", "", "{}")).await?, 201)?;
        opened.push((text(&session, "token")?, text(&session, "buyer_id")?.parse()?));
    }
    Ok((connection, opened))
}

async fn join(mut connection: Connection, path: Arc<str>, sessions: Vec<(String, Uuid)>) -> Result<Vec<(u64, Waiter)>> {
    let mut joined = Vec::with_capacity(sessions.len());
    for (session, buyer) in sessions {
        let headers = format!("Authorization: Bearer {session}\r\n");
        let watch = Stopwatch::start();
        let answer = connection.send(&load::json("POST", &path, &headers, "{}")).await?;
        let waited = u64::try_from(watch.elapsed().as_micros())?;
        let token = text(&read(&answer, 201)?, "token")?;
        joined.push((waited, Waiter { session, buyer, token }));
    }
    Ok(joined)
}

/// Puts those who joined in the order that the rows give them: the admitted first.
async fn line(world: &World, mut waiters: HashMap<Uuid, Waiter>) -> Result<Vec<Waiter>> {
    let order: Vec<Uuid> = sqlx::query_scalar("SELECT buyer_id FROM queue_places WHERE event_id = $1 ORDER BY number")
        .bind(world.event.0)
        .fetch_all(&world.database.pool)
        .await?;
    let line: Vec<Waiter> = order.iter().filter_map(|buyer| waiters.remove(buyer)).collect();
    ensure!(waiters.is_empty(), "{} were told a place and have no row", waiters.len());
    Ok(line)
}

/// How many of a sample are told as many people ahead as wait before them in the rows.
async fn right_places(world: &World, line: &[Waiter]) -> Result<usize> {
    let mut connection = world.connect().await?;
    let waiting = &line[SLOTS..];
    let mut right = 0;
    for (at, waiter) in waiting.iter().enumerate().step_by(waiting.len() / SAMPLE).take(SAMPLE) {
        let told = read(&connection.send(&load::get(&format!("/v1/queue/{}", waiter.token))).await?, 200)?;
        let ahead = told["ahead"].as_u64().with_context(|| format!("ahead in {told}"))?;
        right += usize::from(ahead == at as u64);
    }
    Ok(right)
}
