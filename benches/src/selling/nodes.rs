//! Two nodes over one Postgres: what it costs to ask the one that does not have the event, and how long its owner's death is felt.

use std::path::Path;

use anyhow::{Context, Result, bail};
use catalog::demo::{Design, hall};
use domain::Stopwatch;
use gateway::run::postgres::{Cluster, Profile};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::holds::{SEATS, pairs, prepare, sessions};
use crate::load;
use crate::report::{Figure, median};
use crate::restart::{Buyer, free_address};
use crate::server::{Server, boxoffice};
use crate::store::UNLIMITED;

/// A crowd that leaves the machine some air: what is measured is the way, not the line before it.
const CLIENTS: usize = 16;
const REQUESTS: usize = 150;

/// One of the nodes, to be started again.
struct NodeSpec {
    data_dir: String,
    listen: String,
    keys: String,
    database: String,
}

impl NodeSpec {
    fn of(dir: &Path, name: &str, database: &str) -> Result<NodeSpec> {
        let text = |path: std::path::PathBuf| path.to_str().map(str::to_owned).context("a path in UTF-8");
        let (data_dir, keys) = (text(dir.join(name))?, text(dir.join("keys"))?);
        Ok(NodeSpec { data_dir, listen: free_address()?, keys, database: database.to_owned() })
    }

    async fn start(&self) -> Result<Server> {
        let url = format!("http://{}", self.listen);
        let mut arguments = vec!["serve", "--data-dir", &self.data_dir, "--listen", &self.listen, "--keys-dir", &self.keys];
        arguments.extend(["--database-url", &self.database, "--node-url", &url, "--node-secret", "a-secret-of-this-bench"]);
        arguments.extend(["--log-filter", "error"].into_iter().chain(UNLIMITED));
        Server::start(&boxoffice()?, &arguments).await
    }
}

/// Measures both, `rounds` times.
pub async fn measure(scratch: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let dir = scratch.join("nodes");
    let mut events = prepare(&dir, rounds * 3).await?;
    let (of, keep) = (dir.clone(), Profile::Durable);
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&of, keep, None)).await?.map_err(anyhow::Error::from)?;
    let places = [NodeSpec::of(&dir, "one", &cluster.url())?, NodeSpec::of(&dir, "two", &cluster.url())?];
    let [mut one, two] = [places[0].start().await?, places[1].start().await?];
    let pairs = pairs(&hall(Design::Stadium, SEATS));
    let tokens = sessions(&two.address, CLIENTS).await?;
    let (mut own, mut sent, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        for (address, seen) in [(&one.address, &mut own), (&two.address, &mut sent)] {
            let event = events.pop().context("an event")?;
            // the first node is asked first: it has the event
            Buyer { address: one.address.clone(), event: event.clone(), token: tokens[0].clone(), seat: 0 }.holds().await?;
            seen.push(round(address, &event, &tokens, &pairs).await?);
        }
        let event = events.pop().context("an event")?;
        Buyer { address: one.address.clone(), event: event.clone(), token: tokens[0].clone(), seat: 0 }.holds().await?;
        let mut buyer = Buyer { address: two.address.clone(), event, token: tokens[0].clone(), seat: 2 };
        buyer.holds().await?;
        let watch = Stopwatch::start();
        one.kill().await?;
        buyer.holds().await?;
        taken.push(watch.seconds());
        one = places[0].start().await?;
    }
    one.stop().await?;
    two.stop().await?;
    tokio::task::spawn_blocking(move || cluster.close()).await?.map_err(anyhow::Error::from)?;
    Ok(figures(&own, &sent, &taken))
}

/// p50 and p99 of a hold in milliseconds.
async fn round(address: &str, event: &str, tokens: &[String], pairs: &[(String, String)]) -> Result<(f64, f64)> {
    let path = format!("/v1/events/{event}/holds");
    let run = load::run(address, CLIENTS, REQUESTS, |client, number| {
        let mut rng = StdRng::seed_from_u64((client * REQUESTS + number) as u64);
        let (one, other) = &pairs[rng.random_range(0..pairs.len())];
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: {event}-{client}-{number}\r\n", tokens[client]);
        load::json("POST", &path, &headers, &format!(r#"{{"seats":["{one}","{other}"]}}"#))
    })
    .await?;
    match run.statuses.keys().find(|status| ![201, 409].contains(status)) {
        Some(_) => bail!("{path}: unexpected answers {:?}", run.statuses),
        None => Ok((run.quantile_ms(0.5), run.quantile_ms(0.99))),
    }
}

fn figures(own: &[(f64, f64)], sent: &[(f64, f64)], taken: &[f64]) -> Vec<Figure> {
    let middle = |runs: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| median(runs.iter().map(pick).collect());
    let [(own50, own99), (sent50, sent99)] = [own, sent].map(|runs| (middle(runs, |run| run.0), middle(runs, |run| run.1)));
    let added = format!(
        "{:.1} ms ({:.1} ms at p50): {sent50:.1} / {sent99:.1} ms against {own50:.1} / {own99:.1} ms",
        sent99 - own99,
        sent50 - own50
    );
    let slowest = taken.iter().copied().fold(0.0, f64::max);
    vec![
        Figure::new(
            &format!("a hold asked of the node that does not have the event, {CLIENTS} clients: added at p99"),
            "5 ms",
            added,
            Some(sent99 - own99 <= 5.0),
        ),
        Figure::new(
            "kill -9 of the node that has an event until the next hold is accepted by another",
            "3 s",
            format!("{:.2} s, {slowest:.2} s at most", median(taken.to_vec())),
            Some(slowest <= 3.0),
        ),
    ]
}
