//! Every plan against a plain walk: the same question with a filter that refuses nothing holds each document against the filters.

use proptest::prelude::*;

use super::fixture::*;
use crate::index::build::Changes;
use crate::index::document::{self, Sides};
use crate::model::EventSource;
use crate::search::*;

const CATEGORIES: [&str; 4] = ["concerts", "opera", "films", "talks"];
const ZONES: [&str; 4] = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"];

/// Names tell categories, many start at once, few are popular, and days begin at different hours.
fn numbered(number: u128) -> EventSource {
    let mixed = (number * 7_919) % 1_009;
    let day = format!("20{}-{:02}-{:02}", 26 + mixed % 3, mixed % 12 + 1, mixed % 28 + 1);
    let category = if mixed.is_multiple_of(50) { 3 } else { (mixed % 3) as usize };
    let title = format!("{} {}", ["Night Owls", "Aida", "Zorro", "Maps"][category], mixed % 5);
    let mut event = at(event(number + 1_000, &title, &format!("{day}T{:02}:00:00Z", mixed % 24)), 11 + mixed % 7);
    event.category = CATEGORIES[category].into();
    event.timezone = ZONES[(mixed % 4) as usize].into();
    event.popularity = if mixed.is_multiple_of(9) { (mixed % 4) as u32 } else { 0 };
    event.performers = cast(21 + mixed % 3);
    event.series_id = (mixed % 5 < 2).then(|| domain::SeriesId(id(31 + mixed % 2)));
    if !mixed.is_multiple_of(4) {
        event = priced(event, (mixed % 37) as i64 * 700, 40_000, ["AUD", "EUR"][mixed as usize % 2]);
    }
    event
}

/// Every event wears one of these, so this refuses none, and every one is looked at.
const EVERY_BADGE: &str = "availability=available,few,held,sold_out,not_on_sale,cancelled";

const PLACES: [&str; 8] = [
    "",
    "city=Brisbane",
    "city=Taveuni,München",
    "country=AU",
    "country=AU,FJ",
    "bbox=-180,-40,180,60",
    "near=-27.47,153.03&radius_km=500",
    "venue_id=00000000-0000-0000-0000-00000000000b",
];
const KINDS: [&str; 6] =
    ["", "category=concerts", "category=TALKS", "category=opera,films", "category=nothing", "category=concerts,talks"];
const TIMES: [&str; 9] = [
    "past=yes",
    "",
    "from=2027-03-09",
    "from=2027-02-09&to=2027-08-02",
    "to=2028-03-01&past=yes",
    "month=2027-03",
    "month=2027-03,2027-04,2028-01",
    "from=2027-03-05&month=2027-03,2027-12",
    "from=2027-03-05T10:00:00Z&to=2027-11-20",
];
const SORTS: [&str; 7] = ["date", "-date", "name", "-name", "popularity", "price", "distance"];
const FACETS: [&str; 5] = [
    "",
    "&facets=category,city,month",
    "&facets=month",
    "&facets=country,venue",
    "&facets=category,city,country,venue,performer,month,availability,price",
];

/// The pages of an answer, as texts in which only the total, the counts and the order stand.
fn pages(runtime: &tokio::runtime::Runtime, catalog: &Catalog, text: &str) -> Vec<(u64, Vec<u128>, Facets, Histograms)> {
    let (mut asked, mut pages) = (query(text), Vec::new());
    while pages.len() < 3 {
        let answer = runtime.block_on(catalog.search(&asked)).expect("an answer");
        let ids = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
        pages.push((answer.total, ids, answer.facets.clone(), answer.histograms.clone()));
        asked.cursor = answer.next_cursor.clone();
        if asked.cursor.is_none() {
            break;
        }
    }
    pages
}

