//! Measures searches in process over a million generated events: `cargo run --release -p catalog --example latency -- [events]`.
//!
//! Gives     p50 and p99 of each kind of question in microseconds, wall time of one search on one thread, uncached, the fastest of five.

use std::error::Error;
use std::path::Path;

use catalog::index::build::Build;
use catalog::index::{Neighbours, document};
use catalog::model::{Cast, City, EventSource, Performer, PerformerRow, Precision, Series, SeriesRow, Venue, VenueRow};
use catalog::search::{Catalog, Prompt, Query};
use domain::{CityId, Clock, CursorKey, EventId, EventStatus, PerformerId, Place, SeriesId, Stopwatch, VenueId};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

const CITIES: u32 = 300;
const VENUES: u32 = 3_000;
const PERFORMERS: u32 = 20_000;
const SERIES: u32 = 30_000;
const FIRST: i64 = 1_800_000_000;
const QUERIES: usize = 400;
/// Each question is asked so often; the fastest counts, since others use the machine too.
const TRIES: u64 = 5;

#[tokio::main]
async fn main() -> Outcome<()> {
    let events: u32 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let dir = std::env::temp_dir().join(format!("boxoffice-latency-{events}"));
    if !dir.join("CURRENT").exists() {
        let watch = Stopwatch::start();
        build(&dir, events)?;
        println!("{events} events indexed in {:.1} s", watch.seconds());
    }
    let watch = Stopwatch::start();
    let clock = Clock::manual(Timestamp::from_second(FIRST)?);
    let catalog = Catalog::open(&dir, CursorKey::new([0; 32]), clock, 1 << 20)?;
    println!("{} documents, {} segments, opened in {:.3} s", catalog.doc_count(), catalog.segment_count(), watch.seconds());
    measure(&catalog).await?;
    suggestions(&catalog).await?;
    deep(&catalog).await
}

/// A made-up word for a number: the same number, the same word.
fn word(number: u32) -> String {
    const PARTS: [&str; 16] =
        ["ba", "ro", "ti", "lu", "men", "sta", "vor", "ke", "dan", "sil", "mo", "fer", "na", "gri", "po", "wal"];
    let mut rest = number.wrapping_mul(2_654_435_761) % 60_000 + 256;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(PARTS[(rest % 16) as usize]);
        rest /= 16;
    }
    word
}

/// Low numbers come far more often than high ones.
fn skewed(dice: &mut StdRng, most: u32) -> u32 {
    let chance: f64 = dice.random();
    ((chance * chance * chance) * f64::from(most)) as u32
}

/// Where the cities are.
fn places(dice: &mut StdRng) -> Vec<(f64, f64)> {
    (0..CITIES).map(|_| (dice.random_range(-55.0..60.0), dice.random_range(-180.0..180.0))).collect()
}

fn neighbours() -> Neighbours {
    let mut around = Neighbours::default();
    let mut dice = StdRng::seed_from_u64(1);
    let places = places(&mut dice);
    for number in 0..VENUES {
        let city_number = number % CITIES;
        let (lat, lon) = places[city_number as usize];
        let name = format!("{}ville", word(city_number + 7_000));
        let city = City {
            id: CityId(Uuid::from_u128(u128::from(city_number) + 1)),
            external_id: None,
            slug: name.clone(),
            name,
            region: String::new(),
            country: ["AU", "DE", "US", "GB", "FR", "JP"][city_number as usize % 6].into(),
            country_name: String::new(),
            place: None,
            timezone: "UTC".into(),
            population: 0,
            aliases: vec![],
        };
        let row = VenueRow {
            id: VenueId(Uuid::from_u128(10_000 + u128::from(number))),
            external_id: None,
            slug: String::new(),
            name: format!("{} hall", word(number + 9_000)),
            kind: "hall".into(),
            city_id: Some(city.id),
            address: String::new(),
            postal_code: String::new(),
            district: String::new(),
            place: Place::new(lat + dice.random_range(-0.1..0.1), lon.clamp(-179.0, 179.0) + dice.random_range(-0.1..0.1)),
            timezone: "UTC".into(),
            capacity: Some(1_000),
            aliases: vec![],
            description: String::new(),
        };
        let venue =
            Venue { row, city: Some(city), version: 1, created_at: Timestamp::UNIX_EPOCH, updated_at: Timestamp::UNIX_EPOCH };
        around.venues.insert(venue.row.id, venue);
    }
    for number in 0..PERFORMERS {
        let row = PerformerRow {
            id: PerformerId(Uuid::from_u128(100_000 + u128::from(number))),
            external_id: None,
            slug: String::new(),
            name: format!("{} {}", word(number), word(number / 7 + 20_000)),
            sort_name: String::new(),
            kind: "band".into(),
            kinds: vec![],
            instruments: vec![],
            sport: String::new(),
            city: String::new(),
            country: String::new(),
            aliases: vec![],
            description: String::new(),
        };
        let performer = Performer { row, version: 1, created_at: Timestamp::UNIX_EPOCH, updated_at: Timestamp::UNIX_EPOCH };
        around.performers.insert(performer.row.id, performer);
    }
    for number in 0..SERIES {
        let row = SeriesRow {
            id: SeriesId(Uuid::from_u128(2 << 64 | u128::from(number))),
            external_id: None,
            slug: String::new(),
            title: format!("{} tour", word(number / 3)),
            kind: "tour".into(),
            category: "concerts".into(),
            description: String::new(),
        };
        let series = Series { row, version: 1, created_at: Timestamp::UNIX_EPOCH, updated_at: Timestamp::UNIX_EPOCH };
        around.series.insert(series.row.id, series);
    }
    around
}

