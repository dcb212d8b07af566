//! Whole files into a fresh database.

use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::model::{Event, EventFilter, EventSort, Venue};
use crate::write::fixture::{clock, feed};

pub(super) const VENUES: &str = r#"{"id":"hall","name":"Große Halle","kind":"hall","city":"München","city_aliases":["Munich"],"country":"DE","country_name":"Germany","lat":48.1,"lon":11.5,"timezone":"Europe/Berlin","capacity":900,"events":2}
{"id":"club","name":"Club","kind":"hall","city":"München","city_aliases":["Monaco di Baviera"],"country":"DE","country_name":"Germany","timezone":"Europe/Berlin"}

{"id":"ground","name":"Ground","kind":"home-ground","country":"DE","country_name":"Germany","timezone":"Europe/Berlin"}
"#;
pub(super) const PERFORMERS: &str = r#"{"id":"ada","name":"Ada Ångström","kind":"soloist","instrument":"piano","source":"x"}
{"id":"orchestra","name":"The Orchestra","kind":"orchestra","kinds":["orchestra","ensemble"],"aliases":["Orch"]}
"#;
const SERIES: &str = "id,title,kind,category\nseason-1,\"Season, one\",season,concerts\n";
pub(super) const EVENTS: &str = r#"{"id":"e1","title":"Evening","start":"2027-03-12T19:00:00Z","start_local":"2027-03-12T20:00","timezone":"Europe/Berlin","venue_id":"hall","series_id":"season-1","performers":[{"id":"orchestra","role":"orchestra"},{"id":"ada","role":"soloist","instrument":"piano"}],"works":[{"composer":"C","composer_id":"c","title":"Sonata","movements":["I"]}],"source_id":"7","source":"x"}
{"id":"e2","title":"Day","start":"2027-03-12T23:00:00Z","start_precision":"day","timezone":"Europe/Berlin","topics":["rust"],"url":"https://example.org/Austin, TX","online":true,"status":"cancelled"}
"#;

pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(super) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(name);
        let bytes =
            if name.ends_with(".zst") { zstd::encode_all(content.as_bytes(), 3).expect("packed") } else { content.into() };
        std::fs::File::create(&path).and_then(|mut file| file.write_all(&bytes)).expect("written");
        path
    }
}

pub(super) async fn import(pool: &PgPool, path: &Path) -> Result<ImportReport, ImportError> {
    import_file(pool, &clock(), path, ImportOptions::default(), |_| {}).await
}

pub(super) async fn import_all(pool: &PgPool, folder: &Folder) -> Vec<ImportReport> {
    let files =
        [("venues.ndjson.zst", VENUES), ("performers.ndjson", PERFORMERS), ("series.csv.zst", SERIES), ("events.ndjson", EVENTS)];
    let mut reports = Vec::new();
    for (name, content) in files {
        reports.push(import(pool, &folder.file(name, content)).await.expect(name));
    }
    reports
}

pub(super) async fn events(pool: &PgPool) -> Vec<Event> {
    let mut conn = pool.acquire().await.expect("a connection");
    store::events::list(&mut conn, &EventFilter::default(), EventSort::Date, 100, None).await.expect("a page").items
}

pub(super) async fn venues(pool: &PgPool) -> Vec<Venue> {
    let mut conn = pool.acquire().await.expect("a connection");
    store::venues::list(&mut conn, &Default::default(), 100, None).await.expect("a page").items
}

