//! The scenarios that print.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use domain::Stopwatch;
use serde_json::Value;

use super::rush::{Until, rush};
use super::world::{World, read};
use crate::load::{Connection, get, json, quantile};
use crate::report::{Figure, Scenario};

const FAR: u32 = 10_000;
const TONIGHT: u32 = 200;
const RENAMED: u32 = 3_000;
/// Buyers whose tickets are listed: a list of one of them is one page.
const USERS: usize = 20;
/// What was asked for.
const TONIGHT_WAITS: Duration = Duration::from_secs(1);
/// Nobody waits longer than this for a bench.
const PATIENCE: Duration = Duration::from_secs(600);
const CLIENTS: usize = 8;

/// Tickets of one concert, and how long each waited for its print.
struct Prints<'w> {
    world: &'w World,
    concert: String,
    users: Vec<String>,
    tickets: Vec<String>,
    asked: HashMap<String, Duration>,
    waited: HashMap<String, Duration>,
}

impl<'w> Prints<'w> {
    /// Sells a concert out to a few users.
    async fn of(world: &'w World, name: &str, days: i64, places: u32) -> Result<Self> {
        let (concert, users) = (world.concert(name, days, places).await?, world.users[..USERS].to_vec());
        let concerts = [concert.clone()];
        let mut seen = rush(world, 32, &concerts, &users, Until::SoldOut, (Arc::default(), true)).await?;
        let tickets = seen.tickets.pop().context("one concert")?;
        ensure!(tickets.len() == places as usize, "{} of {places} sold", tickets.len());
        Ok(Self { world, concert, users, tickets, asked: HashMap::new(), waited: HashMap::new() })
    }

    /// Asks for all prints; each must be acknowledged.
    async fn ask(&mut self, watch: &Stopwatch) -> Result<()> {
        let mut tasks = Vec::new();
        for part in self.tickets.chunks(self.tickets.len().div_ceil(CLIENTS)) {
            let (connection, part, watch) = (self.world.connect().await?, part.to_vec(), *watch);
            tasks.push(tokio::spawn(ask(connection, part, watch)));
        }
        self.waited.clear();
        for task in tasks {
            self.asked.extend(task.await??);
        }
        Ok(())
    }

    /// Looks which are printed by now.
    async fn look(&mut self, watch: &Stopwatch) -> Result<()> {
        for user in &self.users {
            let path = format!("/tickets?concert_id={}&user_id={user}", self.concert);
            let listed = self.world.get(&path).await?;
            let now = watch.elapsed();
            for ticket in listed.as_array().context("a list")? {
                let (id, status) = (text(ticket, "id")?, text(ticket, "print_status")?);
                ensure!(status != "ERROR", "{id} could not be printed");
                if status == "PRINTED" && !self.waited.contains_key(&id) {
                    let since = self.asked.get(&id).copied().unwrap_or_default();
                    self.waited.insert(id, now.saturating_sub(since));
                }
            }
        }
        Ok(())
    }

    fn all_printed(&self) -> bool {
        self.waited.len() == self.tickets.len()
    }

    async fn wait(&mut self, watch: &Stopwatch) -> Result<()> {
        let until = watch.elapsed() + PATIENCE;
        while !self.all_printed() {
            ensure!(watch.elapsed() < until, "{} of {} printed", self.waited.len(), self.tickets.len());
            self.look(watch).await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn p99(&self) -> Duration {
        let mut waited: Vec<u64> = self.waited.values().map(|waited| waited.as_micros() as u64).collect();
        waited.sort_unstable();
        Duration::from_micros(quantile(&waited, 0.99))
    }
}

fn text(of: &Value, name: &str) -> Result<String> {
    Ok(of[name].as_str().with_context(|| format!("no {name} in {of}"))?.to_owned())
}

async fn ask(mut connection: Connection, tickets: Vec<String>, watch: Stopwatch) -> Result<Vec<(String, Duration)>> {
    let mut asked = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let at = watch.elapsed();
        let status = text(&read(&connection.send(&json("POST", &print_of(&ticket), "", "")).await?, 202)?, "print_status")?;
        ensure!(status == "PENDING" || status == "PRINTED", "{ticket} is {status} at once");
        asked.push((ticket, at));
    }
    Ok(asked)
}

fn print_of(ticket: &str) -> String {
    format!("/api/v1/tickets/{ticket}/print")
}

pub async fn tonight_first(world: &World) -> Result<Scenario> {
    let mut far = Prints::of(world, "In four months", 120, FAR).await?;
    let mut tonight = Prints::of(world, "This evening", 0, TONIGHT).await?;
    let watch = Stopwatch::start();
    far.ask(&watch).await?;
    far.look(&watch).await?;
    let before = far.waited.len();
    tonight.ask(&watch).await?;
    tonight.wait(&watch).await?;
    far.look(&watch).await?;
    let between = far.waited.len();
    far.wait(&watch).await?;
    let (near, distant) = (tonight.p99(), far.p99());
    let overtaken = format!("{before} of {FAR} printed before tonight's were asked for, {between} when tonight's were done");
    let figures = vec![
        Figure::new(
            &format!("p99 of tonight's {TONIGHT} prints, asked for behind the {FAR}"),
            "1 s",
            format!("{} ms", near.as_millis()),
            Some(near <= TONIGHT_WAITS),
        ),
        Figure::new(
            &format!("p99 of the {FAR} prints in four months"),
            "longer",
            format!("{} ms", distant.as_millis()),
            Some(near < distant),
        ),
        // with nothing left of the far ones there was nothing to overtake
        Figure::new("tonight's overtook", "some", overtaken, Some(between < FAR as usize)),
    ];
    Ok(Scenario { name: "an evening show's prints before those of a concert in four months", figures })
}

pub async fn renamed(world: &World) -> Result<Scenario> {
    let (old, new) = ("The old name & its friends", "A name of today");
    let mut prints = Prints::of(world, old, 14, RENAMED).await?;
    let watch = Stopwatch::start();
    prints.ask(&watch).await?;
    prints.look(&watch).await?;
    let printed = prints.waited.len();
    let rename = json("PUT", &format!("/api/v1/concerts/{}", prints.concert), "", &format!("{{\"name\":\"{new}\"}}"));
    read(&world.connect().await?.send(&rename).await?, 200)?;
    let (mut shown, mut stale) = seen_names(&prints, new).await?;
    prints.ask(&watch).await?;
    prints.wait(&watch).await?;
    let (all, older) = seen_names(&prints, new).await?;
    shown += all;
    stale += older;
    let told = format!("{printed} of {RENAMED} were printed then; {shown} prints looked at, {stale} with the old name");
    let figures = vec![
        Figure::new("prints with the old name after the change was acknowledged", "none", told, Some(stale == 0)),
        Figure::new("prints with the new name in the end", "all", format!("{all} of {RENAMED}"), Some(all == u64::from(RENAMED))),
    ];
    Ok(Scenario { name: "a rename while many print", figures })
}

/// Looks at every print that there is: how many there are, and how many do not show the name.
async fn seen_names(prints: &Prints<'_>, name: &str) -> Result<(u64, u64)> {
    let (mut connection, mut shown, mut stale) = (prints.world.connect().await?, 0, 0);
    for ticket in &prints.tickets {
        let answer = connection.send(&get(&print_of(ticket))).await?;
        match answer.status {
            404 => {}
            200 => {
                shown += 1;
                let svg = String::from_utf8_lossy(&answer.body);
                stale += u64::from(!svg.contains(name) || svg.contains("The old name"));
            }
            other => bail!("a print: {other}"),
        }
    }
    Ok((shown, stale))
}
