//! Questions of intent over the demo: a kind, a place and a time in one question, and how many have their first five right.

use std::collections::HashMap;

use catalog::demo::{DemoOptions, plan};
use catalog::search::{Catalog, Query};
use domain::{Clock, CursorKey};
use jiff::civil::{DateTime, Weekday};
use jiff::{Timestamp, ToSpan};
use sqlx::PgPool;
use uuid::Uuid;

/// At least this share has its first five right.
const FLOOR: f64 = 0.95;
const QUESTIONS: usize = 300;
const FIRST: usize = 5;
/// A Wednesday, evening in Asia, morning in America.
const NOW: &str = "2026-11-25T13:00:00Z";

/// An event as a judge sees it.
struct Date {
    id: Uuid,
    category: String,
    genre: String,
    city: String,
    local: DateTime,
    /// The venue's own now.
    now: DateTime,
}

/// What a question asks for.
#[derive(Debug, Default)]
struct Wish {
    category: Option<String>,
    genre: Option<String>,
    city: Option<String>,
    when: Option<&'static str>,
}

const WHENS: [&str; 8] = ["today", "tonight", "tomorrow", "this weekend", "friday", "sunday", "december", "january"];

impl Wish {
    fn is_met(&self, date: &Date) -> bool {
        let like = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is));
        let kind = like(&self.category, &date.category) && like(&self.genre, &date.genre);
        kind && like(&self.city, &date.city) && self.when.is_none_or(|when| is_when(when, date))
    }
}

fn is_when(when: &str, date: &Date) -> bool {
    let (day, today) = (date.local.date(), date.now.date());
    let ahead = (day - today).get_days();
    let next = |weekday: Weekday| {
        let until = (weekday.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7);
        ahead == i32::from(until)
    };
    match when {
        "today" => ahead == 0,
        "tonight" => ahead == 0 && date.local.hour() >= 17,
        "tomorrow" => ahead == 1,
        "this weekend" => (5..=6).contains(&(ahead + i32::from(today.weekday().to_monday_zero_offset()))),
        "friday" => next(Weekday::Friday),
        "sunday" => next(Weekday::Sunday),
        "december" => day.month() == 12,
        _ => day.month() == 1,
    }
}

/// All dates of the demo that are to come.
fn dates(options: &DemoOptions, now: Timestamp) -> Vec<Date> {
    let (mut cities, mut places, mut dates) = (HashMap::new(), HashMap::new(), Vec::new());
    for bulk in plan(options, now) {
        cities.extend(bulk.cities.into_iter().map(|city| (city.id, city.name)));
        let named = bulk.venues.into_iter().map(|venue| (venue.id, venue.city_id.and_then(|id| cities.get(&id).cloned())));
        places.extend(named);
        for event in bulk.events.into_iter().filter(|event| event.starts_at > now) {
            let zone = domain::time::zone(&event.timezone).expect("a zone");
            let city = event.venue_id.and_then(|id| places.get(&id).cloned().flatten()).unwrap_or_default();
            let (local, now) = (zone.to_datetime(event.starts_at), zone.to_datetime(now));
            dates.push(Date { id: event.id.0, category: event.category, genre: event.genre, city, local, now });
        }
    }
    dates
}

/// The next of a row of numbers that its seed alone decides.  Source: splitmix64.
fn draw(seed: &mut u64) -> usize {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize
}

/// A category as people write it.
fn spelt(category: &str, form: usize) -> &str {
    match (category, form % 3) {
        ("concert", 0) => "concerts",
        ("film", 0) => "films",
        ("film", 1) => "movies",
        ("theatre", 0) => "theater",
        ("festival", 0) => "festivals",
        ("conference", 0) => "conferences",
        ("sports", 0) => "sport",
        _ => category,
    }
}

/// A question that some date meets, and what it asks for.
fn question(dates: &[Date], number: usize, seed: &mut u64) -> (String, Wish) {
    let mut date = &dates[draw(seed) % dates.len()];
    let when = WHENS[draw(seed) % WHENS.len()];
    let shape = number % 10;
    let timed = shape >= 4;
    while timed && !is_when(when, date) {
        date = &dates[draw(seed) % dates.len()];
    }
    let form = draw(seed);
    // who asks for a genre that is a category too may mean either
    let by_genre = form.is_multiple_of(2) && !dates.iter().any(|other| other.category.eq_ignore_ascii_case(&date.genre));
    let kind = if by_genre { date.genre.to_lowercase() } else { spelt(&date.category, form / 2).to_owned() };
    let mut wish = Wish { when: timed.then_some(when), ..Wish::default() };
    let text = match shape {
        0 => kind.clone(),
        1 | 2 => format!("{kind} {}", date.city),
        3 => format!("{kind} in {}", date.city),
        4 | 5 => format!("{kind} {when}"),
        6 => format!("{} {when}", date.city),
        7 => format!("{kind} in {} {when}", date.city),
        8 => format!("{when} {kind} {}", date.city),
        _ => format!("{kind} {} {when}", date.city),
    };
    if shape != 6 {
        let of = if by_genre { &mut wish.genre } else { &mut wish.category };
        *of = Some(if by_genre { date.genre.clone() } else { date.category.clone() });
    }
    if !matches!(shape, 0 | 4 | 5) {
        wish.city = Some(date.city.clone());
    }
    (text, wish)
}

#[sqlx::test(migrations = "../migrations")]
async fn nearly_all_questions_of_intent_have_their_first_five_right(pool: PgPool) {
    let (options, now) = (DemoOptions::default(), NOW.parse().expect("an instant"));
    let clock = Clock::manual(now);
    catalog::demo::fill(&pool, &clock, &options, |_| {}).await.expect("filled");
    let dir = tempfile::tempdir().expect("a directory");
    indexer::reindex(&pool, dir.path(), indexer::ReindexOptions::default(), |_| {}).await.expect("indexed");
    let catalog = Catalog::open(dir.path(), CursorKey::new([0; 32]), clock, 1 << 20).expect("opened");
    let dates = dates(&options, now.saturating_add(1.minute()).expect("in range"));
    let by_id: HashMap<Uuid, &Date> = dates.iter().map(|date| (date.id, date)).collect();
    let (mut seed, mut right) = (20_261_125, 0);
    for number in 0..QUESTIONS {
        let (text, wish) = question(&dates, number, &mut seed);
        let query = Query::parse(&[("q".to_owned(), text.clone())]).expect("a question");
        let answer = catalog.search(&query).await.expect("an answer");
        let expected = dates.iter().filter(|date| wish.is_met(date)).count().min(FIRST);
        let met = |hit: &catalog::search::Hit| by_id.get(&hit.id).is_some_and(|date| wish.is_met(date));
        let first = answer.items.iter().take(expected).filter(|hit| met(hit)).count();
        right += usize::from(first == expected);
        if first < expected {
            let shown = answer.items.iter().take(FIRST).map(|hit| {
                let date = by_id.get(&hit.id);
                let told = date.map(|date| format!("{}/{}/{}/{}", date.category, date.genre, date.city, date.local));
                format!("{} ({})", hit.title, told.unwrap_or_default())
            });
            println!("{first} of {expected}: {text:?} relaxed {:?}: {:#?}", answer.relaxed, shown.collect::<Vec<_>>());
        }
    }
    let share = right as f64 / QUESTIONS as f64;
    println!("{right} of {QUESTIONS} questions of intent have their first five right: {share:.3}");
    assert!(share >= FLOOR, "{share:.3} is below {FLOOR}");
}