#[sqlx::test(migrations = "../migrations")]
async fn files_of_every_kind_and_packing_come_in(pool: PgPool) {
    let reports = import_all(&pool, &Folder::new()).await;
    assert_eq!(
        reports.iter().map(|report| (report.kind, report.created)).collect::<Vec<_>>(),
        [(Kind::Venue, 3), (Kind::Performer, 2), (Kind::Series, 1), (Kind::Event, 2)]
    );
    let events = events(&pool).await;
    let evening = &events[0];
    assert_eq!((evening.row.external_id.as_deref(), evening.row.works[0].composer_id.as_str()), (Some("e1"), "c"));
    let bill: Vec<_> = evening.cast.iter().map(|c| (c.name.as_str(), c.role.as_str(), c.instrument.as_str())).collect();
    assert_eq!(bill, [("The Orchestra", "orchestra", ""), ("Ada Ångström", "soloist", "piano")]);
    assert_eq!(evening.series.as_ref().map(|series| series.title.as_str()), Some("Season, one"));
    assert_eq!(
        (events[1].row.start_precision.as_str(), events[1].row.status.as_str(), events[1].row.online),
        ("day", "cancelled", true)
    );
    assert_eq!(events[1].row.url, "https://example.org/Austin,%20TX");
    let venues = venues(&pool).await;
    let named = |name: &str| venues.iter().find(|venue| venue.row.name == name).expect(name);
    let city = named("Große Halle").city.as_ref().expect("a city");
    assert_eq!((city.name.as_str(), city.aliases.join("/").as_str()), ("München", "Munich/Monaco di Baviera"));
    assert!(city.place.is_some() && named("Club").row.city_id == Some(city.id));
    let nameless = named("Ground").city.as_ref().expect("its country");
    assert_eq!((nameless.name.as_str(), nameless.country.as_str()), ("", "DE"));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_files_again_change_nothing(pool: PgPool) {
    let folder = Folder::new();
    import_all(&pool, &folder).await;
    let (before, told) = (events(&pool).await, feed(&pool).await.len());
    let again = import_all(&pool, &folder).await;
    assert!(again.iter().all(|report| (report.created, report.changed, report.unchanged) == (0, 0, report.lines)), "{again:?}");
    assert_eq!((events(&pool).await, feed(&pool).await.len()), (before, told));
}

#[sqlx::test(migrations = "../migrations")]
async fn only_what_differs_moves(pool: PgPool) {
    let folder = Folder::new();
    import_all(&pool, &folder).await;
    let told = feed(&pool).await.len();
    let newer = EVENTS.replace("\"Evening\"", "\"Late evening\"").replace("\"rust\"", "\"rust\",\"sql\"");
    let report = import(&pool, &folder.file("events.ndjson", &newer)).await.expect("imported");
    assert_eq!((report.created, report.changed, report.unchanged), (0, 2, 0));
    let recast = newer.replace("\"soloist\"", "\"conductor\"");
    let report = import(&pool, &folder.file("events.ndjson", &recast)).await.expect("imported");
    assert_eq!((report.changed, report.unchanged), (1, 1));
    let after = events(&pool).await;
    assert_eq!((after[0].version, after[0].edition, after[1].version, after[1].edition), (3, 2, 2, 1));
    assert_eq!(after[0].cast[1].role, "conductor");
    assert_eq!(feed(&pool).await.len(), told + 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_import_leaves_what_is_sold_alone(pool: PgPool) {
    let folder = Folder::new();
    import_all(&pool, &folder).await;
    let id = events(&pool).await[0].row.id;
    let seats = crate::model::EventPatch { capacity: Some(Some(50)), ..Default::default() };
    crate::write::events::patch(&pool, &clock(), &domain::Actor::house(), id, seats, None).await.expect("patched");
    let priced = crate::write::put_tiers(&pool, &domain::Actor::house(), id, crate::write::fixture::tiers(&[100]), None)
        .await
        .expect("priced");
    let newer = EVENTS.replace("\"Evening\"", "\"Late evening\"");
    import(&pool, &folder.file("events.ndjson", &newer)).await.expect("imported");
    let after = events(&pool).await.remove(0);
    assert_eq!((after.row.tiers, after.row.seat_map_id, after.capacity), (priced.row.tiers, priced.row.seat_map_id, Some(50)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_bad_line_is_told_with_line_and_field_and_nothing_is_written(pool: PgPool) {
    let folder = Folder::new();
    import_all(&pool, &folder).await;
    let told = feed(&pool).await.len();
    let good = r#"{"id":"new","title":"New","start":"2027-03-12T19:00:00Z","timezone":"UTC"}"#;
    let table = [
        (r#"{"id":"b","title":"B","start":"tomorrow","timezone":"UTC"}"#, "start"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","end":"2027-03-11T19:00:00Z","timezone":"UTC"}"#, "end"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","doors":"2027-03-12T20:00:00Z","timezone":"UTC"}"#, "doors"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","doors":"","timezone":"UTC"}"#, "doors"),
        (r#"{"id":"b","title":"","start":"2027-03-12T19:00:00Z","timezone":"UTC"}"#, "title"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","timezone":"Mars"}"#, "timezone"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","timezone":"UTC","venue_id":"nowhere"}"#, "venue_id"),
        (
            r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","timezone":"UTC","performers":[{"id":"ada"},{"id":"bob"}]}"#,
            "performers[1].id",
        ),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","timezone":"UTC","colour":"red"}"#, "colour"),
        (r#"{"title":"B","start":"2027-03-12T19:00:00Z","timezone":"UTC"}"#, "id"),
        (r#"{"id":"new","title":"Twice","start":"2027-03-12T19:00:00Z","timezone":"UTC"}"#, "id"),
        (r#"{"id":"b","title":"B","start":"2027-03-12T19:00:00Z","timezone":"UTC","status":"lost"}"#, "status"),
    ];
    for (line, field) in table {
        let path = folder.file("events.ndjson", &format!("{good}\n{line}\n"));
        match import(&pool, &path).await {
            Err(ImportError::BadLines { file, total: 1, lines }) => {
                assert_eq!((file, lines[0].line, lines[0].field.as_deref()), (path, 2, Some(field)), "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    assert_eq!((events(&pool).await.len(), feed(&pool).await.len()), (2, told));
}

#[sqlx::test(migrations = "../migrations")]
async fn many_bad_lines_are_counted_and_the_first_are_told(pool: PgPool) {
    let lines: String = (0..9_000).map(|n| format!("{{\"id\":\"p{n}\",\"name\":\"\"}}\n")).collect();
    match import(&pool, &Folder::new().file("performers.ndjson", &lines)).await {
        Err(ImportError::BadLines { total: 9_000, lines, .. }) => assert_eq!((lines.len(), lines[99].line), (MAX_REPORTED, 100)),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_id_that_stands_twice_is_told_however_far_apart_its_lines_are(pool: PgPool) {
    let folder = Folder::new();
    let line = |n: u32| format!("{{\"id\":\"p{n}\",\"name\":\"Name {n}\"}}\n");
    let lines: String = (1..=9_000).chain([1, 8_999]).map(line).collect();
    for known in [false, true] {
        if known {
            let once: String = (1..=9_000).map(line).collect();
            import(&pool, &folder.file("performers.ndjson", &once)).await.expect("imported");
        }
        match import(&pool, &folder.file("performers.ndjson", &lines)).await {
            Err(ImportError::BadLines { total: 2, lines, .. }) => {
                let told: Vec<_> = lines.iter().map(|line| (line.line, line.detail.as_str())).collect();
                let said = ["the same id stands on line 1 already", "the same id stands on line 8999 already"];
                assert_eq!(told, [(9_001, said[0]), (9_002, said[1])]);
            }
            other => panic!("{other:?}"),
        }
        let mut conn = pool.acquire().await.expect("a connection");
        assert_eq!(store::performers::count(&mut conn).await.expect("counted"), if known { 9_000 } else { 0 });
    }
}

#[test]
fn one_bad_line_is_said_in_the_singular() {
    let said = |total| ImportError::BadLines { file: "x.csv".into(), total, lines: Vec::new() }.to_string();
    assert_eq!(
        (said(1), said(2)),
        ("x.csv: 1 bad line, nothing was imported".to_owned(), "x.csv: 2 bad lines, nothing was imported".to_owned())
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn cells_hold_json_where_a_field_is_no_text(pool: PgPool) {
    let folder = Folder::new();
    let csv = "id,name,city,country,timezone,lat,lon,aliases\nh,\"Hall, great\",Bern,CH,Europe/Zurich,46.9,7.4,\"[\"\"Saal\"\",\"\"Salle\"\"]\"\n";
    import(&pool, &folder.file("venues.csv", csv)).await.expect("imported");
    assert_eq!(venues(&pool).await[0].row.aliases, ["Saal", "Salle"]);
    let table = [
        ("id,name,timezone,lat\nh,Hall,UTC,north\n", 2, Some("lat")),
        ("id,name,timezone\nh,Hall\n", 2, None),
        ("id,name,timezone\ng,\"two\nlines\",UTC\n", 2, Some("name")),
    ];
    for (csv, line, field) in table {
        match import(&pool, &folder.file("venues.csv", csv)).await {
            Err(ImportError::BadLines { lines, .. }) => {
                assert_eq!((lines[0].line, lines[0].field.as_deref()), (line, field), "{csv}")
            }
            other => panic!("{csv}: {other:?}"),
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_endless_line_and_an_unknown_kind_are_refused(pool: PgPool) {
    let folder = Folder::new();
    let long = format!("{{\"id\":\"p\",\"name\":\"{}\"}}\n{{\"id\":\"q\",\"name\":\"\"}}\n", "x".repeat(MAX_LINE_BYTES as usize));
    match import(&pool, &folder.file("performers.ndjson", &long)).await {
        Err(ImportError::BadLines { total: 2, lines, .. }) => assert_eq!((lines[0].line, lines[1].line), (1, 2)),
        other => panic!("{other:?}"),
    }
    let endless = format!("id,name\nq,\"{}", "x".repeat(4 << 20));
    let refused = import(&pool, &folder.file("performers.csv", &endless)).await;
    assert!(matches!(refused, Err(ImportError::Unreadable { .. })), "{refused:?}");
    let refused = import(&pool, &folder.file("things.ndjson", "{\"x\":1}\n")).await;
    assert!(matches!(refused, Err(ImportError::UnknownKind { .. })), "{refused:?}");
    let refused = import(&pool, &folder.0.path().join("none.ndjson")).await;
    assert!(matches!(refused, Err(ImportError::Unreadable { .. })), "{refused:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_without_a_telling_name_is_known_by_its_first_record(pool: PgPool) {
    let folder = Folder::new();
    let table = [("a.ndjson", VENUES, Kind::Venue), ("b", PERFORMERS, Kind::Performer), ("d.txt", EVENTS, Kind::Event)];
    for (name, content, kind) in table {
        assert_eq!(source::guess_kind(&folder.file(name, content)).expect("read"), Some(kind), "{name}");
    }
    let forced = import_file(
        &pool,
        &clock(),
        &folder.file("x.csv", SERIES),
        ImportOptions { kind: Some(Kind::Series), ..ImportOptions::default() },
        |_| {},
    )
    .await
    .expect("imported");
    assert_eq!((forced.kind, forced.created), (Kind::Series, 1));
}

/// Many events with a bill, under ids that begin so.
fn many(prefix: &str) -> String {
    let line = |n: u32| {
        format!(
            "{{\"id\":\"{prefix}{n}\",\"title\":\"N\",\"start\":\"2027-03-12T19:00:00Z\",\"timezone\":\"UTC\",\"performers\":[{{\"id\":\"ada\"}}]}}\n"
        )
    };
    (0..600).map(line).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_first_events_of_all_leave_every_index_as_it_was(pool: PgPool) {
    let folder = Folder::new();
    import(&pool, &folder.file("performers.ndjson", PERFORMERS)).await.expect("imported");
    let before = store::fixture::indexes(&pool).await.expect("read");
    let bad = many("a") + "{\"id\":\"bad\"}\n";
    assert!(matches!(import(&pool, &folder.file("events.ndjson", &bad)).await, Err(ImportError::BadLines { total: 1, .. })));
    assert_eq!(store::fixture::indexes(&pool).await.expect("read"), before, "nothing of a bad file stays");
    assert_eq!(import(&pool, &folder.file("events.ndjson", &many("a"))).await.expect("imported").created, 600);
    assert_eq!(store::fixture::indexes(&pool).await.expect("read"), before);
    let ada = events(&pool).await[0].cast[0].performer_id;
    let mut conn = pool.acquire().await.expect("a connection");
    assert_eq!(store::event_performers::events_of(&mut conn, ada.0, None, 1_000).await.expect("read").len(), 600);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_the_first_events_of_all_wait_for_who_reads_events(pool: PgPool) {
    let folder = Folder::new();
    import(&pool, &folder.file("performers.ndjson", PERFORMERS)).await.expect("imported");
    let hasty = (*pool.connect_options()).clone().options([("lock_timeout", "100ms")]);
    let hasty = PgPool::connect_with(hasty).await.expect("connected");
    let mut reader = pool.begin().await.expect("begun");
    store::events::is_empty(&mut reader).await.expect("read");
    let waited = import(&hasty, &folder.file("events.ndjson", &many("a"))).await;
    assert!(matches!(waited, Err(ImportError::Database(_))), "the control: {waited:?}");
    reader.rollback().await.expect("ended");
    import(&hasty, &folder.file("events.ndjson", &many("a"))).await.expect("imported");
    let mut reader = pool.begin().await.expect("begun");
    store::event_performers::of_events(&mut reader, &[]).await.expect("read");
    store::events::is_empty(&mut reader).await.expect("read");
    assert_eq!(import(&hasty, &folder.file("events.ndjson", &many("b"))).await.expect("beside a reader").created, 600);
}

/// Both find no events; the control is that one of them has to wait for the other, and finds some then.
#[sqlx::test(migrations = "../migrations")]
async fn two_that_bring_the_first_events_at_once_both_end(pool: PgPool) {
    let folder = Folder::new();
    import(&pool, &folder.file("performers.ndjson", PERFORMERS)).await.expect("imported");
    let before = store::fixture::indexes(&pool).await.expect("read");
    let (one, other) = (folder.file("one.ndjson", &many("a")), folder.file("other.ndjson", &many("b")));
    let beside = PgPool::connect_with((*pool.connect_options()).clone()).await.expect("connected");
    let mut reader = beside.begin().await.expect("begun");
    store::events::is_empty(&mut reader).await.expect("read");
    let both = async { tokio::join!(import(&pool, &one), import(&pool, &other)) };
    let once_both_wait = async {
        while store::fixture::waiting(&beside).await.expect("counted") < 2 {}
        reader.rollback().await.expect("ended");
    };
    let ((one, other), ()) = tokio::join!(both, once_both_wait);
    assert_eq!(one.expect("imported").created + other.expect("imported").created, 1_200);
    assert_eq!(store::fixture::indexes(&pool).await.expect("read"), before);
}

/// The real set beside the workspace, if this machine has it; its README says what it holds.
#[sqlx::test(migrations = "../migrations")]
async fn the_real_set_comes_in_whole_and_again_changes_nothing(pool: PgPool) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/catalogue");
    if !folder.exists() {
        eprintln!("skipped: {} is not on this machine", folder.display());
        return;
    }
    let files = [("venues", 4_856), ("performers", 13_682), ("events", 172_533)];
    for (name, count) in files {
        let report = import(&pool, &folder.join(format!("{name}.ndjson.zst"))).await.expect(name);
        assert_eq!((report.lines, report.created), (count, count), "{name}");
    }
    let mut conn = pool.acquire().await.expect("a connection");
    let position = store::changes::latest_position(&mut conn).await.expect("a position");
    for (name, count) in files {
        let report = import(&pool, &folder.join(format!("{name}.ndjson.zst"))).await.expect(name);
        assert_eq!((report.created, report.changed, report.unchanged), (0, 0, count), "{name}");
    }
    assert_eq!(store::changes::count_since(&mut conn, &position).await.expect("counted"), 0);
    let counts = store::counts(&mut conn).await.expect("counted");
    assert_eq!((counts.events, counts.venues, counts.performers), (172_533, 4_856, 13_682));
}
