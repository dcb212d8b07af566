//! Browsing: questions without words, and some with, where they are answered, in process and uncached, each beside PostgreSQL with the
//! index that suits it best: a page of 20, the exact total, and counts.

use std::path::Path;

use anyhow::{Result, bail};
use catalog::search::{Catalog, FacetName, Hit};
use domain::{Clock, CursorKey, Stopwatch};
use jiff::{ToSpan, civil};
use sqlx::PgPool;

use crate::latency::{self, Parameters, ask, parse, row};
use crate::load::quantile;
use crate::multiplied::{self, LARGE};
use crate::report::Figure;
use crate::store;

/// Of places and categories so many are asked for, the most frequent first.
const MOST: usize = 12;
/// From so many days, one after the other.
const DAYS: usize = 300;
/// Of each kind PostgreSQL is asked so many.
const THEIRS: usize = 7;

/// What a question is made from.
#[derive(Clone, Default)]
struct Seed {
    category: String,
    country: String,
    city: String,
    word: String,
    day: String,
}

/// A statement, and what it is asked with.
type Theirs = (&'static str, fn(&Seed) -> Narrow);

/// A kind of question: what is asked of it at a million and at ten million, median and 99th percentile in milliseconds, and how it and
/// PostgreSQL's are made.
struct Kind {
    name: &'static str,
    asked: [(f64, f64); 2],
    make: fn(&Seed) -> Parameters,
    /// Category, country, city or day narrow it; none where PostgreSQL is not asked.
    theirs: Option<Theirs>,
    seeds: fn(&Seeds) -> Vec<Seed>,
}

#[derive(Default)]
struct Narrow {
    category: Option<String>,
    country: Option<String>,
    city: Option<String>,
    day: Option<String>,
}

/// The most frequent values, days, and events with a word of their titles.
struct Seeds {
    categories: Vec<String>,
    countries: Vec<String>,
    cities: Vec<String>,
    events: Vec<Seed>,
}

const COUNTED: &str = "category,city,month";
const LISTED: [(f64, f64); 2] = [(0.6, 2.0), (2.0, 6.0)];
const ORDERED: [(f64, f64); 2] = [(0.5, 2.0), (1.5, 5.0)];

const KINDS: [Kind; 10] = [
    Kind {
        name: "a category by date, three facets",
        asked: LISTED,
        make: |seed| vec![("category", seed.category.clone()), ("facets", COUNTED.to_owned())],
        theirs: Some((BY_DATE, |seed| Narrow { category: Some(seed.category.clone()), ..Narrow::default() })),
        seeds: |seeds| with(&seeds.categories, |category, seed| seed.category = category),
    },
    Kind {
        name: "a country by date, three facets",
        asked: LISTED,
        make: |seed| vec![("country", seed.country.clone()), ("facets", COUNTED.to_owned())],
        theirs: Some((BY_DATE, |seed| Narrow { country: Some(seed.country.clone()), ..Narrow::default() })),
        seeds: |seeds| with(&seeds.countries, |country, seed| seed.country = country),
    },
    Kind {
        name: "a country and a category by date, three facets",
        asked: LISTED,
        make: |seed| vec![("country", seed.country.clone()), ("category", seed.category.clone()), ("facets", COUNTED.to_owned())],
        theirs: Some((BY_DATE, |seed| Narrow {
            country: Some(seed.country.clone()),
            category: Some(seed.category.clone()),
            ..Narrow::default()
        })),
        seeds: |seeds| pairs(seeds, &seeds.countries, |country, seed| seed.country = country),
    },
    Kind {
        name: "a city and a category by date, three facets",
        asked: LISTED,
        make: |seed| vec![("city", seed.city.clone()), ("category", seed.category.clone()), ("facets", COUNTED.to_owned())],
        theirs: Some((BY_DATE, |seed| Narrow {
            city: Some(seed.city.clone()),
            category: Some(seed.category.clone()),
            ..Narrow::default()
        })),
        seeds: |seeds| pairs(seeds, &seeds.cities, |city, seed| seed.city = city),
    },
    Kind {
        name: "open-ended from a venue-local date, three facets",
        asked: [(0.4, 2.0), (1.0, 4.0)],
        make: |seed| vec![("from", seed.day.clone()), ("facets", COUNTED.to_owned())],
        theirs: Some((BY_DATE, |seed| Narrow { day: Some(seed.day.clone()), ..Narrow::default() })),
        seeds: |_| with(&days(), |day, seed| seed.day = day),
    },
    Kind {
        name: "a category by name",
        asked: ORDERED,
        make: |seed| vec![("category", seed.category.clone()), ("sort", "name".to_owned())],
        theirs: Some((BY_NAME, |seed| Narrow { category: Some(seed.category.clone()), ..Narrow::default() })),
        seeds: |seeds| with(&seeds.categories, |category, seed| seed.category = category),
    },
    Kind {
        name: "a category by popularity",
        asked: ORDERED,
        make: |seed| vec![("category", seed.category.clone()), ("sort", "popularity".to_owned())],
        theirs: Some((BY_POPULARITY, |seed| Narrow { category: Some(seed.category.clone()), ..Narrow::default() })),
        seeds: |seeds| with(&seeds.categories, |category, seed| seed.category = category),
    },
    Kind {
        name: "a word, a category and a country, two facets",
        asked: [(1.5, 6.0), (5.0, 20.0)],
        make: |seed| {
            let facets = ("facets", "city,month".to_owned());
            vec![("q", seed.word.clone()), ("category", seed.category.clone()), ("country", seed.country.clone()), facets]
        },
        theirs: None,
        seeds: |seeds| seeds.events.clone(),
    },
    Kind {
        name: "a box just short of the world, eight facets",
        asked: [(20.0, 40.0), (200.0, 400.0)],
        make: |seed| {
            let all: Vec<&str> = FacetName::ALL.into_iter().map(FacetName::as_str).collect();
            vec![("bbox", "-179,-60,179,75".to_owned()), ("from", seed.day.clone()), ("facets", all.join(","))]
        },
        theirs: None,
        seeds: |_| with(&days()[..20], |day, seed| seed.day = day),
    },
    Kind {
        name: "one hit a series over everything",
        asked: [(30.0, 60.0), (300.0, 600.0)],
        make: |seed| vec![("group", "series".to_owned()), ("from", seed.day.clone())],
        theirs: None,
        seeds: |_| with(&days()[..20], |day, seed| seed.day = day),
    },
];

const BY_DATE: &str = "SELECT id, title, starts_at, venue, city FROM listed.events
    WHERE starts_at >= now() AND ($1::text IS NULL OR category = $1) AND ($2::text IS NULL OR country = $2)
    AND ($3::text IS NULL OR city_id = ($3::text)::uuid) AND ($4::text IS NULL OR day >= ($4::text)::date) ORDER BY starts_at, id LIMIT 20";
const BY_NAME: &str = "SELECT id, title, starts_at, venue, city FROM listed.events
    WHERE starts_at >= now() AND category = $1 AND $2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL
    ORDER BY title, starts_at, id LIMIT 20";
const BY_POPULARITY: &str = "SELECT id, title, starts_at, venue, city FROM listed.events
    WHERE starts_at >= now() AND category = $1 AND $2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL
    ORDER BY popularity DESC, starts_at, id LIMIT 20";
/// Under all filters: less than ours, whose facets are each counted without their own.
const COUNTS: &str = "SELECT category, city_id, date_trunc('month', day) AS month, count(*) FROM listed.events
    WHERE starts_at >= now() AND ($1::text IS NULL OR category = $1) AND ($2::text IS NULL OR country = $2)
    AND ($3::text IS NULL OR city_id = ($3::text)::uuid) AND ($4::text IS NULL OR day >= ($4::text)::date)
    GROUP BY GROUPING SETS ((), (category), (city_id), (date_trunc('month', day)))";

/// Takes     `catalogue`: the folder of the real catalogue; the demo's words where it is not there.
pub async fn measure(scratch: &Path, catalogue: &Path, events: u32) -> Result<Vec<Figure>> {
    let real = catalogue.join("events.ndjson.zst").exists();
    let dir = scratch.join(if real { format!("browse-{events}") } else { format!("large-{events}") });
    if real {
        multiplied::fill(&dir, catalogue, events).await?;
    } else {
        multiplied::made(&dir, events).await?;
    }
    let database = store::open(&dir).await?;
    let listed: bool = sqlx::query_scalar("SELECT to_regnamespace('listed') IS NOT NULL").fetch_one(&database.pool).await?;
    if !listed {
        println!("making PostgreSQL's own lists of {events} events");
        sqlx::raw_sql(include_str!("browse.sql")).execute(&database.pool).await?;
    }
    let catalogs = [Catalog::open(&dir.join("index"), CursorKey::new([0; 32]), Clock::System, 1 << 20)?];
    let seeds = seeds(&catalogs[0]).await?;
    let mut figures = Vec::new();
    for kind in &KINDS {
        let (asked, mut micros) = ((kind.seeds)(&seeds), Vec::new());
        for seed in &asked {
            let mut fastest = u64::MAX;
            for _ in 0..3 {
                fastest = fastest.min(ask(&catalogs, &parse(&(kind.make)(seed))?).await?.0);
            }
            micros.push(fastest);
        }
        let theirs = theirs(&database.pool, kind, &asked).await?;
        let what = format!("browsing {events} events, uncached: {}, p50 / p99", kind.name);
        let mut figure = row(&what, kind.asked[usize::from(events >= LARGE)], micros);
        figure.seen.push_str(&theirs);
        figures.push(figure);
    }
    database.close().await?;
    // a million is measured with words of the demo by `large`
    if events >= LARGE {
        figures.extend(latency::measure(&dir.join("index"), events).await?);
    }
    Ok(figures)
}

/// What PostgreSQL takes at the median, as a text.
async fn theirs(pool: &PgPool, kind: &Kind, seeds: &[Seed]) -> Result<String> {
    let Some((page, narrow)) = kind.theirs else { return Ok(String::new()) };
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql("SET plan_cache_mode = force_custom_plan").execute(&mut *connection).await?;
    let mut micros = Vec::new();
    for seed in seeds.iter().step_by((seeds.len() / THEIRS).max(1)).take(THEIRS) {
        let watch = Stopwatch::start();
        for statement in [page, COUNTS] {
            let Narrow { category, country, city, day } = narrow(seed);
            sqlx::query(statement).bind(category).bind(country).bind(city).bind(day).fetch_all(&mut *connection).await?;
        }
        micros.push(u64::try_from(watch.elapsed().as_micros())?);
    }
    micros.sort_unstable();
    Ok(format!(" (PostgreSQL, btree and counts: {:.1} ms)", quantile(&micros, 0.5) as f64 / 1e3))
}

fn with(values: &[String], put: fn(String, &mut Seed)) -> Vec<Seed> {
    let seed = |value: &String| {
        let mut seed = Seed::default();
        put(value.clone(), &mut seed);
        seed
    };
    values.iter().map(seed).collect()
}

/// Each value with each category.
fn pairs(seeds: &Seeds, values: &[String], put: fn(String, &mut Seed)) -> Vec<Seed> {
    let with_category = |category: &String| {
        let of = |seed: Seed| Seed { category: category.clone(), ..seed };
        with(values, put).into_iter().map(of).collect::<Vec<_>>()
    };
    seeds.categories.iter().flat_map(with_category).collect()
}

fn days() -> Vec<String> {
    let first = civil::date(2027, 1, 2);
    (0..DAYS).map(|day| first.saturating_add((day as i64).days()).to_string()).collect()
}

async fn seeds(catalog: &Catalog) -> Result<Seeds> {
    let counted =
        catalog.search(&parse(&vec![("facets", "category,country,city".to_owned()), ("limit", "100".to_owned())])?).await?;
    let values = |name| counted.facets.get(name).iter().filter(|value| !value.value.is_empty()).take(MOST);
    let values = |name| values(name).map(|value| value.value.clone()).collect::<Vec<_>>();
    let mut events = Vec::new();
    for day in days().iter().step_by(10) {
        let page = catalog.search(&parse(&vec![("from", day.clone()), ("limit", "10".to_owned())])?).await?;
        events.extend(page.items.iter().filter_map(seed));
    }
    let seeds = Seeds {
        categories: values(FacetName::Category),
        countries: values(FacetName::Country),
        cities: values(FacetName::City),
        events,
    };
    if seeds.categories.is_empty() || seeds.events.is_empty() { bail!("nothing gives a question") } else { Ok(seeds) }
}

fn seed(hit: &Hit) -> Option<Seed> {
    let event = hit.event()?;
    let folded = domain::text::fold(&hit.title);
    let word = folded.split(' ').find(|word| word.len() > 3 && word.bytes().all(|letter| letter.is_ascii_alphabetic()))?;
    let country = event.venue.as_ref().map(|venue| venue.country.clone()).filter(|country| !country.is_empty())?;
    Some(Seed { category: event.category.clone(), country, word: word.to_owned(), ..Seed::default() })
}
