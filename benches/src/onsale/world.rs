//! The server, its one event, and what is asked of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use domain::EventId;
use gateway::run::database::Database;
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::holds;
use crate::load::{self, Answer, Connection};
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

pub const SEATS: u32 = 50_000;
/// People inside at once.
pub const SLOTS: usize = 400;

pub struct World {
    server: Server,
    dir: PathBuf,
    pub event: EventId,
    /// Beside the running server, in its Postgres: the truth that answers are held against.
    pub database: Database,
}

/// One who waits.
#[derive(Debug, Clone)]
pub struct Waiter {
    pub session: String,
    pub buyer: Uuid,
    pub token: String,
}

impl World {
    pub async fn start(scratch: &Path) -> Result<Self> {
        let dir = scratch.join("onsale");
        let database = store::fresh(&dir).await?;
        let premises = holds::stadium(&database, SEATS).await?;
        let event = holds::on_sale(&database, &premises).await?;
        database.close().await?;
        let data_dir = dir.to_str().context("a path in UTF-8")?;
        let key = key(data_dir).await?;
        let server = Server::start(&boxoffice()?, &store::serve(data_dir)).await?;
        let database = store::open(&dir).await?;
        let world = Self { server, dir, event, database };
        let settings = json!({ "mode": "on", "slots": SLOTS, "minutes": 10, "grace_seconds": 600, "order": "first_come" });
        let authorised = format!("Authorization: Bearer {key}\r\n");
        let request = load::json("PUT", &format!("/v1/events/{event}/queue"), &authorised, &settings.to_string());
        read(&world.connect().await?.send(&request).await?, 200)?;
        Ok(world)
    }

    pub fn address(&self) -> &str {
        &self.server.address
    }

    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address()).await
    }

    /// Stops the server and proves by its rows that every place and order is accounted for.
    pub async fn audited(self) -> Result<Figure> {
        let Self { server, dir, database, .. } = self;
        database.close().await?;
        server.stop().await?;
        let output = Command::new(boxoffice()?).args(["audit", "--json", "--data-dir"]).arg(&dir).output().await?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let report: Value = serde_json::from_str(&told).with_context(|| format!("an audit: {told}"))?;
        Ok(Figure::new("`boxoffice audit`", "clean", format!("{} orders", report["orders"]), Some(output.status.success())))
    }
}

/// An organiser's key of this installation.
async fn key(data_dir: &str) -> Result<String> {
    let arguments = ["admin", "create-key", "--role", "admin", "--data-dir", data_dir];
    let output = Command::new(boxoffice()?).args(arguments).output().await?;
    ensure!(output.status.success(), "a key: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The body of an answer with that status.
pub fn read(answer: &Answer, status: u16) -> Result<Value> {
    if answer.status != status {
        bail!("{} instead of {status}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// A text of an answer.
pub fn text(body: &Value, name: &str) -> Result<String> {
    body[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {body}"))
}
