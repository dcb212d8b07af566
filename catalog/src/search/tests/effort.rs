//! What a search may look at on the thread that asks: told by counting looks, never by a clock.

use domain::PerformerId;

use super::fixture::*;
use crate::index::Neighbours;
use crate::index::build::Changes;
use crate::model::{Cast, EventSource};
use crate::search::effort::Effort;
use crate::search::overlay::AvailabilityOverlay;
use crate::search::segment::counted::Counted;
use crate::search::segment::register::Listed;
use crate::search::segment::snapshot::{Generation, Snapshot};
use crate::search::walk::run;
use crate::search::words::synonyms::Synonyms;
use crate::search::{Catalog, Query, SearchError};

const PERFORMERS: u128 = 100;
const DATES: u128 = 12;

/// A hundred performers with a dozen dates each in Brisbane, at ten dates an hour.
fn programme() -> Vec<EventSource> {
    let dates = (0..PERFORMERS * DATES).map(|n| {
        let (day, hour) = (1 + n / 240 % 28, n / 10 % 24);
        let mut date = at(event(10_000 + n, &format!("Act {n}"), &format!("2027-03-{day:02}T{hour:02}:00:00Z")), 11);
        date.performers =
            vec![Cast { performer_id: PerformerId(id(1_000 + n % PERFORMERS)), role: String::new(), instrument: String::new() }];
        date
    });
    dates.collect()
}

fn around_all() -> Neighbours {
    let mut around = around();
    let many = (0..PERFORMERS).map(|n| performer(1_000 + n, &format!("Act {n}"), &[]));
    around.performers.extend(many.map(|performer| (performer.row.id, performer)));
    around
}

fn performers(most: u128) -> String {
    (0..most).map(|n| id(1_000 + n).to_string()).collect::<Vec<_>>().join(",")
}

/// The looks a search takes, and whether it found anything.
fn looks(snapshot: &Snapshot, text: &str, effort: Effort) -> (u64, bool) {
    let (overlay, synonyms) = (AvailabilityOverlay::default(), Synonyms::default());
    let found = run::search(snapshot, &query(text), now(), None, &overlay.badges(), &synonyms, &effort).expect("readable");
    (effort.spent(), found.is_some())
}

fn snapshot(dir: &std::path::Path) -> Snapshot {
    Generation::open(dir, 1).expect("opened").snapshot(None).expect("a snapshot")
}

#[test]
fn what_is_looked_at_is_counted_before_it_is_looked_at() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let snapshot = snapshot(dir.path());
    let all = (PERFORMERS * DATES) as u64;
    let table = [
        ("all dates of all names, each held against the filters", format!("performer_id={}", performers(100)), all),
        (
            "a name read for each hit",
            "performer_id=".to_owned() + &performers(100) + "&sort=name&limit=100",
            all + 101 * Effort::NAME,
        ),
        ("a hit read for each place", format!("performer_id={}&limit=100", performers(1)), 100 * Effort::HIT),
        ("every venue", "bbox=150,-30,155,-20&performer_id=".to_owned() + &performers(1), 2 * 7),
        ("every document of a word", "q=act".to_owned(), all / 4),
        ("every event of a time, held against its zone's clock or its day", "q=march".to_owned(), all),
    ];
    for (what, text, least) in &table {
        let (spent, found) = looks(&snapshot, text, Effort::any());
        assert!(found && spent >= *least, "{what}: {spent} of at least {least}");
    }
    let few = looks(&snapshot, &format!("performer_id={}", performers(1)), Effort::any()).0;
    assert!(few < 1_000, "a dozen dates are little: {few}");
}

/// The control is an effort without a bound.
#[test]
fn better_spellings_are_sought_with_what_the_search_has_left() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let snapshot = snapshot(dir.path());
    let (overlay, synonyms, asked) = (AvailabilityOverlay::default(), Synonyms::default(), query("q=actt"));
    let badges = overlay.badges();
    let all = Effort::any();
    let found = run::search(&snapshot, &asked, now(), None, &badges, &synonyms, &all).expect("readable").expect("found");
    let better = |effort: &Effort| run::better(&snapshot, &asked, now(), &badges, &synonyms, &found, effort).expect("readable");
    let spent = Effort::little();
    while spent.spend(1_000) {}
    assert!(better(&spent).is_none());
    assert!(better(&all).is_some());
}

#[test]
fn a_search_that_may_look_at_little_stops_there_and_one_that_may_not_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let snapshot = snapshot(dir.path());
    let dear = format!("performer_id={}&sort=name&limit=100", performers(100));
    let (spent, found) = looks(&snapshot, &dear, Effort::little());
    assert!(!found && spent < 8_192, "{spent}");
    let (spent, found) = looks(&snapshot, &dear, Effort::any());
    assert!(found && spent > 8_192, "without the bound it looks at {spent}");
}

/// The looks of a question that was asked before, and whether a segment had to count its cells for it.
fn looks_again(text: &str) -> (u64, bool) {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let snapshot = snapshot(dir.path());
    assert!(looks(&snapshot, text, Effort::any()).1);
    let (spent, found) = looks(&snapshot, text, Effort::any());
    assert!(found);
    let all = &snapshot.segments[0].derived.all;
    (spent, all.lists(Listed::Cell) || all.counts(Counted::Cell))
}

