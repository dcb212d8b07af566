//! Pages of one question while the index changes underneath: what stays is shown once, in order.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::fixture::*;
use crate::index::build::Changes;
use crate::index::document;
use crate::model::EventSource;
use crate::search::*;

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Happening {
    Add(u128),
    Remove(u128),
    /// A write that changes no order: the document moves to another segment.
    Rewrite(u128),
    /// All segments become one, and every document gets another number.
    Merge,
    /// A whole new generation.
    Reindex,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        3 => (500_u128..600).prop_map(Happening::Add),
        3 => (0_u128..40).prop_map(Happening::Remove),
        3 => (0_u128..40).prop_map(Happening::Rewrite),
        2 => Just(Happening::Merge),
        2 => Just(Happening::Reindex),
    ];
    proptest::collection::vec(one, 0..12)
}

/// Many equal titles, starts and prices, so that ties are everywhere.
fn numbered(number: u128) -> EventSource {
    let title = ["Night Owls", "Owls at Night", "Night of the Owls"][number as usize % 3];
    let start = format!("2027-02-{:02}T20:00:00Z", number % 5 + 1);
    priced(at(event(number + 1_000, title, &start), 11 + number % 4), (number % 3) as i64 * 1_000, 5_000, "AUD")
}

/// An event with its title, dates and prices as they were and another text: its place in every order stays.
fn rewritten(number: u128) -> EventSource {
    EventSource { description: format!("An evening with number {number}"), ..numbered(number) }
}

fn query_of(asked: &str, limit: u16) -> Query {
    let circle = if asked.contains("distance") { "&near=-27,153&radius_km=500" } else { "" };
    query(&format!("{asked}&limit={limit}{circle}"))
}

/// Walks all pages; after each, one of the happenings.
async fn walk(asked: &str, limit: u16, plan: &[Happening]) -> (Vec<u128>, BTreeSet<u128>) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut there: BTreeSet<u128> = (0..40).collect();
    let mut stayed = there.clone();
    build(dir.path(), &there.iter().map(|number| numbered(*number)).collect::<Vec<_>>(), &around());
    let catalog = open(dir.path());
    let (mut query, mut shown, mut plan) = (query_of(asked, limit), Vec::new(), plan.iter());
    loop {
        let answer = catalog.search(&query).await.expect("an answer");
        shown.extend(answer.items.iter().map(|hit| hit.id.as_u128() - 1_000));
        let Some(next) = answer.next_cursor.clone() else { break };
        query.cursor = Some(next);
        match plan.next() {
            Some(Happening::Reindex) => {
                build(dir.path(), &there.iter().map(|number| numbered(*number)).collect::<Vec<_>>(), &around())
            }
            Some(Happening::Add(number)) => {
                there.insert(*number);
                change(dir.path(), |changes| {
                    let made = document::event(&changes.fields, &numbered(*number), &sides());
                    changes.replace(id(number + 1_000), made).expect("replaced");
                });
            }
            Some(Happening::Remove(number)) => {
                there.remove(number);
                stayed.remove(number);
                change(dir.path(), |changes| changes.remove(id(number + 1_000)));
            }
            Some(Happening::Rewrite(number)) if there.contains(number) => change(dir.path(), |changes| {
                let made = document::event(&changes.fields, &rewritten(*number), &sides());
                changes.replace(id(number + 1_000), made).expect("replaced");
            }),
            Some(Happening::Merge) => change(dir.path(), |changes| changes.merge().expect("merged")),
            Some(Happening::Rewrite(_)) | None => {}
        }
        catalog.reload_if_changed().expect("readable");
    }
    (shown, stayed)
}

fn change(dir: &Path, make: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::open(dir).expect("readable").expect("free");
    make(&mut changes);
    changes.commit(Default::default()).expect("committed");
    changes.close().expect("closed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_row_that_stayed_is_skipped_or_repeated(
        sort in prop_oneof!["relevance", "date", "-date", "name", "-name", "name,date", "date,name", "distance", "price", "popularity"],
        more in prop_oneof!["q=night owls", "q=", "q=&facets=city,month", "q=night owls&facets=price", "q=&city=Brisbane,Sydney,München", "q=&group=series"],
        limit in 3_u16..9,
        plan in happenings(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (shown, stayed) = runtime.block_on(walk(&format!("{more}&sort={sort}"), limit, &plan));
        let once: BTreeSet<u128> = shown.iter().copied().collect();
        prop_assert_eq!(once.len(), shown.len(), "repeated: {:?}", shown);
        let in_circle = |number: &u128| sort != "distance" || number % 4 < 2;
        let missing: Vec<u128> = stayed.into_iter().filter(in_circle).filter(|number| !once.contains(number)).collect();
        prop_assert!(missing.is_empty(), "skipped: {:?}", missing);
    }
}
