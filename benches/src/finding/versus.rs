//! Uncached searches over HTTP against PostgreSQL's own search on the same rows of the same cluster, in turns.
//!
//! PostgreSQL is spared HTTP, JSON and highlights: it is asked over its own protocol with prepared statements. Both answer with a
//! page of 20 and, where ours counts, the exact total. Ours never answers from a cache: each request names an instant of its own.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use domain::Stopwatch;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sqlx::PgPool;

use crate::load::{self, Connection};
use crate::multiplied;
use crate::report::{Figure, median};
use crate::server::{self, Server, boxoffice};
use crate::store;

const CLIENTS: usize = 8;
/// Requests of each kind in one round, ours; PostgreSQL's slow kinds get fewer, the quick ones more of both: a second's worth, so that
/// what the kind before has left in the processor's memory does not count.
const OURS: [usize; 6] = [2_000, 2_000, 2_000, 2_000, 24_000, 24_000];
const THEIRS: [usize; 6] = [160, 80, 80, 80, 24_000, 24_000];
/// Things that questions are made from.
const SEEDS: usize = 500;

/// The kinds of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Words,
    Typo,
    Prefix,
    Facets,
    CityByDate,
    Nearest,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Words, Self::Typo, Self::Prefix, Self::Facets, Self::CityByDate, Self::Nearest];

    fn name(self) -> &'static str {
        match self {
            Self::Words => "two words",
            Self::Typo => "one word with a typo",
            Self::Prefix => "three letters",
            Self::Facets => "one word, three facets",
            Self::CityByDate => "city and 30 days by date",
            Self::Nearest => "the nearest 20 within 50 km",
        }
    }

    /// Whether word search is asked: the others stand where btree and GiST shine.
    fn ranked(self) -> bool {
        !matches!(self, Self::CityByDate | Self::Nearest)
    }
}

/// What questions are made from: words that stand side by side, a city, a place.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Seed {
    title: String,
    city_id: uuid::Uuid,
    lat: f64,
    lon: f64,
    /// The first and the last of 30 days around it.
    day: String,
    until: String,
}

pub async fn measure(scratch: &Path, events: u32, rounds: usize) -> Result<Vec<Figure>> {
    let dir = scratch.join(format!("large-{events}"));
    let (program, data_dir) = (boxoffice()?, server::text(&dir)?);
    multiplied::made(&dir, events).await?;
    let serve = ["serve", "--data-dir", data_dir, "--listen", "127.0.0.1:0"];
    let server = Server::start(&program, &[&serve[..], &store::UNLIMITED[..]].concat()).await?;
    let database = store::open(&dir).await?;
    println!("making PostgreSQL's own search of {events} events");
    sqlx::raw_sql(include_str!("versus.sql")).execute(&database.pool).await?;
    let seeds = Arc::new(seeds(&database.pool).await?);
    let (mut ours, mut theirs) = (vec![Vec::new(); 6], vec![Vec::new(); 6]);
    for round in 0..rounds {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            ours[at].push(ask_us(&server.address, kind, &seeds, OURS[at], round).await?);
            theirs[at].push(ask_them(&database.pool, kind, &seeds, THEIRS[at]).await?);
        }
    }
    database.close().await?;
    server.stop().await?;
    Ok(figures(events, ours, theirs))
}