fn event(number: u32, dice: &mut StdRng, around: &Neighbours) -> EventSource {
    let performer_id = PerformerId(Uuid::from_u128(100_000 + u128::from(skewed(dice, PERFORMERS))));
    let name = around.performers.get(&performer_id).map_or("", |performer| performer.row.name.as_str());
    let amount = dice.random_range(10..200) * 100;
    EventSource {
        id: EventId(Uuid::from_u128(1 << 64 | u128::from(number))),
        external_id: None,
        slug: "slug-of-an-event".into(),
        title: format!(
            "{name}: {} {}",
            word(skewed(dice, 3_000) + 30_000),
            ["live", "on tour", "night", "festival"][number as usize % 4]
        ),
        description: format!(
            "An evening of {} and {} with guests",
            word(skewed(dice, 2_000) + 40_000),
            word(skewed(dice, 2_000) + 42_000)
        ),
        category: ["concerts", "theatre", "sports", "comedy", "films"][dice.random_range(0..5)].into(),
        genre: String::new(),
        event_type: String::new(),
        season: String::new(),
        topics: vec![],
        works: vec![],
        series_id: number.is_multiple_of(3).then(|| SeriesId(Uuid::from_u128(2 << 64 | u128::from(skewed(dice, SERIES))))),
        venue_id: Some(VenueId(Uuid::from_u128(10_000 + u128::from(skewed(dice, VENUES))))),
        performers: vec![Cast { performer_id, role: "headliner".into(), instrument: String::new() }],
        starts_at: Timestamp::from_second(FIRST + dice.random_range(0..365 * 24) * 3_600).unwrap_or(Timestamp::UNIX_EPOCH),
        ends_at: None,
        start_precision: Precision::Minute,
        timezone: "UTC".into(),
        status: EventStatus::Scheduled,
        url: String::new(),
        online: false,
        popularity: skewed(dice, 1_000),
        price_from: Some(amount),
        price_to: Some(amount * 2),
        currency: Some("EUR".into()),
        capacity: Some(1_000),
        on_sale: true,
        sale_opens_at: Some(Timestamp::UNIX_EPOCH),
        sale_closes_at: None,
        version: 1,
    }
}

fn build(dir: &Path, events: u32) -> Outcome<()> {
    let around = neighbours();
    let mut build = Build::begin(dir, 2, 384 << 20)?;
    around.venues.values().try_for_each(|venue| build.add(document::venue(&build.fields, venue, &around)))?;
    around.series.values().try_for_each(|series| build.add(document::series(&build.fields, series, &around)))?;
    around.performers.values().try_for_each(|performer| build.add(document::performer(&build.fields, performer, &around)))?;
    let adding = |from: u32| -> Result<(), catalog::index::Fault> {
        let mut dice = StdRng::seed_from_u64(u64::from(from));
        (from..events)
            .step_by(2)
            .try_for_each(|number| build.add(document::event(&build.fields, &event(number, &mut dice, &around), &around)))
    };
    let watch = Stopwatch::start();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| adding(1));
        adding(0)?;
        other.join().map_err(|_| catalog::index::Fault::Internal("a thread broke off".into()))?
    })?;
    println!("added after {:.1} s", watch.seconds());
    build.finish(Default::default())?;
    build.publish()?;
    Ok(())
}

/// What a typist asks: names of performers, places and titles, cut anywhere.
async fn suggestions(catalog: &Catalog) -> Outcome<()> {
    let mut dice = StdRng::seed_from_u64(7);
    for (name, letters) in
        [("suggest, 1 letter", 1), ("suggest, 2", 2), ("suggest, 3", 3), ("suggest, 4 and more", 99), ("suggest, misspelt", 0)]
    {
        let mut micros = Vec::with_capacity(QUERIES);
        for _ in 0..QUERIES {
            let performer = skewed(&mut dice, PERFORMERS);
            let typed = match dice.random_range(0..4) {
                0 => format!("{} {}", word(performer), word(performer / 7 + 20_000)),
                1 => format!("{}ville", word(dice.random_range(0..CITIES) + 7_000)),
                2 => format!("{} live", word(skewed(&mut dice, 3_000) + 30_000)),
                _ => word(performer),
            };
            let mut q: String =
                typed.chars().take(if letters == 99 { dice.random_range(4..typed.len() + 1) } else { letters }).collect();
            if letters == 0 {
                q = typed.replacen(&typed[2..3], "x", 1);
            }
            let prompt = Prompt { q, limit: 5, past: false };
            let mut fastest = u128::MAX;
            for _ in 0..TRIES {
                let watch = Stopwatch::start();
                catalog.suggest(&prompt).await?;
                fastest = fastest.min(watch.elapsed().as_micros());
            }
            micros.push(fastest);
        }
        micros.sort_unstable();
        let at = |share: usize| micros[(micros.len() * share / 100).min(micros.len() - 1)];
        println!("{name:<32} p50 {:>7} µs  p99 {:>7} µs", at(50), at(99));
    }
    Ok(())
}