#[test]
fn a_list_by_date_costs_the_page_it_shows_and_counts_no_cells() {
    let shown = 20 * Effort::HIT;
    for list in ["sort=date", "sort=-date", "sort=date&from=2027-03-02", "sort=date&from=2027-03-02&facets=category,city,month"] {
        let (spent, cells) = looks_again(list);
        assert!(!cells && spent < shown + 200, "{list}: {spent}");
    }
    let (_, cells) = looks_again("sort=date&category=concerts");
    assert!(cells, "a control: what cells may refuse is counted by cell");
}

#[test]
fn who_asks_first_for_names_or_popularity_finds_their_orders_made() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let (prepared, not) = (snapshot(dir.path()), snapshot(dir.path()));
    let made: Vec<bool> = (0..3).map(|_| prepared.segments[0].prepare()).collect();
    assert_eq!(made, [true, true, false], "one at a time, until there is nothing left to make");
    for sort in ["sort=name&limit=5", "sort=popularity&limit=5"] {
        let [first, control] = [&prepared, &not].map(|snapshot| looks(snapshot, sort, Effort::any()).0);
        assert!(
            first + (PERFORMERS * DATES) as u64 <= control + 10,
            "{sort}: {first} looks, and {control} where nobody has made it"
        );
    }
}

#[test]
fn deleted_dates_do_not_turn_the_lengths_of_lists_into_looks() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let asked = "city=Brisbane";
    let before = looks(&snapshot(dir.path()), asked, Effort::any()).0;
    let mut changes = Changes::open(dir.path()).expect("readable").expect("free");
    (0..PERFORMERS * DATES).step_by(20).for_each(|number| changes.remove(id(10_000 + number)));
    changes.commit(Default::default()).expect("committed");
    let (after, found) = looks(&snapshot(dir.path()), asked, Effort::any());
    assert!(found && after <= before + 8, "{before} {after}");
}

#[tokio::test]
async fn a_dear_question_is_handed_over_and_a_cheap_one_is_answered_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let catalog: Catalog = open(dir.path());
    let cheap = catalog.search(&query(&format!("performer_id={}", performers(1)))).await.expect("an answer");
    assert_eq!((cheap.total, catalog.handed_over()), (DATES as u64, 0));
    let dear = catalog.search(&query(&format!("performer_id={}&sort=name&limit=100", performers(100)))).await.expect("an answer");
    assert_eq!((dear.total, dear.items.len(), catalog.handed_over()), ((PERFORMERS * DATES) as u64, 100, 1));
}

/// A question that the usual lane gives up.
fn dear() -> Query {
    query(&format!("performer_id={}&sort=name&limit=100", performers(100)))
}

/// The control is who asks in nobody's name: the line is all there is for him.
#[tokio::test]
async fn one_address_has_a_share_of_the_line_of_the_dear_and_leaves_the_rest_to_others() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let (catalog, dear) = (open(dir.path()), dear());
    catalog.search(&dear).await.expect("the first, of which nothing is known, tells that its form is dear");
    for (address, most) in [(Some(std::net::IpAddr::from([203, 0, 113, 1])), 8), (None, 64)] {
        let (crowd, other) = (catalog.asked_by(address), catalog.asked_by(Some([203, 0, 113, 2].into())));
        let full = catalog.lanes().dear.filled();
        let mut waiting: Vec<_> = (0..most).map(|_| Box::pin(crowd.search(&dear))).collect();
        for asked in &mut waiting {
            assert!(futures::poll!(asked.as_mut()).is_pending());
        }
        let refused = crowd.search(&dear).await;
        let mut next = Box::pin(other.search(&dear));
        if address.is_some() {
            assert!(matches!(refused, Err(SearchError::TooMany { most: 8 })), "{refused:?}");
            assert!(futures::poll!(next.as_mut()).is_pending(), "another stands in the line");
        } else {
            assert!(matches!(refused, Err(SearchError::Busy)), "{refused:?}");
            assert!(matches!(next.await, Err(SearchError::Busy)), "the line is full for all");
        }
        drop(full);
        for asked in waiting {
            assert_eq!(asked.await.expect("its turn").total, (PERFORMERS * DATES) as u64);
        }
    }
}

/// The control is the same question of a form of which nothing is known: the usual lane answers it, since it is cheap.
#[tokio::test]
async fn who_waits_among_the_usual_learns_when_its_turn_comes_that_its_form_is_dear() {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around_all());
    let dear = query("q=act&spellcheck=yes");
    for known in [false, true] {
        let catalog = open(dir.path());
        let (usual, _among_dear) = (catalog.lanes().usual.filled(), catalog.lanes().dear.filled());
        let mut line: Vec<_> = (0..64).map(|_| Box::pin(catalog.lanes().dear.run(None, || ()))).collect();
        for waiting in &mut line {
            assert!(futures::poll!(waiting.as_mut()).is_pending());
        }
        let mut asked = Box::pin(catalog.search(&dear));
        assert!(futures::poll!(asked.as_mut()).is_pending(), "in the usual line");
        if known {
            catalog.note_dear(&dear);
        }
        drop(usual);
        let answer = asked.await;
        assert_eq!(
            matches!(answer, Err(SearchError::Busy)),
            known,
            "the line of the dear is full: {:?}",
            answer.map(|found| found.total)
        );
    }
}
