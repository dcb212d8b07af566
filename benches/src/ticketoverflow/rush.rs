//! Many who buy at once, each over a connection of his own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Stopwatch;

use super::world::World;
use crate::load::{Connection, json, quantile};

/// How long they buy.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// Until each concert has nothing left.
    SoldOut,
    Over(Duration),
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Rush {
    pub seconds: f64,
    /// By concert: answers 201.
    pub sold: Vec<u64>,
    /// Answers 422.
    pub refused: u64,
    /// Any other status: there should be none.
    pub others: BTreeMap<u16, u64>,
    /// Of all answers, sorted.
    pub latencies_us: Vec<u64>,
    /// By concert: tickets, in the order in which their answers came to each client.
    pub tickets: Vec<Vec<String>>,
}

impl Rush {
    pub fn all_sold(&self) -> u64 {
        self.sold.iter().sum()
    }

    pub fn per_second(&self) -> f64 {
        self.all_sold() as f64 / self.seconds
    }

    pub fn quantile_ms(&self, q: f64) -> f64 {
        quantile(&self.latencies_us, q) as f64 / 1_000.0
    }

    fn take(&mut self, other: Rush) {
        self.refused += other.refused;
        self.latencies_us.extend(other.latencies_us);
        other.others.into_iter().for_each(|(status, count)| *self.others.entry(status).or_default() += count);
        self.sold.iter_mut().zip(other.sold).for_each(|(all, more)| *all += more);
        self.tickets.iter_mut().zip(other.tickets).for_each(|(all, more)| all.extend(more));
    }
}

/// What all buyers of one rush share.
struct RushState {
    concerts: Vec<String>,
    users: Vec<String>,
    over: Vec<AtomicBool>,
    /// Answers 201 so far.
    sold: Arc<AtomicU64>,
    until: Until,
    watch: Stopwatch,
    keep: bool,
}

/// Buys at these concerts, one after the other, with so many clients.
///
/// Takes     `sold`: counts what was acknowledged while it happens.  `keep`: whether to remember the tickets.
pub async fn rush(
    world: &World,
    clients: usize,
    concerts: &[String],
    users: &[String],
    until: Until,
    (sold, keep): (Arc<AtomicU64>, bool),
) -> Result<Rush> {
    let over = concerts.iter().map(|_| AtomicBool::new(false)).collect();
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(world.connect().await?);
    }
    let (concerts, users, watch) = (concerts.to_vec(), users.to_vec(), Stopwatch::start());
    let shared = Arc::new(RushState { concerts, users, over, sold, until, watch, keep });
    let buyers: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(number, connection)| tokio::spawn(buy(number, connection, Arc::clone(&shared))))
        .collect();
    let mut all = empty(shared.concerts.len());
    for buyer in buyers {
        all.take(buyer.await??);
    }
    all.seconds = shared.watch.seconds();
    all.latencies_us.sort_unstable();
    Ok(all)
}

fn empty(concerts: usize) -> Rush {
    Rush { sold: vec![0; concerts], tickets: vec![Vec::new(); concerts], ..Rush::default() }
}

async fn buy(number: usize, mut connection: Connection, shared: Arc<RushState>) -> Result<Rush> {
    let (mut seen, all) = (empty(shared.concerts.len()), shared.concerts.len());
    for turn in 0.. {
        if matches!(shared.until, Until::Over(time) if shared.watch.elapsed() >= time) {
            break;
        }
        let begin = (number + turn) % all;
        let open = (0..all).map(|step| (begin + step) % all).find(|at| !shared.over[*at].load(Ordering::Relaxed));
        let Some(at) = open else { break };
        // a step that meets every user
        let user = &shared.users[(number * 7_919 + turn * 31) % shared.users.len()];
        let body = format!("{{\"concert_id\":\"{}\",\"user_id\":\"{user}\"}}", shared.concerts[at]);
        let watch = Stopwatch::start();
        let answer = connection.send(&json("POST", "/api/v1/tickets", "", &body)).await?;
        seen.latencies_us.push(u64::try_from(watch.elapsed().as_micros())?);
        match answer.status {
            201 => {
                seen.sold[at] += 1;
                shared.sold.fetch_add(1, Ordering::Relaxed);
                if shared.keep {
                    seen.tickets[at].push(ticket(&answer.body)?);
                }
            }
            422 => {
                seen.refused += 1;
                shared.over[at].store(true, Ordering::Relaxed);
            }
            other => *seen.others.entry(other).or_default() += 1,
        }
    }
    Ok(seen)
}

/// The id with which a ticket's body begins.
fn ticket(body: &[u8]) -> Result<String> {
    let id = std::str::from_utf8(body)?.strip_prefix("{\"id\":\"").and_then(|rest| rest.get(..36));
    Ok(id.context("an id in front")?.to_owned())
}
