//! The waiting room in process, on a real and durable Postgres: joins a second, beats for a million who wait, restoring them, and how long
//! after somebody has left the next one is let in.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::queue::{Inside, Mode, PlaceState, Queue, QueueConfig, Restored, Room, Settings, Standing};
use anyhow::{Context, Result, ensure};
use domain::{Actor, BuyerId, BuyerIds, Clock, EventId, PassId, Passes, QueueTokens, Stopwatch};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::report::{Figure, median};
use crate::store;

const MILLION: u32 = 1_048_576;
/// Who joins at once, and how many one after another each.
const JOINERS: u32 = 2_000;
const EACH: u32 = 60;
/// Rows that are there when a room is restored.
const RESTORED: i64 = 1_000_000;
/// How often somebody leaves and the next one is let in.
const LEAVING: usize = 300;
const SEEDS: [[u8; 32]; 1] = [[7; 32]];

pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let database = store::fresh(&scratch.join("queue")).await?;
    let mut figures = beats()?;
    figures.extend(durable(&database.pool).await?);
    database.close().await?;
    Ok(figures)
}

/// All that needs a database.
pub async fn durable(pool: &PgPool) -> Result<Vec<Figure>> {
    Ok(vec![joins(pool).await?, restored(pool).await?, admission(pool).await?])
}

fn start(pool: &PgPool) -> Queue {
    Queue::start(
        pool.clone(),
        None,
        Clock::System,
        QueueTokens::of_seeds(&SEEDS),
        Passes::of_seeds(&SEEDS),
        QueueConfig::default(),
    )
}

/// A million who wait, 1,000 of whom leave each second while 33 of those inside buy.
pub fn beats() -> Result<Vec<Figure>> {
    let settings = Settings { slots: 20_000, grace_seconds: 0, ..Settings::default() };
    let restored = Restored { drawn: Some(Vec::new()), reserved: MILLION, ..Restored::default() };
    let mut room = Room::new(settings, restored, 0);
    let watch = Stopwatch::start();
    for _ in 0..MILLION {
        let number = room.give(MILLION).context("a number")?;
        room.joined(number);
        room.heard(number, 0);
    }
    let joining = watch.seconds() * 1e9 / f64::from(MILLION);
    let mut inside = let_in(&mut room, 0);
    (0..MILLION / 1_024).for_each(|block| room.watch(block, 0));
    let mut chance = StdRng::seed_from_u64(15);
    let (mut full, mut bytes, mut frames) = (Vec::new(), 0, 0);
    // blocks far behind are told each fifteen seconds, all of them in the same beat: that is the one to measure
    for now in 1..=150 {
        if now % 50 == 0 {
            (0..MILLION).for_each(|number| _ = room.heard(number, now));
        }
        (0..1_000).for_each(|_| room.end(chance.random_range(25_000..MILLION), Standing::Left));
        (0..33).for_each(|_| room.end(inside.swap_remove(chance.random_range(0..inside.len())), Standing::Over));
        inside.extend(let_in(&mut room, now));
        let watch = Stopwatch::start();
        let told = black_box(room.beat(now, |_| true));
        let took = watch.seconds() * 1e3;
        if told.len() > 512 {
            full.push(took);
        }
        bytes += told.iter().map(|(_, frame)| frame.len()).sum::<usize>();
        frames += told.len();
    }
    let numbers: Vec<u32> = (0..100_000).map(|_| chance.random_range(0..MILLION)).collect();
    let watch = Stopwatch::start();
    numbers.iter().for_each(|number| _ = black_box(room.look(*number, 151)));
    let look = watch.seconds() * 1e9 / numbers.len() as f64;
    let slowest = full.iter().copied().fold(0.0, f64::max);
    let middle = median(full.clone());
    let each = bytes as f64 / frames.max(1) as f64;
    Ok(vec![
        Figure::new(
            "waiting room, 1,048,576 who wait, 1,000 leave a second: a beat that tells most blocks",
            "5 ms",
            format!("{middle:.2} ms ({slowest:.2} ms at most, {} of 150 beats)", full.len()),
            Some(middle <= 5.0),
        ),
        Figure::new("… bytes a frame, the same for all of its block", "100 B", format!("{each:.0} B"), Some(each <= 100.0)),
        Figure::new("… place and time of one", "", format!("{look:.0} ns (joining in memory: {joining:.0} ns)"), None),
    ])
}

fn let_in(room: &mut Room, now: i64) -> Vec<u32> {
    room.pass_time(now);
    let due = room.due(now * 1_000, usize::MAX);
    due.lost.iter().for_each(|number| room.end(*number, Standing::Over));
    for number in &due.admit {
        room.admitted(*number, Inside { pass: PassId(Uuid::from_u128(u128::from(*number))), until: now + 600 });
    }
    due.admit
}