fn figures(events: u32, ours: Vec<Vec<f64>>, theirs: Vec<Vec<f64>>) -> Vec<Figure> {
    let rates: Vec<(Kind, f64, f64)> = Kind::ALL
        .into_iter()
        .zip(ours.into_iter().zip(theirs))
        .map(|(kind, (ours, theirs))| (kind, median(ours), median(theirs)))
        .collect();
    // an even mix: so many of each kind, one after the other
    let mixed = |pick: fn(&(Kind, f64, f64)) -> f64| rates.len() as f64 / rates.iter().map(|rate| 1.0 / pick(rate)).sum::<f64>();
    let (all_ours, all_theirs) = (mixed(|rate| rate.1), mixed(|rate| rate.2));
    let row = |what: &str, asked: f64, ours: f64, theirs: f64| {
        let seen = format!("{:.1} × ({ours:.0}/s against {theirs:.0}/s)", ours / theirs);
        Figure::new(what, &format!("{asked} ×"), seen, Some(ours / theirs >= asked))
    };
    let what = format!(
        "uncached search over HTTP, {events} events, {CLIENTS} clients, an even mix, against PostgreSQL full text + pg_trgm"
    );
    let mut figures = vec![row(&what, 50.0, all_ours, all_theirs)];
    for (kind, ours, theirs) in &rates {
        figures.push(match kind.ranked() {
            true => Figure { asked: String::new(), reached: None, ..row(&format!("… {}", kind.name()), 1.0, *ours, *theirs) },
            false => row(&format!("… {}, against btree or GiST", kind.name()), 1.0, *ours, *theirs),
        });
    }
    figures
}

async fn seeds(pool: &PgPool) -> Result<Vec<Seed>> {
    let sql = "SELECT title, city_id, lat, lon, to_char(starts_at - interval '15 days', 'YYYY-MM-DD') AS day,
               to_char(starts_at + interval '15 days', 'YYYY-MM-DD') AS until FROM rival.events
               WHERE starts_at > now() + interval '20 days' AND title ~ '^[A-Za-z]{4,} [A-Za-z]{4,}' ORDER BY md5(id::text) LIMIT $1";
    let seeds: Vec<Seed> = sqlx::query_as(sql).bind(SEEDS as i64).fetch_all(pool).await?;
    if seeds.is_empty() { bail!("no event gives a question") } else { Ok(seeds) }
}

/// The first two words of the title, letters only.
fn words(seed: &Seed) -> (String, String) {
    let mut words =
        seed.title.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// A word with two neighbouring letters changed round.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(2, 3);
    letters.into_iter().collect()
}

/// Which question a client asks: the same of both.
fn pick(seeds: &[Seed], client: usize, number: usize) -> &Seed {
    let mut rng = StdRng::seed_from_u64((client << 32 | number) as u64);
    &seeds[rng.random_range(0..seeds.len())]
}

async fn ask_us(address: &str, kind: Kind, seeds: &Arc<Vec<Seed>>, requests: usize, round: usize) -> Result<f64> {
    // one question first, so that a round that answers with an error says so
    let first = Connection::open(address).await?.send(&request(kind, &seeds[0], 0)).await?;
    let body: Value = serde_json::from_slice(&first.body)?;
    if first.status != 200 || body["items"].as_array().is_none() {
        bail!("{kind:?}: {} {body}", first.status);
    }
    let seeds = Arc::clone(seeds);
    let run = load::run(address, CLIENTS, requests / CLIENTS, move |client, number| {
        let asked_before = round * requests + client * (requests / CLIENTS) + number;
        request(kind, pick(&seeds, client, number), 1 + asked_before)
    })
    .await?;
    match run.statuses.keys().find(|status| **status != 200) {
        Some(_) => bail!("{kind:?}: {:?}", run.statuses),
        None => Ok(run.per_second()),
    }
}

/// Takes     `number`: makes the question one that nobody asked before, without changing what it costs.
fn request(kind: Kind, seed: &Seed, number: usize) -> Vec<u8> {
    let (one, other) = words(seed);
    let at = |day: &str| format!("{day}T00:00:00.{number:06}Z");
    let from = at("2020-01-01");
    load::get(&match kind {
        Kind::Words => format!("/v1/search?q={one}+{other}&from={from}"),
        Kind::Typo => format!("/v1/search?q={}&from={from}", slip(&one)),
        Kind::Prefix => format!("/v1/search?q={}&from={from}", &one[..3]),
        Kind::Facets => format!("/v1/search?q={one}&facets=category,venue,month&from={from}"),
        Kind::CityByDate => {
            format!("/v1/search?city={}&from={}&to={}&limit=20", seed.city_id, at(&seed.day), at(&seed.until))
        }
        Kind::Nearest => {
            format!("/v1/search?near={:.6},{:.8}&radius_km=50&sort=distance&limit=20", seed.lat, jitter(seed.lon, number))
        }
    })
}

