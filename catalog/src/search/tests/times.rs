//! Tonight and this weekend at one instant, in zones that are far apart; months; open sales.

use domain::Clock;
use jiff::{Timestamp, ToSpan};
use sqlx::PgPool;

use super::fixture::*;
use crate::model::{EventFilter, EventSort, EventSource, NewEvent, Precision};
use crate::search::*;
use crate::store::events;
use crate::write;

fn in_zone(number: u128, starts_at: &str, zone: &str) -> EventSource {
    EventSource { timezone: zone.into(), ..at(event(number, "Somewhere", starts_at), 11) }
}

/// Friday noon in London: in Kiritimati it is Saturday, 02:00; in Pago Pago Friday, 01:00; in Auckland Saturday, 01:00.
const FRIDAY_NOON: &str = "2027-03-12T12:00:00Z";

fn around_the_world() -> Vec<EventSource> {
    vec![
        in_zone(1, "2027-03-12T20:00:00Z", "Europe/London"),
        in_zone(2, "2027-03-12T20:00:00Z", "Pacific/Kiritimati"),
        in_zone(3, "2027-03-12T13:30:00Z", "Pacific/Kiritimati"),
        in_zone(4, "2027-03-13T05:00:00Z", "Pacific/Pago_Pago"),
        in_zone(5, "2027-03-12T14:30:00Z", "Pacific/Pago_Pago"),
        in_zone(6, "2027-03-13T07:00:00Z", "Pacific/Auckland"),
        in_zone(7, "2027-03-14T20:00:00Z", "Pacific/Auckland"),
        in_zone(8, "2027-03-14T20:00:00Z", "Europe/London"),
        in_zone(9, "2027-03-13T03:30:00Z", "Europe/London"),
        in_zone(10, "2027-03-13T04:30:00Z", "Europe/London"),
    ]
}

fn world() -> (Catalog, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &around_the_world(), &around());
    let clock = Clock::manual(FRIDAY_NOON.parse().expect("an instant"));
    (Catalog::open(dir.path(), domain::CursorKey::new([7; 32]), clock, 1 << 20).expect("opened"), dir)
}

const TONIGHT: &[u128] = &[1, 4, 6, 9];
const WEEKEND: &[u128] = &[2, 3, 6, 8, 9, 10];