/// Walks a thousand pages and compares the first of them with the last.
async fn deep(catalog: &Catalog) -> Outcome<()> {
    const PAGES: usize = 1_000;
    const AROUND: usize = 50;
    for text in [
        "sort=date",
        "sort=-date",
        "sort=date&facets=category,city,month",
        "sort=price",
        "sort=popularity&category=opera,concerts",
        "sort=name&category=concerts",
        "q=live",
        "q=live&sort=date",
        "group=series",
    ] {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let mut query = Query::parse(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())?;
        let mut micros = Vec::with_capacity(PAGES);
        while micros.len() < PAGES {
            let watch = Stopwatch::start();
            let answer = catalog.search(&query).await?;
            micros.push(watch.elapsed().as_micros());
            query.cursor = answer.next_cursor.clone();
            if query.cursor.is_none() {
                break;
            }
        }
        let median = |pages: &[u128]| {
            let mut sorted = pages.to_vec();
            sorted.sort_unstable();
            sorted[sorted.len() / 2]
        };
        let end = micros.len();
        let (first, last) = (median(&micros[..AROUND.min(end)]), median(&micros[end.saturating_sub(AROUND)..]));
        println!("{text:<40} {end:>5} pages: the first {AROUND} {first:>7} µs, the last {AROUND} {last:>7} µs");
    }
    Ok(())
}

async fn measure(catalog: &Catalog) -> Outcome<()> {
    let mut dice = StdRng::seed_from_u64(99);
    let places = places(&mut StdRng::seed_from_u64(1));
    let two = |dice: &mut StdRng| {
        let performer = skewed(dice, PERFORMERS);
        format!("{} {}", word(performer), word(performer / 7 + 20_000))
    };
    let city = |dice: &mut StdRng| Uuid::from_u128(u128::from(dice.random_range(0..CITIES)) + 1).to_string();
    for (name, facets) in [
        ("two words", ""),
        ("two words + city + 3 facets", "category,venue,month"),
        ("one frequent word + 3 facets", "category,city,month"),
        ("one typo", ""),
        ("prefix of 3", ""),
        ("city + 30 days by date", ""),
        ("50 km by distance", ""),
        ("browse all by date", ""),
        ("browse all + 3 facets", "category,city,month"),
        ("browse all + every facet", "category,city,country,venue,performer,month,price"),
        ("browse all + availability", "availability"),
        ("browse all by popularity", ""),
        ("browse all, one hit a series", ""),
        ("this weekend by date", ""),
    ] {
        let mut micros = Vec::with_capacity(QUERIES);
        let mut hits = 0;
        let rounds = if name.starts_with("browse all") { 40 } else { QUERIES };
        for _ in 0..rounds {
            let mut asked: Vec<(String, String)> = vec![("facets".into(), facets.into())];
            let mut put = |field: &str, value: String| asked.push((field.into(), value));
            match name {
                "two words" => put("q", two(&mut dice)),
                "two words + city + 3 facets" => {
                    put("q", two(&mut dice));
                    put("city", city(&mut dice));
                }
                "one frequent word + 3 facets" => put("q", word(skewed(&mut dice, 200) + 30_000)),
                "one typo" => {
                    let mut typed = word(skewed(&mut dice, PERFORMERS));
                    typed.insert(2, 'x');
                    put("q", typed);
                }
                "prefix of 3" => put("q", word(skewed(&mut dice, PERFORMERS)).chars().take(3).collect()),
                "city + 30 days by date" => {
                    put("city", city(&mut dice));
                    put("from", "2027-03-01".into());
                    put("to", "2027-03-30".into());
                }
                "50 km by distance" => {
                    let (lat, lon) = places[dice.random_range(0..places.len())];
                    put("near", format!("{lat},{}", lon.clamp(-179.0, 179.0)));
                    put("radius_km", "50".into());
                    put("sort", "distance".into());
                }
                "browse all by popularity" => put("sort", "popularity".into()),
                "browse all, one hit a series" => put("group", "series".into()),
                "this weekend by date" => put("when", "weekend".into()),
                _ => {}
            }
            let query = Query::parse(&asked)?;
            let mut fastest = u128::MAX;
            for _ in 0..TRIES {
                let watch = Stopwatch::start();
                let answer = catalog.search(&query).await?;
                fastest = fastest.min(watch.elapsed().as_micros());
                hits += answer.total / TRIES;
            }
            micros.push(fastest);
        }
        micros.sort_unstable();
        let at = |share: usize| micros[(micros.len() * share / 100).min(micros.len() - 1)];
        println!("{name:<32} p50 {:>7} µs  p99 {:>7} µs  {:>8} hits", at(50), at(99), hits / rounds as u64);
    }
    Ok(())
}
