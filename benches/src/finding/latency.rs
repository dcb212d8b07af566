//! Questions to the large catalogue where they are answered, in process and uncached: each kind with what is asked of it.
//!
//! Each question is asked once of each of three catalogues that know nothing of one another, and the fastest counts, since others use
//! the machine too: that is near the processor's time, and nobody is asked what he has just said.

use std::path::Path;

use anyhow::{Result, bail};
use catalog::search::{Catalog, Hit, Prompt, Query};
use domain::{Clock, CursorKey, Stopwatch};

use crate::load::quantile;
use crate::multiplied::LARGE;
use crate::report::{Figure, median};

const CATALOGUES: usize = 3;
/// Events that questions are made from, spread over so many months.
const SEEDS: usize = 1_200;
const MONTHS: usize = 12;
/// Which page is held against the first, and over how many around each the median is taken.
const DEEP_PAGE: usize = 1_000;
const AROUND: usize = 25;

/// An event that is found again: two words that stand side by side, where and when it is.
struct Seed {
    first: String,
    second: String,
    city: String,
    place: Option<(f64, f64)>,
    /// The first and the last of 30 days around it.
    days: (String, String),
}

pub type Parameters = Vec<(&'static str, String)>;

/// A kind of question, the milliseconds that are asked of it at the median and at the 99th percentile, at the median of ten million events,
/// and how it is made.
struct Kind {
    name: &'static str,
    asked: (f64, f64),
    large: f64,
    make: fn(&Seed) -> Parameters,
}

const KINDS: [Kind; 7] = [
    Kind { name: "two words", asked: (0.15, 1.5), large: 0.42, make: |seed| vec![("q", two_words(seed))] },
    Kind { name: "one word with a typo", asked: (0.4, 4.0), large: 0.39, make: |seed| vec![("q", slip(&seed.first))] },
    Kind {
        name: "three letters",
        asked: (0.7, 4.0),
        large: 0.33,
        make: |seed| vec![("q", seed.first.chars().take(3).collect())],
    },
    Kind {
        name: "one word, three facets",
        asked: (0.5, 4.0),
        large: 0.75,
        make: |seed| vec![("q", seed.first.clone()), ("facets", "category,venue,month".to_owned())],
    },
    Kind {
        name: "city and 30 days by date",
        asked: (0.1, 4.0),
        large: 0.09,
        make: |seed| vec![("city", seed.city.clone()), ("from", seed.days.0.clone()), ("to", seed.days.1.clone())],
    },
    Kind { name: "50 km by distance", asked: (0.4, 4.0), large: 0.12, make: by_distance },
    Kind {
        name: "two words, a city, three facets",
        asked: (2.0, 15.0),
        large: 0.45,
        make: |seed| vec![("q", two_words(seed)), ("city", seed.city.clone()), ("facets", "category,venue,month".to_owned())],
    },
];

fn two_words(seed: &Seed) -> String {
    format!("{} {}", seed.first, seed.second)
}

fn by_distance(seed: &Seed) -> Parameters {
    let (lat, lon) = seed.place.unwrap_or_default();
    vec![("near", format!("{lat},{lon}")), ("radius_km", "50".to_owned()), ("sort", "distance".to_owned())]
}

/// A word with two neighbouring letters changed round.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(2, 3);
    letters.into_iter().collect()
}

/// All kinds, suggestions, and a deep page.
pub async fn measure(index: &Path, events: u32) -> Result<Vec<Figure>> {
    let open = |_| Catalog::open(index, CursorKey::new([0; 32]), Clock::System, 1 << 20);
    let seeds = seeds(&open(0)?).await?;
    let catalogs = (0..CATALOGUES).map(open).collect::<Result<Vec<_>, _>>()?;
    let mut figures = Vec::new();
    for kind in &KINDS {
        let mut micros = Vec::with_capacity(seeds.len());
        for seed in &seeds {
            let (fastest, _) = ask(&catalogs, &parse(&(kind.make)(seed))?).await?;
            micros.push(fastest);
        }
        let what = format!("search over {events} events, uncached: {}, p50 / p99", kind.name);
        let asked = if events >= LARGE { (kind.large, f64::INFINITY) } else { kind.asked };
        figures.push(row(&what, asked, micros));
    }
    figures.push(suggestions(&catalogs, &seeds, if events >= LARGE { (1.0, 8.0) } else { (0.5, 3.0) }).await?);
    for (name, parameters) in [("by date", vec![]), ("of one word", vec![("q", seeds[0].first.clone())])] {
        figures.extend(deep(&catalogs, name, &parameters).await?);
    }
    Ok(figures)
}

