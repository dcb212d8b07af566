//! Whose a record of a file is: its source's, and its organiser's.

use domain::{Actor, OrganiserId};

use super::tests::{EVENTS, Folder, PERFORMERS, events, import, import_all};
use super::*;
use crate::model::{NameFilter, NewEvent, NewPerformer, NewSeries, NewVenue, PerformerPatch};
use crate::write::fixture::{self, clock, feed};
use crate::write::{self, performers, series, venues};

/// Makes all performers what the migration to sources found: from before they were kept.
async fn forget_sources(pool: &PgPool) {
    let mut conn = pool.acquire().await.expect("a connection");
    store::performers::forget_sources(&mut conn).await.expect("as the migration leaves them");
}

/// The sources and names of the performers of an external id.
async fn sources(pool: &PgPool, id: &str) -> Vec<String> {
    let mut conn = pool.acquire().await.expect("a connection");
    let wanted = NameFilter { external_id: vec![id.to_owned()], ..NameFilter::default() };
    let found = store::performers::list(&mut conn, &wanted, 10, None).await.expect("a page").items;
    let mut told: Vec<_> = found.into_iter().map(|found| format!("{} {}", found.row.source, found.row.name)).collect();
    told.sort();
    told
}

#[sqlx::test(migrations = "../migrations")]
async fn what_another_organiser_calls_so_neither_stands_in_for_the_house_s_nor_stops_it(pool: PgPool) {
    let (folder, other) = (Folder::new(), fixture::stranger(&pool).await);
    let theirs = NewVenue { external_id: Some("hall".into()), ..fixture::new_venue("Theirs") };
    let hall = venues::create(&pool, &clock(), &other, theirs, None).await.expect("made").record;
    let band =
        NewPerformer { external_id: Some("ada".into()), source: "x".into(), name: "Theirs".into(), ..NewPerformer::default() };
    performers::create(&pool, &clock(), &other, band, None).await.expect("made");
    let tour = NewSeries { external_id: Some("season-1".into()), title: "Theirs".into(), ..NewSeries::default() };
    series::create(&pool, &clock(), &other, tour, None).await.expect("made");
    let night = NewEvent { external_id: Some("e1".into()), source: "x".into(), ..fixture::new_event("Theirs") };
    write::events::create(&pool, &clock(), &other, night, None).await.expect("made");
    // the house has none of its own yet: theirs is not what its file means
    match import(&pool, &folder.file("events.ndjson", EVENTS)).await {
        Err(ImportError::BadLines { lines, total: 1, .. }) => {
            assert_eq!((lines[0].field.as_deref(), lines[0].detail.as_str()), (Some("venue_id"), "no venue has the id \"hall\""));
        }
        other => panic!("refused: {other:?}"),
    }
    let reports = import_all(&pool, &folder).await;
    assert_eq!(reports.iter().map(|report| report.created).collect::<Vec<_>>(), [3, 2, 1, 2], "as if theirs were not there");
    let again = import_all(&pool, &folder).await;
    assert!(again.iter().all(|report| report.unchanged == report.lines), "the control: one's own are found again: {again:?}");
    let evening = events(&pool).await.into_iter().find(|event| event.row.title == "Evening").expect("there");
    assert_eq!(evening.venue.expect("one").name, "Große Halle");
    assert_eq!(evening.series.expect("one").title, "Season, one");
    assert_eq!(evening.cast[1].name, "Ada Ångström");
    let mut conn = pool.acquire().await.expect("a connection");
    let after = store::venues::get(&mut conn, hall.row.id).await.expect("read").expect("there");
    assert_eq!((after.row, after.version), (hall.row, 1), "theirs is as it was");
    let told = store::fixture::audit(&pool, OrganiserId::HOUSE).await.expect("lines");
    let line = |kind: &str, created: u64| {
        let after = serde_json::json!({ "kind": kind, "created": created, "changed": 0 });
        ("catalogue.import".to_owned(), None, Some(after))
    };
    assert_eq!(told, [line("venue", 3), line("performer", 2), line("series", 1), line("event", 2)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn ids_of_one_source_never_stand_for_another_s(pool: PgPool) {
    let folder = Folder::new();
    let from = |source: &str| ImportOptions { source: source.to_owned(), ..ImportOptions::default() };
    let bring = async |name: &str, content: &str, options: ImportOptions| {
        import_file(&pool, &clock(), &folder.file(name, content), options, |_| {}).await
    };
    let venue = |name: &str| format!("{{\"id\":\"1\",\"name\":\"{name}\",\"timezone\":\"UTC\"}}\n");
    for (source, name) in [("", "Nobody's"), ("a", "A's"), ("b", "B's")] {
        let report = bring("venues.ndjson", &venue(name), from(source)).await.expect("imported");
        assert_eq!((report.created, report.changed), (1, 0), "{source}");
        assert_eq!(bring("venues.ndjson", &venue(name), from(source)).await.expect("again").unchanged, 1, "{source}");
    }
    let report = bring("venues.ndjson", &venue("A's new"), from("a")).await.expect("imported");
    assert_eq!((report.created, report.changed), (0, 1), "the control: its own is changed");
    let mut told: Vec<_> =
        super::tests::venues(&pool).await.into_iter().map(|venue| (venue.row.source, venue.row.name)).collect();
    told.sort();
    let expected = [("", "Nobody's"), ("a", "A's new"), ("b", "B's")];
    assert_eq!(told, expected.map(|(source, name)| (source.to_owned(), name.to_owned())));
    // what a record says itself stands before what is said of the file, and a reference means the own source's
    let event = |source: &str| {
        format!(
            "{{\"id\":\"e\",\"title\":\"Night\",\"start\":\"2027-03-12T19:00:00Z\",\"timezone\":\"UTC\",\"venue_id\":\"1\",\"source\":\"{source}\"}}\n"
        )
    };
    let lines: String = ["a", "b", "c"].map(event).concat();
    assert_eq!(bring("events.ndjson", &lines, from("x")).await.expect("imported").created, 3);
    let mut stand: Vec<_> =
        events(&pool).await.into_iter().map(|event| (event.row.source, event.venue.expect("one").name)).collect();
    stand.sort();
    let expected = [("a", "A's new"), ("b", "B's"), ("c", "Nobody's")];
    assert_eq!(stand, expected.map(|(source, name)| (source.to_owned(), name.to_owned())));
    let refused = bring("venues.ndjson", &venue("C's"), from("two\nlines")).await;
    assert!(matches!(refused, Err(ImportError::Source { .. })), "{refused:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reference_that_several_other_sources_have_is_a_bad_line(pool: PgPool) {
    let folder = Folder::new();
    let performers = "{\"id\":\"p\",\"name\":\"One\",\"source\":\"a\"}\n{\"id\":\"p\",\"name\":\"Two\",\"source\":\"b\"}\n{\"id\":\"q\",\"name\":\"Q\",\"source\":\"b\"}\n";
    assert_eq!(import(&pool, &folder.file("performers.ndjson", performers)).await.expect("imported").created, 3);
    let event = |id: &str| {
        format!(
            "{{\"id\":\"{id}\",\"title\":\"N\",\"start\":\"2027-03-12T19:00:00Z\",\"timezone\":\"UTC\",\"source\":\"c\",\"performers\":[{{\"id\":\"{id}\"}}]}}\n"
        )
    };
    match import(&pool, &folder.file("events.ndjson", &[event("q"), event("p")].concat())).await {
        Err(ImportError::BadLines { lines, total: 1, .. }) => {
            assert_eq!((lines[0].line, lines[0].field.as_deref()), (2, Some("performers[0].id")), "{lines:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_record_from_before_sources_were_kept_is_the_first_s_that_names_it(pool: PgPool) {
    let folder = Folder::new();
    import_all(&pool, &folder).await;
    forget_sources(&pool).await;
    let (before, told) = (feed(&pool).await.len(), PERFORMERS.replace(",\"source\":\"x\"", ""));
    let again = import(&pool, &folder.file("performers.ndjson", &told)).await.expect("imported");
    assert_eq!((again.unchanged, feed(&pool).await.len()), (2, before), "that it says nothing is no difference");
    let named = import(&pool, &folder.file("performers.ndjson", PERFORMERS)).await.expect("imported");
    assert_eq!((named.created, named.changed), (0, 1));
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_sources_in_one_file_the_first_has_the_record_from_before(pool: PgPool) {
    let folder = Folder::new();
    let line = |source: &str| format!("{{\"id\":\"p\",\"name\":\"{source}'s\",\"source\":\"{source}\"}}\n");
    import(&pool, &folder.file("performers.ndjson", "{\"id\":\"p\",\"name\":\"Nobody's\"}\n")).await.expect("imported");
    forget_sources(&pool).await;
    // far enough apart for two batches, of which the second is resolved before the first is seen
    let between: String = (0..9_000).map(|n| format!("{{\"id\":\"{n}\",\"name\":\"x\"}}\n")).collect();
    let lines = [line("a"), line("b"), between, line("c")].concat();
    let report = import(&pool, &folder.file("performers.ndjson", &lines)).await.expect("imported");
    assert_eq!((report.created, report.changed), (9_002, 1));
    let again = import(&pool, &folder.file("performers.ndjson", &lines)).await.expect("again");
    assert_eq!(again.unchanged, 9_003, "the control: each finds its own");
    assert_eq!(sources(&pool, "p").await, ["a a's", "b b's", "c c's"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_that_says_nothing_of_the_source_leaves_a_record_from_before_to_the_first_that_names_it(pool: PgPool) {
    let folder = Folder::new();
    import(&pool, &folder.file("performers.ndjson", PERFORMERS)).await.expect("imported");
    forget_sources(&pool).await;
    let mut conn = pool.acquire().await.expect("a connection");
    let all = store::performers::list(&mut conn, &NameFilter::default(), 10, None).await.expect("a page").items;
    for performer in &all {
        let patch = PerformerPatch { description: Some("Changed".into()), ..PerformerPatch::default() };
        let patched = performers::patch(&pool, &Actor::house(), performer.row.id, patch, None).await.expect("patched");
        assert_eq!((patched.version, patched.row.source.as_str()), (performer.version + 1, ""));
    }
    let theirs = PERFORMERS.replace(",\"source\":\"x\"", "").replace("{\"id\"", "{\"source\":\"y\",\"id\"");
    let named = import(&pool, &folder.file("performers.ndjson", &theirs)).await.expect("imported");
    assert_eq!((named.created, named.changed), (0, 2), "it is the first source's that names it");
    // the control: what a source has it keeps, and a change may take it away
    assert_eq!(sources(&pool, "ada").await, ["y Ada Ångström"]);
    let nobody = PerformerPatch { source: Some(String::new()), ..PerformerPatch::default() };
    performers::patch(&pool, &Actor::house(), all[0].row.id, nobody, None).await.expect("patched");
    assert_eq!(sources(&pool, "ada").await, [" Ada Ångström"]);
}