async fn joins(pool: &PgPool) -> Result<Figure> {
    let (queue, event) = (start(pool), on_sale(pool).await?);
    queue.configure(&Actor::house(), event, Settings { slots: 1, ..Settings::default() }).await?;
    let watch = Stopwatch::start();
    let mut joiners = JoinSet::new();
    for joiner in 0..JOINERS {
        let queue = queue.clone();
        joiners.spawn(async move {
            let mut slowest = Duration::ZERO;
            for n in 0..EACH {
                let watch = Stopwatch::start();
                queue.join(event, &buyer(joiner * EACH + n), false).await?;
                slowest = slowest.max(watch.elapsed());
            }
            anyhow::Ok(slowest)
        });
    }
    let mut slowest = Duration::ZERO;
    while let Some(joiner) = joiners.join_next().await {
        slowest = slowest.max(joiner??);
    }
    let a_second = f64::from(JOINERS * EACH) / watch.seconds();
    let view = queue.view(event).await?;
    ensure!(view.waiting + view.inside == JOINERS * EACH, "somebody is missing");
    queue.shutdown().await;
    Ok(Figure::new(
        &format!("waiting room, joins a second, durable, {JOINERS} at once"),
        "10,000",
        format!("{a_second:.0} (the slowest took {:.0} ms)", slowest.as_secs_f64() * 1e3),
        Some(a_second >= 10_000.0),
    ))
}

/// A million places are there, and a node that knows nothing of them is asked.
async fn restored(pool: &PgPool) -> Result<Figure> {
    let event = on_sale(pool).await?;
    let queue = start(pool);
    queue.configure(&Actor::house(), event, Settings::default()).await?;
    let token = queue.join(event, &buyer(0), false).await?.token;
    queue.shutdown().await;
    let rows = "INSERT INTO queue_places (event_id, number, buyer_id, epoch, joined_at)
        SELECT $1, n, gen_random_uuid(), 1, clock_timestamp() FROM generate_series(1, $2::integer) AS n";
    sqlx::query(rows).bind(event.0).bind(i32::try_from(RESTORED)?).execute(pool).await?;
    sqlx::query("UPDATE queues SET reserved = $2 WHERE event_id = $1")
        .bind(event.0)
        .bind(i32::try_from(RESTORED)? + 1)
        .execute(pool)
        .await?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (queue, watch) = (start(pool), Stopwatch::start());
        let status = queue.status(&token).await?;
        seen.push(watch.seconds());
        ensure!(status.of >= 999_000, "{} of a million wait", status.of);
        queue.shutdown().await;
    }
    let slowest = seen.iter().copied().fold(0.0, f64::max);
    Ok(Figure::new(
        "waiting room, 1,000,000 places read back until the first answer",
        "2 s",
        format!("{slowest:.2} s, the slowest of three"),
        Some(slowest <= 2.0),
    ))
}

/// 200 listen; again and again somebody who is inside leaves, and the next one hears that he is let in.
async fn admission(pool: &PgPool) -> Result<Figure> {
    let (queue, event) = (start(pool), on_sale(pool).await?);
    let settings = Settings { slots: 100, mode: Mode::On, ..Settings::default() };
    queue.configure(&Actor::house(), event, settings).await?;
    let mut tokens = Vec::new();
    for n in 0..100 + LEAVING as u32 {
        tokens.push(queue.join(event, &buyer(n), false).await?.token);
    }
    queue.look_again(event).await?;
    let tokens = Arc::new(tokens);
    let mut seen = Vec::new();
    for n in 0..LEAVING {
        let mut stream = queue.subscribe(&tokens[100 + n]).await?;
        ensure!(stream.status()?.state == PlaceState::Waiting, "nobody has left yet");
        let watch = Stopwatch::start();
        queue.leave(&tokens[n]).await?;
        while stream.status()?.state != PlaceState::Admitted {
            stream.next().await.context("the room closed")?;
        }
        seen.push(watch.seconds() * 1e3);
    }
    seen.sort_by(f64::total_cmp);
    let (p50, p99) = (seen[LEAVING / 2], seen[LEAVING * 99 / 100]);
    queue.shutdown().await;
    Ok(Figure::new(
        "waiting room, from leaving until the next one hears that he is let in: p99",
        "500 ms",
        format!("{p99:.1} ms (p50 {p50:.1} ms)"),
        Some(p99 <= 500.0),
    ))
}

async fn on_sale(pool: &PgPool) -> Result<EventId> {
    let (event, venue) = (EventId::at(Clock::System.now()), Uuid::new_v5(&Uuid::NAMESPACE_OID, b"bench hall"));
    sqlx::query("INSERT INTO venues (id, slug, name) VALUES ($1, 'bench-hall', 'Bench Hall') ON CONFLICT DO NOTHING")
        .bind(venue)
        .execute(pool)
        .await?;
    let statement = "INSERT INTO events (id, slug, title, venue_id, starts_at, sale_opens_at)
        VALUES ($1, 'bench-' || $1, 'Bench Night', $2, clock_timestamp() + interval '1 day', clock_timestamp() - interval '1 hour')";
    sqlx::query(statement).bind(event.0).bind(venue).execute(pool).await?;
    Ok(event)
}

/// Ids as sessions have them: by time, the rest by chance.
fn buyer(n: u32) -> BuyerIds {
    let chance = Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes()).as_u128();
    BuyerIds::from(BuyerId(Uuid::from_u128((1_800_000_000_000 + u128::from(n)) << 80 | chance >> 48)))
}
