//! Measures search quality on the real catalogue: `cargo run --release -p catalog --example relevance -- <folder> [--mixed] [--misses]`.
//!
//! Takes     the folder with `events.ndjson.zst`, `venues.ndjson.zst`, `performers.ndjson.zst` and `queries-public.ndjson`
//!           (or `BOXOFFICE_CATALOGUE`).
//! Gives     hit@1, hit@10 and MRR@10 by kind of query, and the time of a query.  A hit: an expected id among the first ten.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use catalog::index::build::Build;
use catalog::index::{Neighbours, document};
use catalog::model::{Cast, City, EventSource, Performer, PerformerRow, Precision, Venue, VenueRow};
use catalog::search::{Catalog, Kind, Query, Sort};
use domain::{CityId, Clock, CursorKey, EventId, EventStatus, PerformerId, Place, Stopwatch, VenueId};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let folder = flags.iter().find(|flag| !flag.starts_with("--")).cloned().or_else(|| std::env::var("BOXOFFICE_CATALOGUE").ok());
    let Some(folder) = folder.map(PathBuf::from).filter(|folder| folder.join("queries-public.ndjson").exists()) else {
        println!("skipped: give the catalogue's folder as an argument or in BOXOFFICE_CATALOGUE");
        return Ok(());
    };
    let dir = std::env::temp_dir().join("boxoffice-relevance");
    if !flags.iter().any(|flag| flag == "--keep") || !dir.exists() {
        let watch = Stopwatch::start();
        std::fs::remove_dir_all(&dir).or_else(|fault| if dir.exists() { Err(fault) } else { Ok(()) })?;
        build(&folder, &dir)?;
        println!("indexed in {:.1} s", watch.elapsed().as_secs_f64());
    }
    let catalog = Catalog::open(&dir, CursorKey::new([0; 32]), Clock::System, 1 << 20)?;
    println!("{} documents, {} segments", catalog.doc_count(), catalog.segment_count());
    measure(&catalog, &folder, flags.iter().any(|flag| flag == "--mixed"), flags.iter().any(|flag| flag == "--misses")).await
}

