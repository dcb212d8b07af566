//! The scenarios that sell.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::Stopwatch;

use super::rush::{Rush, Until, rush};
use super::world::{World, purchased};
use crate::load::{get, quantile};
use crate::report::{Figure, Scenario};

/// A sheet may be this old.
const OLDEST: Duration = Duration::from_secs(180);
/// How long the sale is watched.
const WATCHED: Duration = Duration::from_secs(15);
/// What was asked for by the second, and of a sheet in milliseconds.
const PER_SECOND: f64 = 5_000.0;
const SHEET_MS: f64 = 5.0;

async fn sell(world: &World, clients: usize, concerts: &[String], until: Until) -> Result<Rush> {
    rush(world, clients, concerts, &world.users, until, (Arc::default(), false)).await
}

/// Nobody was told anything but yes and no, each concert sold what it has or what was acknowledged, and its sheet says the same.
async fn exact(world: &World, concerts: &[String], capacities: &[u64], seen: &Rush) -> Result<Figure> {
    let mut shown = Vec::new();
    for concert in concerts {
        shown.push(world.purchased(concert).await?);
    }
    let within = seen.sold.iter().zip(capacities).all(|(sold, capacity)| sold <= capacity);
    let fits = shown == seen.sold && within && seen.others.is_empty();
    let told = format!("{} sold, {} refused, other answers {:?}", seen.all_sold(), seen.refused, seen.others);
    Ok(Figure::new("what buyers were told is what was sold, and never more than there is", "exact", told, Some(fits)))
}

fn sold_out(seen: &Rush, capacities: &[u64]) -> Figure {
    let told = format!("{:?} of {capacities:?}", seen.sold);
    Figure::new("everything is sold", "to the last place", told, Some(seen.sold == capacities))
}

fn speed(seen: &Rush, asked: Option<f64>) -> Figure {
    let told = format!("{:.0}/s; p50 {:.1} ms, p99 {:.1} ms", seen.per_second(), seen.quantile_ms(0.5), seen.quantile_ms(0.99));
    let words = asked.map_or_else(String::new, |asked| format!("{asked:.0}/s"));
    Figure::new("tickets bought", &words, told, asked.map(|asked| seen.per_second() >= asked))
}

pub async fn small(world: &World) -> Result<Scenario> {
    let concerts = [world.concert("A small concert", 7, 50).await?];
    // each client asks until he is told that nothing is left
    let seen = sell(world, 200, &concerts, Until::SoldOut).await?;
    let figures = vec![sold_out(&seen, &[50]), exact(world, &concerts, &[50], &seen).await?];
    Ok(Scenario { name: "a small concert: 200 clients, 50 places", figures })
}

pub async fn presale(world: &World) -> Result<Scenario> {
    let concerts = [world.concert("A presale", 30, 5_000).await?];
    let seen = sell(world, 400, &concerts, Until::SoldOut).await?;
    let figures = vec![sold_out(&seen, &[5_000]), exact(world, &concerts, &[5_000], &seen).await?, speed(&seen, None)];
    Ok(Scenario { name: "a presale rush: 400 clients, 5,000 places", figures })
}

pub async fn general(world: &World) -> Result<Scenario> {
    let concerts = [world.concert("A general sale", 60, 60_000).await?];
    let seen = sell(world, 96, &concerts, Until::SoldOut).await?;
    let figures =
        vec![sold_out(&seen, &[60_000]), exact(world, &concerts, &[60_000], &seen).await?, speed(&seen, Some(PER_SECOND))];
    Ok(Scenario { name: "a general sale: 96 clients, 60,000 places of one concert", figures })
}

/// Sheets that were asked for while a concert sold.
#[derive(Default)]
struct Sheets {
    latencies_us: Vec<u64>,
    /// How long before the question the first ticket was acknowledged that a sheet lacks.
    ages_us: Vec<u64>,
}