async fn numbers(catalog: &Catalog, text: &str) -> Vec<u128> {
    let answer = catalog.search(&query(text)).await.expect("an answer");
    let mut numbers: Vec<u128> = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
    assert_eq!(answer.total, numbers.len() as u64);
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn an_occasion_is_by_the_clock_of_each_venue() {
    let (catalog, _dir) = world();
    let table: [(&str, &[u128]); 8] = [
        // It is Saturday in Kiritimati and Auckland: their evening is that of Saturday; in Pago Pago that of Friday is far.
        ("when=tonight", TONIGHT),
        ("when=tonight&past=yes", TONIGHT),
        // It is Saturday already in Kiritimati and Auckland; in Pago Pago Friday has begun.
        ("when=today", &[1, 2, 3, 4, 5, 6]),
        ("when=tomorrow", &[9, 10]),
        ("when=weekend", WEEKEND),
        ("when=weekend&to=2027-03-13", &[2, 3, 6, 9, 10]),
        ("when=weekend&facets=month,city", WEEKEND),
        ("when=weekend&q=somewhere", WEEKEND),
    ];
    for (text, expected) in table {
        assert_eq!(numbers(&catalog, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn what_only_has_a_day_lasts_it() {
    let mut day = at(event(401, "Fair", "2027-01-10T00:00:00Z"), 11);
    day.start_precision = Precision::Day;
    let small = small(&[day, at(event(402, "Fair", "2027-01-10T09:00:00Z"), 11)]);
    for text in ["", "when=today", "when=tonight", "q=fair", "q=fair tonight", "from=2027-01-10&to=2027-01-10&month=2027-01"] {
        let found = small.ids(text).await;
        assert!(found.contains(&401), "{text}: {found:?}");
    }
    assert_eq!(small.ids("when=tonight").await, [401], "a control: what began in the morning is over");
    let answer = small.ask("when=tonight").await;
    let hit = answer.items[0].event().expect("an event");
    assert_eq!(
        (hit.starts_at.to_string().as_str(), hit.local.to_string().as_str()),
        ("2027-01-10T00:00:00Z", "2027-01-10T00:00:00")
    );
    assert_eq!(small.ids("when=tomorrow").await, [0_u128; 0]);
}

#[tokio::test]
async fn months_are_those_of_the_venues_calendar_and_are_counted_without_their_own_filter() {
    let small = small(&programme());
    assert_eq!(small.ids("month=2027-03").await, [107, 101]);
    assert_eq!(small.ids("month=2027-02,2027-04").await, [103, 102]);
    assert_eq!(small.ids("month=2020-01").await, [0_u128; 0]);
    let answer = small.ask("month=2027-03&facets=month").await;
    let months: Vec<_> = answer.facets.get(FacetName::Month).iter().map(|value| (value.value.as_str(), value.count)).collect();
    assert_eq!((answer.total, months), (2, vec![("2027-02", 1), ("2027-03", 2), ("2027-04", 1), ("2027-05", 2), ("2027-06", 1)]));
}

#[tokio::test]
async fn on_sale_is_what_can_be_asked_for_now_sold_out_or_not() {
    let small = small(&programme());
    let sold = EventAvailability {
        event_id: domain::EventId(id(101)),
        available: 0,
        held: 0,
        sold: 100,
        capacity: 100,
        tiers: None,
        as_of: now(),
    };
    small.catalog.overlay().update([sold]);
    assert_eq!(small.ids("on_sale=yes").await, [103, 101, 102]);
    assert_eq!(small.ids("on_sale=no").await, [107, 105, 106, 108]);
    assert_eq!(small.ids("on_sale=yes&availability=available,few").await, [103, 102]);
}

#[tokio::test]
async fn a_day_ends_with_its_last_second_where_it_ends_last() {
    let (first, last) = ("2027-03-12T10:00:00Z", "2027-03-14T11:59:59Z");
    let mut all = vec![
        in_zone(1, first, "Pacific/Kiritimati"),
        in_zone(2, last, "Etc/GMT+12"),
        in_zone(3, "2027-03-12T09:59:59Z", "Pacific/Kiritimati"),
        in_zone(4, "2027-03-14T12:00:00Z", "Etc/GMT+12"),
    ];
    // enough between them that days are told by their places in the order
    all.extend((10..60).map(|number| in_zone(number, &format!("2027-03-13T12:{number}:00Z"), "UTC")));
    all.extend((60..90).map(|number| in_zone(number, &format!("2027-03-15T12:{}:00Z", number - 30), "UTC")));
    let small = small(&all);
    for facets in ["", "&facets=city,month"] {
        let answer = small.ask(&format!("from=2027-03-13&to=2027-03-13&limit=100{facets}")).await;
        let mut found: Vec<u128> = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
        found.sort_unstable();
        assert_eq!((answer.total, found), (52, [1, 2].into_iter().chain(10..60).collect()), "{facets}");
    }
    let from = small.ask("from=2027-03-13").await.total;
    let to = small.ask("to=2027-03-13").await.total;
    assert_eq!((from, to), (82 + 1, 53), "open-ended: all but what begins the day before; all but what begins the day after");
}

#[tokio::test]
async fn a_day_that_a_zone_skips_is_no_day_there_and_one_elsewhere() {
    // Apia went from the end of the 29th to the beginning of the 31st
    let mut day = in_zone(3, "2011-12-29T10:00:00Z", "Pacific/Apia");
    day.start_precision = Precision::Day;
    let mut all = vec![
        in_zone(1, "2011-12-30T09:59:59Z", "Pacific/Apia"),
        in_zone(2, "2011-12-30T10:00:00Z", "Pacific/Apia"),
        day,
        in_zone(4, "2011-12-30T09:59:59Z", "UTC"),
    ];
    all.extend((10..60).map(|number| in_zone(number, &format!("2011-12-31T12:{number}:00Z"), "UTC")));
    let small = small(&all);
    let table: [(&str, &[u128]); 3] = [("29", &[1, 3]), ("30", &[4]), ("30&facets=month", &[4])];
    for (day, expected) in table {
        let text = format!("past=yes&from=2011-12-{}&to=2011-12-{day}", &day[..2]);
        assert_eq!(numbers(&small.catalog, &text).await, expected, "{day}");
    }
    let after = small.ask("past=yes&from=2011-12-31&to=2011-12-31&limit=100").await;
    assert!(after.total == 51 && after.items.iter().any(|hit| hit.id.as_u128() == 2), "the next day has begun");
}

#[tokio::test]
async fn a_span_of_centuries_is_a_span_like_any_other() {
    let small = small(&around_the_world());
    let all: Vec<u128> = (1..=10).collect();
    let bounds =
        ["from=1900-01-01&to=2100-01-01", "from=1927-01-01T00:00:00Z&to=2127-01-01T00:00:00Z", "from=1000-01-01&to=9999-12-31"];
    for bounds in bounds {
        for more in ["", "&facets=month,city", "&q=somewhere", "&sort=-date&city=Brisbane"] {
            assert_eq!(numbers(&small.catalog, &format!("{bounds}{more}")).await, all, "{bounds}{more}");
        }
    }
}

/// What is on all day in three zones that are far apart, what begins when these days begin and end, and enough between them that days are
/// told by their places in the order.
async fn days_and_minutes(pool: &PgPool) -> Vec<Timestamp> {
    let days = [
        ("2027-03-12T10:00:00Z", "Pacific/Kiritimati"),
        ("2027-03-13T00:00:00Z", "UTC"),
        ("2027-03-13T09:30:00Z", "UTC"),
        ("2027-03-13T11:00:00Z", "Pacific/Pago_Pago"),
        ("2027-03-28T00:00:00Z", "Europe/London"),
    ];
    let mut bounds = Vec::new();
    for (day, zone) in days {
        let starts_at: Timestamp = day.parse().expect("an instant");
        let over = Precision::Day.over(starts_at, zone);
        for (start_precision, starts_at) in
            [(Precision::Day, starts_at), (Precision::Minute, starts_at), (Precision::Minute, over)]
        {
            let timezone = Some(zone.into());
            let new = NewEvent { start_precision, timezone, ..NewEvent::titled(&format!("{starts_at}"), starts_at) };
            write::fixture::event(pool, new).await;
        }
        let noon = starts_at.checked_add(12.hours()).expect("an instant");
        bounds.extend([starts_at.checked_sub(1.second()).expect("an instant"), starts_at, noon, over]);
        bounds.push(over.checked_sub(1.second()).expect("an instant"));
    }
    for minute in 0..40 {
        let starts_at = format!("2027-03-13T12:{minute:02}:00Z").parse().expect("an instant");
        let new = NewEvent { timezone: Some("UTC".into()), ..NewEvent::titled("Between", starts_at) };
        write::fixture::event(pool, new).await;
    }
    bounds
}

/// The list reads the database, the search the index: when an event counts is said in both.
#[sqlx::test(migrations = "../migrations")]
async fn search_and_list_agree_on_what_only_has_a_day(pool: PgPool) {
    let bounds = days_and_minutes(&pool).await;
    let mut conn = pool.acquire().await.expect("a connection");
    let sources = events::read_batch(&mut conn, None, 1_000).await.expect("readable");
    let small = small(&sources);
    let pairs = bounds.iter().flat_map(|from| bounds.iter().map(move |to| (*from, *to))).filter(|(from, to)| from <= to);
    let (mut asked, mut all_day_found) = (0, 0);
    for (from, to) in pairs {
        // the list's end counts no more; that of who asks does
        let wanted = EventFilter { from: Some(from), to: to.checked_add(1.microsecond()).ok(), ..EventFilter::default() };
        let listed = events::list(&mut conn, &wanted, EventSort::Date, 100, None).await.expect("a page").items;
        all_day_found += listed.iter().filter(|event| event.row.start_precision == Precision::Day).count();
        let mut listed: Vec<u128> = listed.iter().map(|event| event.row.id.0.as_u128()).collect();
        listed.sort_unstable();
        let each = "&availability=available,few,held,sold_out,not_on_sale,cancelled";
        for more in ["", "&facets=month,category", "&sort=name", each, "&sort=-date"] {
            let mut found = small.ids(&format!("from={from}&to={to}&limit=100{more}")).await;
            found.sort_unstable();
            assert_eq!(found, listed, "{from} to {to}{more}");
        }
        asked += 1;
    }
    assert!(asked > 100 && all_day_found > asked, "days are among what was asked for");
}