fn lines(path: &Path) -> Outcome<impl Iterator<Item = Outcome<Value>>> {
    let file = std::fs::File::open(path)?;
    let reader: Box<dyn std::io::Read> =
        if path.extension().is_some_and(|end| end == "zst") { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    Ok(BufReader::new(reader).lines().map(|line| Ok(serde_json::from_str(&line?)?)))
}

fn build(folder: &Path, dir: &Path) -> Outcome<()> {
    let mut ids = Ids::default();
    let mut around = Neighbours::default();
    for line in lines(&folder.join("venues.ndjson.zst"))? {
        let venue = venue(&line?, &mut ids);
        around.venues.insert(venue.row.id, venue);
    }
    for line in lines(&folder.join("performers.ndjson.zst"))? {
        let performer = performer(&line?, &mut ids);
        around.performers.insert(performer.row.id, performer);
    }
    let mut build = Build::begin(dir, 2, 256 << 20)?;
    for line in lines(&folder.join("events.ndjson.zst"))? {
        let event = event(&line?, &mut ids)?;
        let places = event.venue_id.iter().map(|id| id.0).chain(event.performers.iter().map(|cast| cast.performer_id.0));
        places.for_each(|id| *around.events_of.entry(id).or_default() += 1);
        build.add(document::event(&build.fields, &event, &around))?;
    }
    for venue in around.venues.values() {
        build.add(document::venue(&build.fields, venue, &around))?;
    }
    for performer in around.performers.values() {
        build.add(document::performer(&build.fields, performer, &around))?;
    }
    build.finish(Default::default())?;
    build.publish()?;
    Ok(())
}

/// Ids for external ids, in the order in which they come.
#[derive(Default)]
struct Ids(HashMap<String, Uuid>);

impl Ids {
    fn of(&mut self, kind: &str, external: &str) -> Uuid {
        let next = Uuid::from_u128(self.0.len() as u128 + 1);
        *self.0.entry(format!("{kind} {external}")).or_insert(next)
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    value[field].as_array().into_iter().flatten().filter_map(|item| item.as_str()).map(str::to_owned).collect()
}

fn place(value: &Value) -> Option<Place> {
    Place::new(value["lat"].as_f64()?, value["lon"].as_f64()?)
}

fn venue(value: &Value, ids: &mut Ids) -> Venue {
    let (name, country) = (text(value, "city"), text(value, "country"));
    let city = City {
        id: CityId(ids.of("city", &format!("{country}/{}/{name}", text(value, "region")))),
        external_id: None,
        slug: String::new(),
        name,
        region: text(value, "region"),
        country,
        country_name: text(value, "country_name"),
        place: place(value),
        timezone: text(value, "timezone"),
        population: 0,
        aliases: texts(value, "city_aliases"),
    };
    let row = VenueRow {
        id: VenueId(ids.of("venue", &text(value, "id"))),
        external_id: Some(text(value, "id")),
        slug: String::new(),
        name: text(value, "name"),
        kind: text(value, "kind"),
        city_id: Some(city.id),
        address: String::new(),
        postal_code: String::new(),
        district: text(value, "district"),
        place: place(value),
        timezone: text(value, "timezone"),
        capacity: None,
        aliases: texts(value, "aliases"),
        description: String::new(),
    };
    Venue { row, city: Some(city), version: 1, created_at: Timestamp::UNIX_EPOCH, updated_at: Timestamp::UNIX_EPOCH }
}

fn performer(value: &Value, ids: &mut Ids) -> Performer {
    let mut instruments = texts(value, "instruments");
    instruments.extend(value["instrument"].as_str().map(str::to_owned));
    let row = PerformerRow {
        id: PerformerId(ids.of("performer", &text(value, "id"))),
        external_id: Some(text(value, "id")),
        slug: String::new(),
        name: text(value, "name"),
        sort_name: text(value, "sort_name"),
        kind: text(value, "kind"),
        kinds: texts(value, "kinds"),
        instruments,
        sport: text(value, "sport"),
        city: text(value, "city"),
        country: text(value, "country"),
        aliases: texts(value, "aliases"),
        description: String::new(),
    };
    Performer { row, version: 1, created_at: Timestamp::UNIX_EPOCH, updated_at: Timestamp::UNIX_EPOCH }
}

fn event(value: &Value, ids: &mut Ids) -> Outcome<EventSource> {
    let cast = |item: &Value, ids: &mut Ids| Cast {
        performer_id: PerformerId(ids.of("performer", &text(item, "id"))),
        role: text(item, "role"),
        instrument: text(item, "instrument"),
    };
    let works = value["works"].as_array().into_iter().flatten();
    Ok(EventSource {
        id: EventId(ids.of("event", &text(value, "id"))),
        external_id: Some(text(value, "id")),
        slug: String::new(),
        title: text(value, "title"),
        description: text(value, "description"),
        category: text(value, "category"),
        genre: text(value, "genre"),
        event_type: text(value, "event_type"),
        season: text(value, "season"),
        topics: texts(value, "topics"),
        works: works
            .map(|work| catalog::model::Work {
                composer: text(work, "composer"),
                title: text(work, "title"),
                ..Default::default()
            })
            .collect(),
        series_id: None,
        venue_id: value["venue_id"].as_str().map(|id| VenueId(ids.of("venue", id))),
        performers: value["performers"].as_array().into_iter().flatten().map(|item| cast(item, ids)).collect(),
        starts_at: text(value, "start").parse()?,
        ends_at: None,
        start_precision: Precision::parse(&text(value, "start_precision")).unwrap_or_default(),
        timezone: text(value, "timezone"),
        status: EventStatus::Scheduled,
        url: String::new(),
        online: false,
        popularity: 0,
        price_from: None,
        price_to: None,
        currency: None,
        capacity: None,
        on_sale: false,
        sale_opens_at: None,
        sale_closes_at: None,
        version: 1,
    })
}

#[derive(Default)]
struct Score {
    asked: u32,
    first: u32,
    ten: u32,
    reciprocal: f64,
}

async fn measure(catalog: &Catalog, folder: &Path, mixed: bool, misses: bool) -> Outcome<()> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut micros = Vec::new();
    for line in lines(&folder.join("queries-public.ndjson"))? {
        let line = line?;
        let kind = Kind::parse(line["expect"]["type"].as_str().unwrap_or_default()).ok_or("an unknown kind")?;
        let kinds = if mixed { vec![Kind::Event, Kind::Performer, Kind::Venue] } else { vec![kind] };
        let query = Query { q: text(&line, "q"), kinds, past: true, sort: Sort::Relevance, limit: 10, ..Query::default() };
        let watch = Stopwatch::start();
        let answer = catalog.search(&query).await?;
        micros.push(watch.elapsed().as_micros());
        let expected = texts(&line["expect"], "ids");
        let rank = answer.items.iter().position(|hit| {
            hit.kind() == kind && hit.external_id().is_some_and(|id| expected.iter().any(|expected| expected == id))
        });
        for group in [text(&line, "kind"), "all".to_owned()] {
            let score = scores.entry(group).or_default();
            score.asked += 1;
            score.first += u32::from(rank == Some(0));
            score.ten += u32::from(rank.is_some());
            score.reciprocal += rank.map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0));
        }
        if misses && rank != Some(0) {
            let titles: Vec<&str> = answer.items.iter().take(3).map(|hit| hit.title()).collect();
            println!(
                "{rank:?} {} {:?} total {} of {} expected {:?}: {titles:?}",
                text(&line, "kind"),
                query.q,
                answer.total,
                expected.len(),
                expected.first()
            );
        }
    }
    println!("{:<32} {:>6} {:>7} {:>7} {:>7}", "queries", "asked", "hit@1", "hit@10", "MRR@10");
    for (group, score) in &scores {
        let share = |part: u32| f64::from(part) / f64::from(score.asked);
        let mean = score.reciprocal / f64::from(score.asked);
        println!(
            "{group:<32} {:>6} {:>7.3} {:>3}/{:.3} {mean:>7.3}",
            score.asked,
            share(score.first),
            score.ten,
            share(score.ten)
        );
    }
    micros.sort_unstable();
    println!("µs a query: p50 {}, p99 {}", micros[micros.len() / 2], micros[micros.len() * 99 / 100]);
    Ok(())
}