/// Moves a place by a millimetre, and by at most some hundred metres.
fn jitter(lon: f64, number: usize) -> f64 {
    lon + number as f64 * 1e-8
}

const RANKED: &str =
    "SELECT id, title, starts_at, venue, city, count(*) OVER () AS total FROM rival.events, to_tsquery('simple', $1) query
    WHERE words @@ query AND starts_at >= '2020-01-01' ORDER BY ts_rank_cd(words, query, 1) DESC, starts_at, id LIMIT 20";
const NEIGHBOURS: &str =
    "SELECT word FROM rival.vocabulary WHERE word % $1 ORDER BY similarity(word, $1) DESC, ndoc DESC LIMIT 5";
const FACETS: &str = "SELECT category, venue, to_char(starts_at, 'YYYY-MM') AS month, count(*) FROM rival.events
    WHERE words @@ to_tsquery('simple', $1) AND starts_at >= '2020-01-01'
    GROUP BY GROUPING SETS ((category), (venue), (to_char(starts_at, 'YYYY-MM')))";
const BY_DATE: &str = "SELECT id, title, starts_at, venue, city FROM rival.events
    WHERE city_id = $1 AND starts_at >= $2::timestamptz AND starts_at < $2::timestamptz + interval '30 days'
    ORDER BY starts_at, id LIMIT 20";
const NEAREST: &str = "SELECT id, title, starts_at, venue, city FROM rival.events
    WHERE starts_at >= now() ORDER BY place <-> ll_to_earth($1, $2) LIMIT 20";

async fn ask_them(pool: &PgPool, kind: Kind, seeds: &Arc<Vec<Seed>>, requests: usize) -> Result<f64> {
    ask_one(pool, kind, &seeds[0]).await?;
    let watch = Stopwatch::start();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (pool, seeds) = (pool.clone(), Arc::clone(seeds));
            tokio::spawn(async move {
                for number in 0..requests / CLIENTS {
                    ask_one(&pool, kind, pick(&seeds, client, number)).await?;
                }
                Ok::<_, anyhow::Error>(())
            })
        })
        .collect();
    for client in clients {
        client.await??;
    }
    Ok((requests / CLIENTS * CLIENTS) as f64 / watch.seconds())
}

async fn ask_one(pool: &PgPool, kind: Kind, seed: &Seed) -> Result<()> {
    let (one, other) = words(seed);
    match kind {
        Kind::Words => ranked(pool, format!("{one} & ({other} | {other}:*)")).await,
        Kind::Prefix => ranked(pool, format!("{}:*", &one[..3])).await,
        Kind::Typo => {
            let near: Vec<String> = sqlx::query_scalar(NEIGHBOURS).bind(slip(&one)).fetch_all(pool).await?;
            ranked(
                pool,
                if near.is_empty() { slip(&one) } else { near.iter().map(|word| lexeme(word)).collect::<Vec<_>>().join(" | ") },
            )
            .await
        }
        Kind::Facets => {
            ranked(pool, one.clone()).await?;
            sqlx::query(FACETS).bind(one).fetch_all(pool).await?;
            Ok(())
        }
        Kind::CityByDate => {
            sqlx::query(BY_DATE).bind(seed.city_id).bind(&seed.day).fetch_all(pool).await?;
            Ok(())
        }
        Kind::Nearest => {
            sqlx::query(NEAREST).bind(seed.lat).bind(seed.lon).fetch_all(pool).await?;
            Ok(())
        }
    }
}

/// A word as to_tsquery takes it whatever is in it.
fn lexeme(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

async fn ranked(pool: &PgPool, query: String) -> Result<()> {
    sqlx::query(RANKED).bind(query).fetch_all(pool).await?;
    Ok(())
}
