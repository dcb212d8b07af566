//! Running counts and early stop against a plain walk: the same question with a filter that refuses nothing is walked.

use proptest::prelude::*;

use super::fixture::*;
use crate::index::build::Changes;
use crate::index::document;
use crate::model::EventSource;
use crate::search::*;

fn numbered(number: u128) -> EventSource {
    let start = format!("20{}-{:02}-{:02}T{:02}:00:00Z", 26 + number % 3, number % 12 + 1, number % 28 + 1, number % 24);
    let mut event = at(event(number + 1_000, "Night Owls", &start), 11 + number % 7);
    event.category = ["concerts", "opera", "films"][number as usize % 3].into();
    event.performers = cast(21 + number % 3);
    if number.is_multiple_of(5) {
        event.start_precision = crate::model::Precision::Day;
    }
    if !number.is_multiple_of(4) {
        event = priced(event, (number % 37) as i64 * 700, 40_000, ["AUD", "EUR"][number as usize % 2]);
    }
    event
}

const FACETS: &str = "facets=category,city,country,venue,performer,month,availability,price";

/// Every event wears one of these, so this refuses none, and every one is looked at.
const EVERY_BADGE: &str = "availability=available,few,held,sold_out,not_on_sale,cancelled";

/// Some houses each; the two at the antimeridian are equally far.
const PLACES: [&str; 6] = [
    "city=Brisbane",
    "country=AU,FJ",
    "bbox=150,-40,-170,0",
    "near=-27.47,153.03&radius_km=10",
    "near=-16.8,180&radius_km=100",
    "near=-27.47,153.03&radius_km=500&country=AU",
];

/// An answer as a text in which only the total, the counts and the order stand.
fn essence(answer: &Answer) -> (u64, Vec<u128>, Facets, Histograms) {
    let ids = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
    (answer.total, ids, answer.facets.clone(), answer.histograms.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_pages_are_those_of_a_plain_walk(
        size in 1_u128..700,
        removed in proptest::collection::vec(0_u128..700, 0..60),
        added in proptest::collection::vec(700_u128..900, 0..20),
        from in 1_u32..=12,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dir = tempfile::tempdir().expect("a directory");
        build(dir.path(), &(0..size).map(numbered).collect::<Vec<_>>(), &around());
        let mut changes = Changes::open(dir.path()).expect("readable").expect("free");
        removed.iter().for_each(|number| changes.remove(id(number + 1_000)));
        for number in &added {
            changes.replace(id(number + 1_000), document::event(&changes.fields, &numbered(*number), &sides())).expect("replaced");
        }
        changes.commit(Default::default()).expect("committed");
        changes.close().expect("closed");
        let catalog = open(dir.path());
        let answer = |text: String| runtime.block_on(catalog.search(&query(&text))).expect("an answer");
        let spans = ["past=yes".to_owned(), "from=2027-01-10T12:00:00Z".to_owned(), format!("from=2027-{from:02}-15T00:00:00Z&to=2028-06-15T00:00:00Z")];
        let days = [format!("from=2027-{from:02}-15&to=2027-{from:02}-17"), format!("from=2027-{from:02}-02&to=2028-02-20"), format!("past=yes&to=2027-{from:02}-15")];
        let months = [format!("month=2027-{from:02}"), format!("from=2027-01-20&month=2027-01,2027-{from:02},2028-02")];
        for bounds in spans.into_iter().chain(days).chain(months) {
            for sort in ["date", "-date", "popularity"] {
                let quick = answer(format!("{bounds}&sort={sort}&{FACETS}"));
                let walked = answer(format!("{bounds}&sort={sort}&{FACETS}&{EVERY_BADGE}"));
                prop_assert_eq!(essence(&quick), essence(&walked), "{} by {}", bounds, sort);
            }
            for sort in ["relevance", "date", "popularity"] {
                let quick = answer(format!("q=night owls&{bounds}&sort={sort}&{FACETS}"));
                let walked = answer(format!("q=night owls&{bounds}&sort={sort}&{FACETS}&{EVERY_BADGE}"));
                prop_assert_eq!(essence(&quick), essence(&walked), "words, {} by {}", bounds, sort);
            }
            for place in PLACES {
                for sort in ["date", "-date", "distance"].into_iter().filter(|sort| *sort != "distance" || place.contains("near=")) {
                    let asked = format!("{bounds}&{place}&sort={sort}&limit=9&facets=city,month");
                    let pages = |text: String| {
                        let (mut asked, mut pages) = (query(&text), Vec::new());
                        while pages.len() < 4 {
                            let answer = runtime.block_on(catalog.search(&asked)).expect("an answer");
                            pages.push(essence(&answer));
                            asked.cursor = answer.next_cursor.clone();
                            if asked.cursor.is_none() {
                                break;
                            }
                        }
                        pages
                    };
                    prop_assert_eq!(pages(asked.clone()), pages(format!("{asked}&{EVERY_BADGE}")), "{}", asked);
                }
            }
        }
    }
}

#[tokio::test]
async fn histograms_have_their_gaps_and_one_scale_a_currency() {
    let small = small(&programme());
    let answer = small.ask("facets=month,price").await;
    let months: Vec<_> = answer.histograms.month.iter().flatten().map(|bar| (bar.month.as_str(), bar.count)).collect();
    assert_eq!(months, [("2027-02", 1), ("2027-03", 2), ("2027-04", 1), ("2027-05", 2), ("2027-06", 1)]);
    let prices = answer.histograms.price.clone().expect("asked for");
    let shape: Vec<_> = prices.iter().map(|one| (one.currency.to_string(), one.count)).collect();
    assert_eq!(shape, [("AUD".to_owned(), 3), ("EUR".to_owned(), 1)]);
    let bars = &prices[0].bars;
    assert_eq!((bars[0].price_min, bars[0].price_max, bars[0].count), (1_000, Some(1_499), 1));
    assert_eq!(bars.last().map(|bar| (bar.price_min, bar.count)), Some((4_000, 1)));
    assert!(bars.windows(2).all(|pair| pair[0].price_max == Some(pair[1].price_min - 1)), "no gap on the scale: {bars:?}");
    assert_eq!(small.ask("facets=city").await.histograms, Histograms::default());
}

#[tokio::test]
async fn a_price_band_counts_what_its_own_bounds_would_let_through() {
    let small = small(&programme());
    let answer = small.ask("facets=price").await;
    let bands = answer.facets.get(FacetName::Price);
    let counts: Vec<_> = bands.iter().map(|band| (band.value.as_str(), band.count)).collect();
    let aud = [("AUD:0-2499", 2), ("AUD:2500-4999", 2), ("AUD:5000-9999", 1)];
    let eur = [("EUR:5000-9999", 1), ("EUR:10000-19999", 1), ("EUR:20000-", 1)];
    assert_eq!(counts, [&aud[..], &eur[..]].concat());
    for band in bands {
        let PriceBand { price_min, price_max } = band.band.clone().expect("a band of prices");
        let max = price_max.map(|max| format!("&price_max={}", max.amount)).unwrap_or_default();
        let filtered = small.ask(&format!("price_min={}&currency={}{max}", price_min.amount, price_min.currency)).await;
        assert_eq!(filtered.total, band.count, "{}", band.value);
    }
}