/// Asks each catalogue a question; gives the microseconds of the fastest, and the cursor of the next page.
pub async fn ask(catalogs: &[Catalog], query: &Query) -> Result<(u64, Option<String>)> {
    let (mut fastest, mut next) = (u64::MAX, None);
    for catalog in catalogs {
        let watch = Stopwatch::start();
        let answer = catalog.search(query).await?;
        fastest = fastest.min(u64::try_from(watch.elapsed().as_micros())?);
        next.clone_from(&answer.next_cursor);
    }
    Ok((fastest, next))
}

pub fn row(what: &str, asked: (f64, f64), mut micros: Vec<u64>) -> Figure {
    micros.sort_unstable();
    let (p50, p99) = (quantile(&micros, 0.5) as f64 / 1e3, quantile(&micros, 0.99) as f64 / 1e3);
    let reached = p50 <= asked.0 && p99 <= asked.1;
    let asked = if asked.1.is_finite() { format!("{} ms / {} ms", asked.0, asked.1) } else { format!("p50 {} ms", asked.0) };
    Figure::new(what, &asked, format!("{p50:.2} ms / {p99:.2} ms"), Some(reached))
}

/// What somebody who types asks: the first one to six letters of names.
async fn suggestions(catalogs: &[Catalog], seeds: &[Seed], asked: (f64, f64)) -> Result<Figure> {
    let mut micros = Vec::with_capacity(seeds.len());
    for (number, seed) in seeds.iter().enumerate() {
        let prompt = Prompt { q: seed.first.chars().take(1 + number % 6).collect(), limit: 5, past: false };
        let mut fastest = u64::MAX;
        for catalog in catalogs {
            let watch = Stopwatch::start();
            catalog.suggest(&prompt).await?;
            fastest = fastest.min(u64::try_from(watch.elapsed().as_micros())?);
        }
        micros.push(fastest);
    }
    Ok(row("suggestions for the first one to six letters, p50 / p99", asked, micros))
}

/// Turns pages to the thousandth; none if there are not so many.
async fn deep(catalogs: &[Catalog], name: &str, parameters: &Parameters) -> Result<Option<Figure>> {
    let mut query = parse(parameters)?;
    let mut micros = Vec::with_capacity(DEEP_PAGE);
    while micros.len() < DEEP_PAGE {
        let (fastest, next) = ask(catalogs, &query).await?;
        micros.push(fastest as f64);
        if next.is_none() {
            return Ok(None);
        }
        query.cursor = next;
    }
    let (first, last) = (median(micros[..AROUND].to_vec()), median(micros[DEEP_PAGE - AROUND..].to_vec()));
    let what = format!("page {DEEP_PAGE} of a list {name} against page 1, medians of {AROUND} pages there");
    let seen = format!("{:.2} × ({last:.0} µs against {first:.0} µs)", last / first);
    Ok(Some(Figure::new(&what, "2 ×", seen, Some(last <= 2.0 * first))))
}

/// Events of the months to come whose titles begin with two words of four letters and more.
async fn seeds(catalog: &Catalog) -> Result<Vec<Seed>> {
    let months = catalog.search(&parse(&vec![("facets", "month".to_owned()), ("limit", "1".to_owned())])?).await?;
    let months: Vec<String> = months.histograms.month.iter().flatten().map(|bar| bar.month.clone()).take(MONTHS).collect();
    let mut seeds = Vec::new();
    for month in &months {
        let mut query = parse(&vec![("month", month.clone()), ("limit", "100".to_owned())])?;
        let mut found = 0;
        while found < SEEDS / MONTHS {
            let page = catalog.search(&query).await?;
            let new: Vec<Seed> = page.items.iter().filter_map(seed).take(SEEDS / MONTHS - found).collect();
            found += new.len();
            seeds.extend(new);
            query.cursor.clone_from(&page.next_cursor);
            if query.cursor.is_none() {
                break;
            }
        }
    }
    if seeds.is_empty() { bail!("no event gives a question") } else { Ok(seeds) }
}

fn seed(hit: &Hit) -> Option<Seed> {
    let event = hit.event()?;
    let folded = domain::text::fold(&hit.title);
    let mut words = folded.split(' ').filter(|word| word.len() > 3 && word.bytes().all(|letter| letter.is_ascii_alphabetic()));
    let venue = event.venue.as_ref().filter(|venue| !venue.city.is_empty())?;
    let day = event.local.date();
    let away = |days: i64| day.saturating_add(jiff::Span::new().days(days)).to_string();
    Some(Seed {
        first: words.next()?.to_owned(),
        second: words.next()?.to_owned(),
        city: venue.city_id?.to_string(),
        place: venue.lat.zip(venue.lon),
        days: (away(-15), away(14)),
    })
}

pub fn parse(parameters: &Parameters) -> Result<Query> {
    let owned: Vec<(String, String)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Ok(Query::parse(&owned)?)
}