fn catalogue(dir: &std::path::Path, size: u128, removed: &[u128], added: &[u128]) -> Catalog {
    let mut around = around();
    around.series.insert(domain::SeriesId(id(32)), series(32, "A Run of Owls"));
    build(dir, &(0..size).map(numbered).collect::<Vec<_>>(), &around);
    let sides = Sides::from(&around);
    let mut changes = Changes::open(dir).expect("readable").expect("free");
    removed.iter().for_each(|number| changes.remove(id(number + 1_000)));
    for number in added {
        changes.replace(id(number + 1_000), document::event(&changes.fields, &numbered(*number), &sides)).expect("replaced");
    }
    changes.commit(Default::default()).expect("committed");
    changes.close().expect("closed");
    let catalog = open(dir);
    let said = (0..size).step_by(13).map(|number| EventAvailability {
        event_id: domain::EventId::from(id(number + 1_000)),
        available: (number % 3) as u32 * 40,
        held: 20,
        sold: 0,
        capacity: 100,
        tiers: None,
        as_of: now(),
    });
    catalog.overlay().update(said);
    catalog
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn totals_pages_and_facets_are_those_of_a_plain_scan(
        size in 1_u128..700,
        removed in proptest::collection::vec(0_u128..700, 0..90),
        added in proptest::collection::vec(700_u128..900, 0..60),
        asked in proptest::collection::vec(
            (0..PLACES.len(), 0..KINDS.len(), 0..TIMES.len(), 0..SORTS.len(), 0..FACETS.len(), 1_u16..12, 0..6_u32),
            60,
        ),
        words in proptest::bool::ANY,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dir = tempfile::tempdir().expect("a directory");
        let catalog = catalogue(dir.path(), size, &removed, &added);
        for (place, kind, time, sort, facets, limit, dice) in asked {
            if SORTS[sort] == "distance" && !PLACES[place].contains("near=") {
                continue;
            }
            let word = if words { "q=night&" } else { "" };
            let parts = [PLACES[place], KINDS[kind], TIMES[time]].into_iter().filter(|part| !part.is_empty());
            let text = parts.map(|part| format!("{part}&")).collect::<String>();
            let text = format!("{word}{text}sort={}&limit={limit}{}{}", SORTS[sort], FACETS[facets], if dice == 0 { "&group=series" } else { "" });
            let (planned, scanned) = (pages(&runtime, &catalog, &text), pages(&runtime, &catalog, &format!("{text}&{EVERY_BADGE}")));
            prop_assert_eq!(planned, scanned, "{}", text);
        }
    }
}

/// The control is that the same lists with one known value each find something.
#[tokio::test]
async fn a_hundred_values_in_each_of_eight_filters_are_answered() {
    let small = small(&(0..200).map(numbered).collect::<Vec<_>>());
    let fields = ["city", "country", "category", "venue_id", "performer_id", "availability", "month"];
    let known = ["Brisbane", "AU", "opera", "", "", "available", "2027-03"];
    let unknown = |field: &str, n: u32| match field {
        "country" => format!("{}{}", char::from(b'A' + (n / 26) as u8), char::from(b'A' + (n % 26) as u8)),
        "venue_id" | "performer_id" => id(900_000 + u128::from(n)).to_string(),
        "availability" => "sold_out".to_owned(),
        "month" => format!("{}-07", 1_900 + n),
        _ => format!("nobody's {n}"),
    };
    let list = |at: usize, most: u32| {
        let own = [known[at].to_owned()].into_iter().filter(|known| !known.is_empty());
        own.chain((0..most).map(|n| unknown(fields[at], n))).collect::<Vec<_>>().join(",")
    };
    let ids = [(3, id(11)), (4, id(21))].map(|(at, id)| format!("{}={id},{}", fields[at], list(at, 99)));
    let others = [0, 1, 2, 5, 6].map(|at| format!("{}={}", fields[at], list(at, if at == 5 { 1 } else { 99 })));
    let all =
        [&ids[..], &others[..], &[format!("genre={}", (0..100).map(|n| format!("x{n}")).collect::<Vec<_>>().join(","))]].concat();
    for facets in ["", "&facets=category,city,country,venue,performer,month,availability,price"] {
        for words in ["", "&q=aida"] {
            let answer = small.ask(&format!("past=yes&{}{facets}{words}", all.join("&"))).await;
            assert_eq!(answer.total, 0, "nothing is of that genre");
        }
    }
    assert!(small.ask(&format!("past=yes&{}", others[..3].join("&"))).await.total > 0);
}