pub async fn watched(world: &World) -> Result<Scenario> {
    let concerts = [world.concert("A watched sale", 90, 500_000).await?];
    let (sold, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let history = Arc::new(History { watch: Stopwatch::start(), seen: Mutex::default() });
    let noting = tokio::spawn(note(Arc::clone(&history), Arc::clone(&sold), Arc::clone(&over)));
    let mut viewers = Vec::new();
    for _ in 0..4 {
        let (connection, path) = (world.connect().await?, format!("/api/v1/concerts/{}/seats", concerts[0]));
        viewers.push(tokio::spawn(view(connection, path, Arc::clone(&history), Arc::clone(&over))));
    }
    let seen = rush(world, 48, &concerts, &world.users, Until::Over(WATCHED), (sold, false)).await?;
    over.store(true, Ordering::Relaxed);
    noting.await?;
    let mut sheets = Sheets::default();
    for viewer in viewers {
        let Sheets { latencies_us, ages_us } = viewer.await??;
        sheets.latencies_us.extend(latencies_us);
        sheets.ages_us.extend(ages_us);
    }
    sheets.latencies_us.sort_unstable();
    ensure!(!sheets.latencies_us.is_empty(), "nobody saw a sheet");
    let oldest = Duration::from_micros(sheets.ages_us.iter().copied().max().unwrap_or(0));
    let ms = |q| quantile(&sheets.latencies_us, q) as f64 / 1_000.0;
    let told = format!("{} sheets, p50 {:.1} ms, p99 {:.1} ms", sheets.latencies_us.len(), ms(0.5), ms(0.99));
    let figures = vec![
        exact(world, &concerts, &[500_000], &seen).await?,
        speed(&seen, None),
        Figure::new("a sheet of 500,000 places while it sells", &format!("{SHEET_MS} ms"), told, Some(ms(0.5) <= SHEET_MS)),
        Figure::new("the oldest sheet", "3 minutes", format!("{} ms", oldest.as_millis()), Some(oldest <= OLDEST)),
    ];
    Ok(Scenario { name: "seat plans while selling: 48 buyers, 4 viewers", figures })
}

/// How many tickets were acknowledged at which time, every millisecond or so.
struct History {
    watch: Stopwatch,
    seen: Mutex<Vec<(Duration, u64)>>,
}

impl History {
    /// For how long it had been acknowledged at `asked` that more was sold than a sheet says.
    fn age(&self, asked: Duration, shown: u64) -> Duration {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let first = seen.partition_point(|(_, sold)| *sold <= shown);
        seen.get(first).map_or(Duration::ZERO, |(at, _)| asked.saturating_sub(*at))
    }
}

async fn note(history: Arc<History>, sold: Arc<AtomicU64>, over: Arc<AtomicBool>) {
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let now = (history.watch.elapsed(), sold.load(Ordering::Relaxed));
        history.seen.lock().unwrap_or_else(PoisonError::into_inner).push(now);
    }
}

async fn view(
    mut connection: crate::load::Connection,
    path: String,
    history: Arc<History>,
    over: Arc<AtomicBool>,
) -> Result<Sheets> {
    let mut sheets = Sheets::default();
    while !over.load(Ordering::Relaxed) {
        let asked = history.watch.elapsed();
        let answer = connection.send(&get(&path)).await?;
        ensure!(answer.status == 200, "a sheet: {}", answer.status);
        sheets.latencies_us.push(u64::try_from((history.watch.elapsed() - asked).as_micros())?);
        sheets.ages_us.push(u64::try_from(history.age(asked, purchased(&answer)?).as_micros())?);
        // who looks at a sheet looks a while
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(sheets)
}

pub async fn evening(world: &World) -> Result<Scenario> {
    let capacities: [u64; 6] = [500, 1_000, 2_000, 4_000, 8_000, 16_000];
    let mut concerts = Vec::new();
    for (n, capacity) in capacities.iter().enumerate() {
        concerts.push(world.concert(&format!("Show {n} of the evening"), 0, u32::try_from(*capacity)?).await?);
    }
    let seen = sell(world, 96, &concerts, Until::SoldOut).await?;
    let figures = vec![sold_out(&seen, &capacities), exact(world, &concerts, &capacities, &seen).await?, speed(&seen, None)];
    Ok(Scenario { name: "several shows an evening: 96 clients, six concerts of 500 to 16,000 places", figures })
}

pub async fn millions(world: &World, long: Duration) -> Result<Scenario> {
    const CONCERTS: usize = 20;
    const PLACES: u32 = 140_000;
    let mut concerts = Vec::with_capacity(CONCERTS);
    for n in 0..CONCERTS {
        concerts.push(world.concert(&format!("One of {CONCERTS}"), 100 + i64::try_from(n)?, PLACES).await?);
    }
    let until = Until::Over(long);
    let seen = sell(world, 96, &concerts, until).await?;
    let capacities = [u64::from(PLACES); CONCERTS];
    let all: u64 = capacities.iter().sum();
    let part = seen.all_sold() as f64 / all as f64 * 100.0;
    let told = format!("{} in {:.0} s ({part:.0} %)", seen.all_sold(), seen.seconds);
    let figures = vec![
        Figure::new("of 2.8 million purchases", "as many as the time allows", told, None),
        exact(world, &concerts, &capacities, &seen).await.context("after millions")?,
        speed(&seen, Some(PER_SECOND).filter(|_| seen.refused == 0)),
    ];
    Ok(Scenario { name: "2.8 million purchases: 96 clients, twenty concerts of 140,000 places", figures })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_as_old_as_the_first_ticket_that_it_lacks() {
        let at = Duration::from_millis;
        let seen = Mutex::new(vec![(at(1), 0), (at(2), 5), (at(3), 5), (at(4), 9)]);
        let history = History { watch: Stopwatch::start(), seen };
        for (shown, age) in [(0, 8), (4, 8), (5, 6), (8, 6), (9, 0), (20, 0)] {
            assert_eq!(history.age(at(10), shown), at(age), "{shown}");
        }
        assert_eq!(history.age(at(1), 0), Duration::ZERO, "acknowledged after the question");
    }

    #[test]
    fn more_than_there_is_is_not_everything() {
        let seen = |sold: Vec<u64>| Rush { sold, ..Rush::default() };
        assert_eq!(sold_out(&seen(vec![50]), &[50]).reached, Some(true));
        assert_eq!(sold_out(&seen(vec![51]), &[50]).reached, Some(false));
        assert_eq!(sold_out(&seen(vec![50, 49]), &[50, 50]).reached, Some(false));
    }
}
