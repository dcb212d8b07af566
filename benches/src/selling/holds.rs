//! Holds through HTTP on one hot event, ours against one SERIALIZABLE transaction a request, both served by one process.

use std::path::Path;

use anyhow::{Context, Result, bail};
use catalog::demo::{Design, hall};
use catalog::model::{NewEvent, NewTiers, NewVenue};
use domain::{Actor, Clock, Money, SeatMap, Tier};
use gateway::run::database::Database;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::baseline;
use crate::load::{self, Connection};
use crate::report::{Figure, median};
use crate::server::Server;
use crate::store;

pub const SEATS: u32 = 50_000;
const CLIENTS: usize = 512;
/// Requests a client: about half as many places as there are seats are asked for, so that most wishes can be met.
const REQUESTS: usize = 40;
const TIER_PRICE: i64 = 9_500;

/// Which requests a round sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Each request has a key of its own.
    Fresh,
    /// Every other request repeats the one before it under its key.
    Repeated,
}

/// Starts the server with the bench-only path and measures both, in turns, each round on an event of its own.
pub async fn measure(scratch: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let dir = scratch.join("holds");
    let program = std::env::current_exe()?;
    let events = prepare(&dir, rounds * 3).await?;
    let data_dir = dir.to_str().context("a path in UTF-8")?;
    let server = Server::start(&program, &["server", "--scratch", data_dir]).await?;
    let tokens = sessions(&server.address, CLIENTS).await?;
    let pairs = pairs(&hall(Design::Stadium, SEATS));
    let (mut ours, mut theirs, mut repeated, mut latencies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for three in events.chunks(3) {
        let run = round(&server.address, &format!("/v1/events/{}/holds", three[0]), Keys::Fresh, &tokens, &pairs).await?;
        latencies.push((run.quantile_ms(0.5), run.quantile_ms(0.99)));
        ours.push((run.status_per_second(201), run.per_second()));
        let address = baseline::address(&server.address)?;
        let run = round(&address, &format!("/bench/events/{}/holds", three[1]), Keys::Fresh, &tokens, &pairs).await?;
        theirs.push((run.status_per_second(201), run.per_second()));
        let run = round(&server.address, &format!("/v1/events/{}/holds", three[2]), Keys::Repeated, &tokens, &pairs).await?;
        repeated.push(run.per_second());
    }
    server.stop().await?;
    let mut figures = figures(&ours, &theirs, &latencies);
    figures.push(repeats(median(repeated), median(ours.iter().map(|run| run.1).collect())));
    Ok(figures)
}

fn figures(ours: &[(f64, f64)], theirs: &[(f64, f64)], latencies: &[(f64, f64)]) -> Vec<Figure> {
    let middle = |runs: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| median(runs.iter().map(pick).collect());
    let (holds, attempts) = (middle(ours, |run| run.0), middle(ours, |run| run.1));
    let (base_holds, base_attempts) = (middle(theirs, |run| run.0), middle(theirs, |run| run.1));
    let (p50, p99) = (middle(latencies, |run| run.0), middle(latencies, |run| run.1));
    let ratio = attempts / base_attempts;
    let what =
        format!("holds over HTTP, one event of {SEATS} seats, {CLIENTS} clients, against one SERIALIZABLE transaction a request");
    vec![
        Figure::new(
            &what,
            "5 ×",
            format!(
                "{ratio:.1} × ({attempts:.0} against {base_attempts:.0} attempts/s; {holds:.0} against {base_holds:.0} holds/s)"
            ),
            Some(ratio >= 5.0),
        ),
        Figure::new(
            "… absolute, with p50 / p99 of an attempt",
            "3,000/s is slow, 8,000/s good",
            format!("{holds:.0} holds/s, {attempts:.0} attempts/s, {p50:.0} / {p99:.0} ms"),
            None,
        ),
    ]
}

fn repeats(repeated: f64, fresh: f64) -> Figure {
    let ratio = repeated / fresh;
    let seen = format!("{ratio:.2} × ({repeated:.0} against {fresh:.0} attempts/s)");
    Figure::new("… half of them repeats under their keys, against none", "0.9 ×", seen, Some(ratio >= 0.9))
}

async fn round(address: &str, path: &str, keys: Keys, tokens: &[String], pairs: &[(String, String)]) -> Result<load::Run> {
    let run = load::run(address, CLIENTS, REQUESTS, |client, number| {
        let number = if keys == Keys::Repeated { number / 2 * 2 } else { number };
        let mut rng = StdRng::seed_from_u64((client * REQUESTS + number) as u64);
        let (one, other) = &pairs[rng.random_range(0..pairs.len())];
        let headers = format!("Authorization: Bearer {}\r\nIdempotency-Key: {path}-{client}-{number}\r\n", tokens[client]);
        load::json("POST", path, &headers, &format!(r#"{{"seats":["{one}","{other}"]}}"#))
    })
    .await?;
    match run.statuses.keys().find(|status| ![201, 409].contains(status)) {
        Some(_) => bail!("{path}: unexpected answers {:?}", run.statuses),
        None => Ok(run),
    }
}

/// All pairs of neighbours of a map, as seat ids; wheelchair spaces and their companions' seats go with each other only.
pub fn pairs(map: &SeatMap) -> Vec<(String, String)> {
    let seats: Vec<_> = map.seats().collect();
    let ordinary = |at: &domain::seat_map::SeatAt<'_>| !at.seat.accessible && at.seat.companion_of.is_none();
    let beside = |two: &&[domain::seat_map::SeatAt<'_>]| std::ptr::eq(two[0].row, two[1].row) && !two[0].seat.gap_after;
    let neighbours = seats.windows(2).filter(beside).filter(|two| two.iter().all(ordinary));
    neighbours.map(|two| (two[0].id(), two[1].id())).collect()
}

/// Opens `count` anonymous sessions; gives their tokens.
pub async fn sessions(address: &str, count: usize) -> Result<Vec<String>> {
    let mut connection = Connection::open(address).await?;
    let mut tokens = Vec::with_capacity(count);
    for _ in 0..count {
        let answer = connection.send(&load::json("POST", "/v1/sessions", "", "{}")).await?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
        tokens.push(body["token"].as_str().with_context(|| format!("a token in {} {body}", answer.status))?.to_owned());
    }
    Ok(tokens)
}

/// A fresh data directory with `count` equal events on sale; gives their ids.
pub async fn prepare(dir: &Path, count: usize) -> Result<Vec<String>> {
    let database = store::fresh(dir).await?;
    let mut ids = Vec::new();
    let map = stadium(&database, SEATS).await?;
    for _ in 0..count {
        ids.push(on_sale(&database, &map).await?.to_string());
    }
    database.close().await?;
    Ok(ids)
}

/// A venue with a stadium of so many seats.
pub async fn stadium(database: &Database, seats: u32) -> Result<Premises> {
    let (pool, clock) = (&database.pool, Clock::System);
    let venue = NewVenue { name: "Bench Stadium".into(), timezone: "UTC".into(), ..NewVenue::default() };
    let venue = catalog::write::venues::create(pool, &clock, &Actor::house(), venue, None).await?.record;
    let map =
        catalog::write::put_seat_map(pool, &clock, &Actor::house(), venue.row.id, hall(Design::Stadium, seats), None).await?;
    Ok(Premises { venue: venue.row.id, map: map.id })
}

/// Where the measured events take place.
pub struct Premises {
    venue: domain::VenueId,
    map: domain::SeatMapId,
}

/// An event there whose sale is open.
pub async fn on_sale(database: &Database, premises: &Premises) -> Result<domain::EventId> {
    let (pool, clock) = (&database.pool, Clock::System);
    let opens = clock.now();
    let event = NewEvent {
        venue_id: Some(premises.venue),
        seat_map_id: Some(premises.map),
        sale_opens_at: Some(opens),
        // what is measured is taking seats, not which of them are wise
        orphan_rule: domain::OrphanRule::Allow,
        ..NewEvent::titled("Bench", opens + jiff::SignedDuration::from_hours(24 * 30))
    };
    let event = catalog::write::events::create(pool, &clock, &Actor::house(), event, None).await?.record;
    let tiers = map_tiers()?;
    catalog::write::put_tiers(pool, &Actor::house(), event.row.id, NewTiers { tiers, tier_of: Default::default() }, None).await?;
    Ok(event.row.id)
}

fn map_tiers() -> Result<Vec<Tier>> {
    let names = Design::Stadium.tier_names().iter().enumerate();
    let tiers = names.map(|(at, name)| {
        let id = domain::TierId::nth(at).context("a tier id")?;
        Ok(Tier { id, name: (*name).to_owned(), price: Money::new(TIER_PRICE, "EUR".parse()?) })
    });
    tiers.collect()
}

/// Serves the real gateway and, on the next port, the bench-only path, in one process over one Postgres.
pub async fn serve(dir: &Path) -> Result<()> {
    let mut options = store::options(dir)?;
    let (ours, theirs) = baseline::neighbouring_ports()?;
    options.http.listen = ours;
    let database = Database::open_migrated(&options.common).await.map_err(anyhow::Error::from)?;
    let mut common = options.common.clone();
    common.database_connections = 32;
    let own = Database::open_existing(&common).await?;
    baseline::serve(theirs, own.pool.clone()).await?;
    let claim = gateway::run::serve::Claim::take(&options).await.map_err(|error| anyhow::anyhow!(error))?;
    gateway::run::serve::serve(&options, claim, database).await.map_err(|error| anyhow::anyhow!(error))?;
    own.close().await?;
    Ok(())
}
