//! Builds that go on, builds that are refused, and the live index held against Postgres.

mod support;

use std::path::Path;

use catalog::index::build::Changes;
use catalog::index::lookup::Lookup;
use catalog::index::schema::Fields;
use catalog::index::{Fault, Sides, document, generation};
use catalog::model::{EventPatch, NewEvent, VenuePatch};
use catalog::search::{Hit, Kind, Query, Shown, Sort};
use catalog::write;
use domain::EventId;
use indexer::{BuildProgress, BuildStep, Discrepancy, ReindexOptions, follow, reindex, verify};
use sqlx::PgPool;
use support::{clock, event, open, purged, titles, venue};
use tantivy::TantivyDocument;
use tokio_util::sync::CancellationToken;

/// Parts so small that a build of a few events has several.
const SMALL: ReindexOptions = ReindexOptions { memory_bytes: 32 << 20, fresh: false, part_events: 10, keep: 2 };

/// Begins a build and drops it after its second part: what is on disk then is what a kill leaves.
async fn broken_off(pool: &PgPool, dir: &Path) {
    let far = tokio::sync::Notify::new();
    let told = |progress: BuildProgress| {
        if progress.step == BuildStep::Reading && progress.done >= 20 {
            far.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = far.notified() => {}
        built = reindex(pool, dir, SMALL, told) => panic!("it was to be broken off: {built:?}"),
    }
}

/// Builds, once the threads of the build that was broken off have let go.
async fn rebuilt(pool: &PgPool, dir: &Path, options: ReindexOptions) -> indexer::ReindexReport {
    loop {
        match reindex(pool, dir, options, |_| {}).await {
            Err(Fault::Locked { .. }) => tokio::task::yield_now().await,
            built => return built.expect("built"),
        }
    }
}

/// How many events the index says that each venue has.
async fn events_of_venues(dir: &Path) -> Vec<(String, u64)> {
    let query = Query { kinds: vec![Kind::Venue], sort: Sort::Name, ..Query::default() };
    let found = open(dir).search(&query).await.expect("an answer");
    let venue = |hit: &Hit| if let Shown::Venue(venue) = &hit.shown { Some((hit.title.clone(), venue.run.events)) } else { None };
    found.items.iter().filter_map(venue).collect()
}

async fn differences(pool: &PgPool, dir: &Path) -> Vec<(String, Discrepancy)> {
    let found = verify(pool, dir, false, |_| {}).await.expect("compared");
    found.told.into_iter().map(|difference| (difference.kind.to_owned(), difference.what)).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_build_that_was_broken_off_goes_on_and_brings_its_finished_parts_up_to_date(pool: PgPool) {
    let hall = venue(&pool, "Tivoli").await;
    let barn = venue(&pool, "Barn").await;
    let mut events = Vec::new();
    for day in 1..=60 {
        events.push(event(&pool, &format!("Evening {day}"), day, if day == 2 { barn } else { hall }, None).await);
    }
    for fresh in [false, true] {
        let dir = tempfile::tempdir().expect("a directory");
        broken_off(&pool, dir.path()).await;
        assert_eq!(generation::current(dir.path()).expect("readable"), None, "nothing is live");
        // in its finished parts and behind them, rows change, come and go
        let first = if fresh { 30 } else { 0 };
        write::events::delete(&pool, &domain::Actor::house(), events[first], None).await.expect("deleted");
        for at in [first + 1, first + 25] {
            let patch = EventPatch { title: Some(format!("Morning {at}")), ..EventPatch::default() };
            write::events::patch(&pool, &clock(), &domain::Actor::house(), events[at], patch, None).await.expect("patched");
        }
        let patch = VenuePatch { name: Some(format!("Lyceum {first}")), ..VenuePatch::default() };
        write::venues::patch(&pool, &clock(), &domain::Actor::house(), hall, patch, None).await.expect("patched");
        event(&pool, "Late", 90, barn, None).await;
        let report = rebuilt(&pool, dir.path(), ReindexOptions { fresh, ..SMALL }).await;
        assert_eq!((report.generation, report.events, report.resumed >= 10), (1, 60, !fresh), "{report:?}");
        assert_eq!(differences(&pool, dir.path()).await, []);
        assert_eq!(titles(&open(dir.path()), &format!("lyceum {first}")).await.len(), 58 - usize::from(fresh));
        let (in_barn, in_hall) = (2 + u64::from(fresh), 58 - u64::from(fresh));
        let counted = [("Barn".to_owned(), in_barn), (format!("Lyceum {first}"), in_hall)];
        assert_eq!(events_of_venues(dir.path()).await, counted, "counted while they were read, or by the database");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_index_that_holds_more_than_the_database_does_not_become_live(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    let mut first = event(&pool, "Evening 1", 1, hall, None).await;
    for day in 2..=60 {
        first = first.min(event(&pool, &format!("Evening {day}"), day, hall, None).await);
    }
    broken_off(&pool, dir.path()).await;
    // Parts are read by id, and ids of one millisecond stand in any order: the least is in the first part.
    // It goes behind the feed's back: the finished part that holds it is not brought up to date.
    sqlx::query("DELETE FROM events WHERE id = $1").bind(first.0).execute(&pool).await.expect("deleted");
    let refused = loop {
        match reindex(&pool, dir.path(), SMALL, |_| {}).await {
            Err(Fault::Locked { .. }) => tokio::task::yield_now().await,
            built => break built.expect_err("the counts differ"),
        }
    };
    assert!(matches!(refused, Fault::Counts { kind: "event", indexed: 60, stored: 59 }), "{refused}");
    assert_eq!(generation::current(dir.path()).expect("readable"), None, "nothing is live");
}

#[sqlx::test(migrations = "../migrations")]
async fn finished_parts_are_not_trusted_when_the_feed_may_have_lost_lines(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    for day in 1..=60 {
        event(&pool, &format!("Evening {day}"), day, hall, None).await;
    }
    broken_off(&pool, dir.path()).await;
    event(&pool, "Late", 90, hall, None).await;
    purged(&pool).await;
    let report = rebuilt(&pool, dir.path(), SMALL).await;
    assert_eq!((report.events, report.resumed), (61, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn going_back_and_forth_between_generations_keeps_the_index_right(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    event(&pool, "First", 1, hall, None).await;
    let catalog = {
        reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built");
        open(dir.path())
    };
    event(&pool, "Second", 2, hall, None).await;
    let report = reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built");
    assert!(report.sampled > 0, "the live generation was asked too");
    catalog.reload_if_changed().expect("readable");
    assert_eq!((catalog.generation(), titles(&catalog, "").await.len()), (2, 2));
    let before = generation::before(dir.path()).expect("readable").expect("kept");
    generation::publish(dir.path(), before).expect("published");
    catalog.reload_if_changed().expect("readable");
    assert_eq!((catalog.generation(), titles(&catalog, "").await.len()), (1, 1));
    let stop = CancellationToken::new();
    let follower = tokio::spawn(follow(pool.clone(), catalog.clone(), dir.path().to_owned(), stop.clone(), |_| {}));
    while titles(&catalog, "").await.len() < 2 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    follower.await.expect("ended");
    assert_eq!(reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built").generation, 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_live_index_is_held_against_postgres_row_by_row(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let (hall, barn) = (venue(&pool, "Tivoli").await, venue(&pool, "Barn").await);
    let mut events = Vec::new();
    for day in 1..=5 {
        events.push(event(&pool, &format!("Evening {day}"), day, hall, None).await);
    }
    reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built");
    assert_eq!(differences(&pool, dir.path()).await, []);
    // nobody follows: what changes now is missing from the index
    write::events::delete(&pool, &domain::Actor::house(), events[0], None).await.expect("deleted");
    let patch = EventPatch { title: Some("Morning".into()), ..EventPatch::default() };
    write::events::patch(&pool, &clock(), &domain::Actor::house(), events[1], patch, None).await.expect("patched");
    event(&pool, "Late", 9, barn, None).await;
    let mut found = differences(&pool, dir.path()).await;
    found.sort_by_key(|(_, what)| format!("{what:?}"));
    let indexed = |title: &str| title.to_owned();
    let expected = [
        ("event".to_owned(), Discrepancy::Differs { indexed: indexed("Evening 2") }),
        ("event".to_owned(), Discrepancy::Extra { indexed: indexed("Evening 1") }),
        ("event".to_owned(), Discrepancy::Missing),
    ];
    assert_eq!(found, expected);
    let patch = VenuePatch { name: Some("Lyceum".into()), ..VenuePatch::default() };
    write::venues::patch(&pool, &clock(), &domain::Actor::house(), hall, patch, None).await.expect("patched");
    assert_eq!(differences(&pool, dir.path()).await.len(), 3 + 1 + 3, "the hall, and the three events there that were the same");
    reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built");
    assert_eq!(differences(&pool, dir.path()).await, []);
}

/// A document that says one thing and carries the sum of another.
fn lying(said: &TantivyDocument, sum: u64, fields: &Fields) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    said.field_values()
        .filter(|(field, _)| *field != fields.sum)
        .for_each(|(field, value)| document.add_field_value(field, value));
    document.add_u64(fields.sum, sum);
    document
}

#[sqlx::test(migrations = "../migrations")]
async fn an_id_twice_a_document_with_the_sum_of_another_and_one_found_by_a_word_too_many_are_found(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut ids = Vec::new();
    for day in 1..=4 {
        let new = NewEvent::titled(&format!("Evening {day}"), support::start(day));
        ids.push(write::events::create(&pool, &clock(), &domain::Actor::house(), new, None).await.expect("made").record.row.id);
    }
    reindex(&pool, dir.path(), SMALL, |_| {}).await.expect("built");
    let mut conn = pool.acquire().await.expect("a connection");
    let mut sources = catalog::store::events::read_by_ids(&mut conn, &ids[..3]).await.expect("read");
    sources.sort_by_key(|source| source.title.clone());
    let mut changes = Changes::open(dir.path()).expect("opened").expect("live");
    let (fields, around) = (changes.fields, Sides::default());
    changes.replace(ids[0].0, document::event(&fields, &sources[0], &around)).expect("added");
    changes.commit(changes.position().clone()).expect("committed");
    assert_eq!(differences(&pool, dir.path()).await, [], "the control: one, and the same");
    changes.replace(uuid::Uuid::nil(), document::event(&fields, &sources[0], &around)).expect("added");
    let sum = Lookup::open(dir.path(), 1).expect("opened").sum(ids[1].0).expect("looked up").expect("there");
    sources[1].title = "Mourning 2".into();
    changes.replace(ids[1].0, lying(&document::event(&fields, &sources[1], &around), sum, &fields)).expect("replaced");
    // sealed before the word came
    let mut haunted = document::event(&fields, &sources[2], &around);
    haunted.add_text(fields.words, "9ghost\n");
    changes.replace(ids[2].0, haunted).expect("replaced");
    changes.commit(changes.position().clone()).expect("committed");
    changes.close().expect("closed");
    let found = verify(&pool, dir.path(), true, |_| {}).await.expect("compared");
    let what = |id: EventId| found.told.iter().find(|difference| difference.id == id.0).map(|difference| difference.what.clone());
    assert_eq!(what(ids[0]), Some(Discrepancy::Twice { indexed: "Evening 1".into() }));
    assert_eq!(what(ids[1]), Some(Discrepancy::Differs { indexed: "Mourning 2".into() }));
    assert_eq!(what(ids[2]), Some(Discrepancy::Differs { indexed: "Evening 3".into() }));
    assert_eq!(found.different, 3, "{found:?}");
}
