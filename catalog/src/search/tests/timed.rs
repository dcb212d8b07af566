//! What browsing costs at a million events; only where it is asked for by name, since filling takes a minute.

use domain::Stopwatch;

use super::fixture::*;
use crate::index::Neighbours;
use crate::index::build::Changes;
use crate::model::EventSource;
use crate::search::*;

const EVENTS: u128 = 1_000_000;
const VENUES: u128 = 5_000;

/// A number that looks like chance.
fn mixed(number: u128, salt: u128) -> u128 {
    let mixed = (number + salt * 7_777_777).wrapping_mul(0x9e37_79b9_7f4a_7c15) & u128::from(u64::MAX);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 17 & 0xffff_ffff
}

fn numbered(number: u128) -> EventSource {
    let start = now().as_second() - 10 * 86_400 + (mixed(number, 1) % (730 * 86_400)) as i64;
    let category = match mixed(number, 2) % 100 {
        0..83 => "sports",
        83..96 => "concerts",
        _ => "conferences",
    };
    let title = format!("{category} of name {}", mixed(number, 3) % 70_000);
    let mut event = event(1_000_000 + number, &title, "2027-01-01T00:00:00Z");
    event.starts_at = jiff::Timestamp::from_second(start).expect("in range");
    event.category = category.into();
    event.timezone = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"][(mixed(number, 4) % 4) as usize].into();
    event.popularity = (mixed(number, 5) % 1_000) as u32;
    event.performers = cast(21 + number % 3);
    let near = mixed(number, 6) % VENUES;
    let event = at(event, 10_000 + near * (mixed(number, 7) % VENUES) / VENUES);
    if number.is_multiple_of(2) { priced(event, (mixed(number, 8) % 20_000) as i64, 20_000, "EUR") } else { event }
}

fn world() -> Neighbours {
    let mut around = around();
    let venues = (0..VENUES).map(|number| {
        let town = number * 28 / 50;
        let country = town * town / 280_000;
        let code = format!("{}{}", (b'A' + (country / 26) as u8) as char, (b'A' + (country % 26) as u8) as char);
        let city = city(100_000 + town, &format!("Town {town}"), &code, &[]);
        let place = ((town % 120) as f64 - 60.0, (town % 350) as f64 - 175.0);
        venue(10_000 + number, &format!("Hall {number}"), city, Some(place))
    });
    around.venues.extend(venues.map(|venue| (venue.row.id, venue)));
    around
}

const QUESTIONS: [&str; 20] = [
    "category=concerts&facets=category,city,month",
    "category=sports&facets=category,city,month",
    "country=AB&facets=category,city,month",
    "country=AB&category=concerts&facets=category,city,month",
    "city=Town 40&category=concerts&facets=category,city,month",
    "from=2027-03-11&facets=category,city,month",
    "from=2027-03-11&category=concerts&facets=category,city,month",
    "sort=name&category=concerts",
    "sort=popularity&category=conferences",
    "sort=name&country=AB",
    "sort=name",
    "bbox=-170,-60,180,60&facets=category,city,country,venue,performer,month,availability,price",
    "facets=category,city,month,availability,price",
    "category=concerts&facets=category,city,month,availability,price",
    "facets=availability",
    "group=series",
    "when=weekend&facets=category,city,month",
    "month=2027-06&facets=category,city,month",
    "q=sports&category=sports&country=AB&facets=category,month",
    "city=Town 40",
];

fn ask(catalog: &Catalog, runtime: &tokio::runtime::Runtime, when: &str) {
    for text in QUESTIONS {
        let mut micros: Vec<u128> = (0..15)
            .map(|_| {
                let watch = Stopwatch::start();
                runtime.block_on(catalog.search(&query(text))).expect("an answer");
                watch.elapsed().as_micros()
            })
            .collect();
        let first = micros[0];
        micros.sort_unstable();
        println!("{when}: {:>7} µs, at first {first:>7}: {text}", micros[micros.len() / 2]);
    }
}

#[test]
#[ignore = "takes minutes; says what browsing costs"]
fn what_browsing_costs() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &(0..EVENTS).map(numbered).collect::<Vec<_>>(), &world());
    let watch = Stopwatch::start();
    let catalog = open(dir.path());
    println!("opened in {} ms, {} segments", watch.elapsed().as_millis(), catalog.segment_count());
    ask(&catalog, &runtime, "whole");
    let mut changes = Changes::open(dir.path()).expect("readable").expect("free");
    (0..EVENTS).step_by(20).for_each(|number| changes.remove(id(1_000_000 + number)));
    changes.commit(Default::default()).expect("committed");
    changes.close().expect("closed");
    let watch = Stopwatch::start();
    catalog.reload_if_changed().expect("readable");
    println!("taken up in {} ms", watch.elapsed().as_millis());
    ask(&catalog, &runtime, "5 % deleted");
}
