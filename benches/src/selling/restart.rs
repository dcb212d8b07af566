//! From kill -9 to the next accepted hold: of the server, which is started again at once, and of Postgres under it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Stopwatch;

use crate::holds::{prepare, sessions};
use crate::load::{self, Connection};
use crate::report::{Figure, median};
use crate::server::{Server, boxoffice};

const AGAIN: Duration = Duration::from_millis(5);
/// Nobody waits longer for a server that is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Kills each in turn, `rounds` times.
pub async fn measure(scratch: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let dir = scratch.join("restart");
    let event = prepare(&dir, 1).await?.pop().context("an event")?;
    let data_dir = dir.to_str().context("a path in UTF-8")?;
    let program = boxoffice()?;
    let listen = free_address()?;
    let arguments = ["serve", "--data-dir", data_dir, "--listen", &listen, "--log-filter", "error"];
    let mut server = Server::start(&program, &arguments).await?;
    let token = sessions(&server.address, 1).await?.pop().context("a session")?;
    let mut buyer = Buyer { address: listen.clone(), event, token, seat: 0 };
    buyer.holds().await?;
    let (mut of_server, mut of_postgres) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        server.kill().await?;
        server = Server::start(&program, &arguments).await?;
        buyer.holds().await?;
        of_server.push(watch.seconds());
        let watch = Stopwatch::start();
        let killed = postgres(&dir).context("Postgres runs")?;
        kill(&killed)?;
        // its orphaned backends may still accept something: what counts is the first hold of the new one
        while postgres(&dir).is_none_or(|pid| pid == killed) {
            tokio::time::sleep(AGAIN).await;
        }
        buyer.holds().await?;
        of_postgres.push(watch.seconds());
    }
    server.stop().await?;
    let figure = |what: &str, limit: f64, mut seen: Vec<f64>| {
        let slowest = seen.iter().copied().fold(0.0, f64::max);
        let middle = median(std::mem::take(&mut seen));
        let shown = format!("{middle:.2} s, {slowest:.2} s at most");
        Figure::new(
            &format!("kill -9 of {what} until the next accepted hold"),
            &format!("{limit:.0} s"),
            shown,
            Some(slowest <= limit),
        )
    };
    Ok(vec![figure("the server, started again at once,", 3.0, of_server), figure("Postgres", 5.0, of_postgres)])
}

/// Asks for seat after seat.
pub struct Buyer {
    pub address: String,
    pub event: String,
    pub token: String,
    pub seat: usize,
}

impl Buyer {
    /// Asks until a hold is accepted; the seat of an attempt whose answer was lost may be held, so each attempt asks for another.
    pub async fn holds(&mut self) -> Result<()> {
        let asking = async {
            while self.attempt().await.is_none_or(|status| status != 201) {
                tokio::time::sleep(AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.context("no hold was accepted for a minute")
    }

    async fn attempt(&mut self) -> Option<u16> {
        self.seat += 1;
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: restart-{}\r\n", self.token, self.seat);
        let body = r#"{"best":{"quantity":1}}"#;
        let request = load::json("POST", &format!("/v1/events/{}/holds", self.event), &headers, body);
        let mut connection = Connection::open(&self.address).await.ok()?;
        Some(connection.send(&request).await.ok()?.status)
    }
}

pub fn free_address() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

/// The process that postmaster.pid names; it is the running one once it says `ready`.
fn postgres(dir: &Path) -> Option<String> {
    let text = std::fs::read_to_string(dir.join("postgres/cluster/postmaster.pid")).ok()?;
    let ready = text.lines().nth(7).is_some_and(|line| line.trim() == "ready");
    text.lines().next().filter(|_| ready).map(|pid| pid.trim().to_owned())
}

fn kill(pid: &str) -> Result<()> {
    let killed = std::process::Command::new("kill").args(["-9", pid]).status()?;
    anyhow::ensure!(killed.success(), "Postgres, process {pid}, could not be killed");
    Ok(())
}
