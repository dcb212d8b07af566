//! The server that is asked, and what is asked of it one at a time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::load::{self, Answer, Connection};
use crate::report::Figure;
use crate::server::{Server, boxoffice};

pub struct World {
    server: Server,
    dir: PathBuf,
    pub users: Vec<String>,
}

impl World {
    /// An installation of its own, with nothing in it but users.
    pub async fn start(scratch: &Path) -> Result<Self> {
        let dir = scratch.join("ticketoverflow");
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        let data_dir = dir.to_str().context("a plain path")?;
        let arguments =
            ["serve", "--facade", "ticketoverflow", "--listen", "127.0.0.1:0", "--connections-per-address", "0", "--data-dir"];
        let server = Server::start(&boxoffice()?, &[&arguments[..], &[data_dir]].concat()).await?;
        let mut world = Self { server, dir, users: Vec::new() };
        let users = world.get("/users").await?;
        for user in users.as_array().context("users")? {
            world.users.push(user["id"].as_str().context("an id")?.to_owned());
        }
        ensure!(world.users.len() >= 5_000, "{} users", world.users.len());
        Ok(world)
    }

    pub fn address(&self) -> &str {
        &self.server.address
    }

    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address()).await
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.connect().await?.send(&load::get(&format!("/api/v1{path}"))).await?;
        read(&answer, 200)
    }

    /// Makes a concert some days from now; its id.
    pub async fn concert(&self, name: &str, days: i64, capacity: u32) -> Result<String> {
        let date =
            domain::Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC).date().saturating_add(jiff::Span::new().days(days));
        let body = json!({
            "name": name, "venue": "The Barn", "date": date.to_string(), "capacity": capacity, "status": "ACTIVE",
        });
        let request = load::json("POST", "/api/v1/concerts", "", &body.to_string());
        let made = read(&self.connect().await?.send(&request).await?, 201)?;
        Ok(made["id"].as_str().context("an id")?.to_owned())
    }

    /// How many places of a concert its sheet says are sold.
    pub async fn purchased(&self, concert: &str) -> Result<u64> {
        let answer = self.connect().await?.send(&load::get(&format!("/api/v1/concerts/{concert}/seats"))).await?;
        purchased(&answer)
    }

    /// Stops the server and proves by its rows that every place and order is accounted for.
    pub async fn audited(self) -> Result<Figure> {
        let Self { server, dir, .. } = self;
        server.stop().await?;
        let output = Command::new(boxoffice()?).args(["audit", "--json", "--data-dir"]).arg(&dir).output().await?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let report: Value = serde_json::from_str(&told).with_context(|| format!("an audit: {told}"))?;
        let seen = format!("{} orders of {} concerts", report["orders"], report["events"]);
        Ok(Figure::new("`boxoffice audit`", "clean", seen, Some(output.status.success())))
    }
}

/// The body of an answer with that status.
pub fn read(answer: &Answer, status: u16) -> Result<Value> {
    if answer.status != status {
        bail!("{} instead of {status}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// The last number of a sheet's description.
pub fn purchased(sheet: &Answer) -> Result<u64> {
    let text = std::str::from_utf8(&sheet.body)?;
    let desc = text.split_once("<desc>").and_then(|(_, rest)| rest.split_once("</desc>")).context("a description")?.0;
    Ok(desc.rsplit('|').next().context("three parts")?.parse()?)
}
