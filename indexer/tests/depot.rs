//! Generations through an object store: a folder, and a real S3-speaking server.

mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use catalog::index::{Fault, generation};
use catalog::model::EventPatch;
use catalog::search::Catalog;
use catalog::write;
use domain::{Actor, CursorKey, Stopwatch};
use indexer::{Depot, Moved, ReindexOptions, follow, reindex};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use support::{clock, event, open, titles, venue};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

const SMALL: ReindexOptions = ReindexOptions { memory_bytes: 32 << 20, fresh: false, part_events: 1_000, keep: 2 };

async fn build(pool: &PgPool, dir: &Path) -> u64 {
    reindex(pool, dir, SMALL, |_| {}).await.expect("built").generation
}

/// A worker's index, and a node's that has nothing yet.
struct Nodes {
    worker: tempfile::TempDir,
    node: tempfile::TempDir,
}

impl Nodes {
    fn new() -> Self {
        let dir = || tempfile::tempdir().expect("a directory");
        Self { worker: dir(), node: dir() }
    }
}

async fn published(depot: &Depot, worker: &Path) -> Moved {
    depot.publish(worker).await.expect("published").expect("nobody else publishes")
}

/// Publishes, pulls, follows, swaps: what every kind of store must carry.
async fn two_nodes_serve_the_same(pool: &PgPool, depot: &Depot, nodes: &Nodes) {
    let (worker, node) = (nodes.worker.path(), nodes.node.path());
    assert_eq!(depot.pull(node, 2).await.expect("reachable"), None, "nothing is published yet");
    let hall = venue(pool, "Tivoli").await;
    for day in 1..=20 {
        event(pool, &format!("Evening {day}"), day, hall, None).await;
    }
    build(pool, worker).await;
    let sent = published(depot, worker).await;
    assert!(sent.files > 3 && sent.bytes > 1_000, "{sent:?}");
    assert_eq!(published(depot, worker).await.files, 0, "nothing is new");
    let got = depot.pull(node, 2).await.expect("pulled").expect("something new");
    assert_eq!((got.files, got.bytes), (sent.files, sent.bytes));
    let there = open(node);
    assert_eq!((there.generation(), titles(&there, "evening").await.len()), (1, 20));
    assert_eq!(depot.pull(node, 2).await.expect("pulled"), None, "it is there already");

    // a commit of the follower: only what is new goes over the wire
    let here = open(worker);
    let stop = CancellationToken::new();
    let follower = tokio::spawn(follow(pool.clone(), here.clone(), worker.to_owned(), stop.clone(), |_| {}));
    event(pool, "Matinee", 30, hall, None).await;
    while titles(&here, "matinee").await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    follower.await.expect("ended");
    let more = published(depot, worker).await;
    assert!(more.files > 0 && more.files < sent.files * 2, "{more:?}");
    depot.pull(node, 2).await.expect("pulled").expect("something new");
    assert!(there.reload_if_changed().expect("readable"));
    assert_eq!((there.generation(), titles(&there, "matinee").await.len()), (1, 1));

    build(pool, worker).await;
    published(depot, worker).await;
    depot.pull(node, 2).await.expect("pulled").expect("something new");
    assert!(there.reload_if_changed().expect("readable"));
    assert_eq!((there.generation(), titles(&there, "").await.len()), (2, 21));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_carries_generations_between_nodes(pool: PgPool) {
    let folder = tempfile::tempdir().expect("a directory");
    let depot = Depot::open(&folder.path().join("shared").display().to_string(), []).expect("opened");
    two_nodes_serve_the_same(&pool, &depot, &Nodes::new()).await;
}

/// The largest file of the newest generation in a folder.
fn largest(folder: &Path, generation: u64) -> PathBuf {
    let publications = std::fs::read_dir(folder.join(format!("gen-{generation}"))).expect("published").flatten();
    let entries = publications.flat_map(|one| std::fs::read_dir(one.path()).expect("readable").flatten());
    let files = entries.filter(|entry| entry.path().is_file());
    files.max_by_key(|entry| entry.metadata().map(|file| file.len()).unwrap_or(0)).expect("a file").path()
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_torn_in_the_store_is_never_served(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
    let publisher = depot();
    let hall = venue(&pool, "Tivoli").await;
    event(&pool, "First", 1, hall, None).await;
    build(&pool, nodes.worker.path()).await;
    published(&publisher, nodes.worker.path()).await;
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    let there = open(nodes.node.path());
    event(&pool, "Second", 2, hall, None).await;
    build(&pool, nodes.worker.path()).await;
    published(&publisher, nodes.worker.path()).await;

    let file = largest(folder.path(), 2);
    let whole = std::fs::read(&file).expect("readable");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for torn in [&whole[..whole.len() / 2], &flipped[..], b""] {
        std::fs::write(&file, torn).expect("written");
        let fault = depot().pull(nodes.node.path(), 2).await.expect_err("torn");
        assert!(matches!(fault, Fault::Store { .. }) && fault.to_string().contains("boxoffice reindex"), "{fault}");
        assert!(!there.reload_if_changed().expect("readable"));
        assert_eq!((generation::current(nodes.node.path()).expect("readable"), titles(&there, "").await.len()), (Some(1), 1));
    }
    std::fs::remove_file(&file).expect("removed");
    depot().pull(nodes.node.path(), 2).await.expect_err("missing");
    assert_eq!(generation::current(nodes.node.path()).expect("readable"), Some(1));
    // the control: whole again, it is served
    std::fs::write(&file, &whole).expect("written");
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    assert!(there.reload_if_changed().expect("readable"));
    assert_eq!(titles(&there, "").await.len(), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn one_of_two_workers_publishes_and_the_other_when_that_is_gone(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
    event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    for dir in [nodes.worker.path(), nodes.node.path()] {
        build(&pool, dir).await;
    }
    let (first, second) = (depot(), depot());
    published(&first, nodes.worker.path()).await;
    for look in 0..2 {
        assert_eq!(second.publish(nodes.node.path()).await.expect("asked"), None, "look {look}");
    }
    first.leave().await.expect("left");
    published(&second, nodes.node.path()).await;
    assert_eq!(first.publish(nodes.worker.path()).await.expect("asked"), None);
    // the operator's word stands above a lease, and who had it steps back
    first.publish_over(nodes.worker.path()).await.expect("published");
    assert_eq!(second.publish(nodes.node.path()).await.expect("asked"), None);
    // the control: with a lease of no length the second look takes the place of one that lives
    let hasty = depot().with_lease(std::time::Duration::ZERO);
    assert_eq!(hasty.publish(nodes.node.path()).await.expect("asked"), None);
    published(&hasty, nodes.node.path()).await;
    assert_eq!(first.publish(nodes.worker.path()).await.expect("asked"), None);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_fetch_that_broke_off_goes_on_and_one_that_is_not_as_declared_ends(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = Depot::open(&folder.path().display().to_string(), []).expect("opened");
    event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    build(&pool, nodes.worker.path()).await;
    let sent = published(&depot, nodes.worker.path()).await;
    let file = largest(folder.path(), 1);
    let whole = std::fs::read(&file).expect("readable");
    std::fs::write(&file, [&whole[..], b"more"].concat()).expect("written");
    let fault = depot.pull(nodes.node.path(), 2).await.expect_err("longer than declared");
    assert!(fault.to_string().contains("bytes, not"), "{fault}");
    std::fs::write(&file, &whole).expect("written");
    let half = nodes.node.path().join("pulling-1").join(file.file_name().expect("a name"));
    std::fs::write(&half, &whole[..whole.len() / 2]).expect("written");
    let got = depot.pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    assert!(got.files <= sent.files);
    assert_eq!(titles(&open(nodes.node.path()), "").await.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_state_that_does_not_open_touches_nothing_that_is_live(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = Depot::open(&folder.path().display().to_string(), []).expect("opened");
    event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    build(&pool, nodes.worker.path()).await;
    published(&depot, nodes.worker.path()).await;
    depot.pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    let home = generation::path(nodes.node.path(), 1);
    let before = std::fs::read(home.join("meta.json")).expect("readable");
    // whole by every sum, and no index: as a worker publishes that has lost its head
    let kept =
        |path: PathBuf| -> serde_json::Value { serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON") };
    let sum = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut latest = kept(folder.path().join("LATEST.json"));
    let at = folder.path().join(latest["manifest"].as_str().expect("a name"));
    let mut manifest = kept(at.clone());
    let meta = &mut manifest["files"]["meta.json"];
    std::fs::write(folder.path().join(meta["key"].as_str().expect("a name")), "{}").expect("written");
    (meta["bytes"], meta["sha256"]) = (2.into(), sum(b"{}").into());
    let body = manifest.to_string();
    std::fs::write(at, &body).expect("written");
    latest["sha256"] = sum(body.as_bytes()).into();
    std::fs::write(folder.path().join("LATEST.json"), latest.to_string()).expect("written");
    let refused = depot.pull(nodes.node.path(), 2).await.expect_err("no index");
    assert!(refused.to_string().contains("boxoffice reindex"), "{refused}");
    assert_eq!(std::fs::read(home.join("meta.json")).expect("readable"), before);
    assert_eq!(titles(&open(nodes.node.path()), "").await.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_worker_with_an_empty_directory_publishes_what_it_built_though_it_counts_like_what_is_there(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
    let id = event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    build(&pool, nodes.worker.path()).await;
    let first = depot().publish_over(nodes.worker.path()).await.expect("published");
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    let there = open(nodes.node.path());
    assert_eq!(titles(&there, "").await, ["First"]);
    let patch = EventPatch { title: Some("Renamed".into()), ..EventPatch::default() };
    write::events::patch(&pool, &clock(), &Actor::house(), id, patch, None).await.expect("patched");
    // among how many threads a build parts its work is chance, and its count hangs on it
    loop {
        let empty = tempfile::tempdir().expect("a directory");
        build(&pool, empty.path()).await;
        let worker = depot();
        let moved = worker.publish_over(empty.path()).await.expect("published");
        assert!(moved.files > 0, "{moved:?}");
        assert_eq!(published(&worker, empty.path()).await.files, 0, "the control: that is what lies there now");
        if (moved.generation, moved.opstamp) == (first.generation, first.opstamp) {
            break;
        }
    }
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    assert!(there.reload_if_changed().expect("readable"), "another build is another state");
    assert_eq!(titles(&there, "").await, ["Renamed"]);
    assert!(!there.reload_if_changed().expect("readable"), "the control");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_torn_in_the_store_is_mended_by_publishing_the_same_index_over_it(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    let depot = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
    event(&pool, "First", 1, venue(&pool, "Tivoli").await, None).await;
    build(&pool, nodes.worker.path()).await;
    let worker = depot();
    let sent = published(&worker, nodes.worker.path()).await;
    std::fs::write(largest(folder.path(), 1), "torn").expect("written");
    assert_eq!(published(&worker, nodes.worker.path()).await.files, 0, "the control: nobody reads all of it each second");
    depot().pull(nodes.node.path(), 2).await.expect_err("torn");
    assert_eq!(worker.publish_over(nodes.worker.path()).await.expect("published"), sent, "all of it");
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    assert_eq!(titles(&open(nodes.node.path()), "").await, ["First"]);
    // what names the latest state, by whoever publishes
    std::fs::write(folder.path().join("LATEST.json"), "torn").expect("written");
    depot().pull(nodes.node.path(), 2).await.expect_err("torn");
    assert_eq!(published(&worker, nodes.worker.path()).await, sent);
    depot().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_damaged_after_it_was_pulled_is_not_opened_and_is_fetched_again(pool: PgPool) {
    let (folder, nodes) = (tempfile::tempdir().expect("a directory"), Nodes::new());
    // a node that begins knows nothing of what it pulled before
    let begun = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
    let opened = || Catalog::open(nodes.node.path(), CursorKey::new([7; 32]), clock(), 1 << 20);
    let hall = venue(&pool, "Tivoli").await;
    for day in 1..=50 {
        event(&pool, &format!("Evening {day}"), day, hall, None).await;
    }
    build(&pool, nodes.worker.path()).await;
    published(&begun(), nodes.worker.path()).await;
    begun().pull(nodes.node.path(), 2).await.expect("pulled").expect("something new");
    let whole = begun().pull(nodes.node.path(), 2).await.expect("pulled").expect("read once more");
    assert_eq!(whole.files, 1, "the control: only what says which files there are");
    let home = generation::path(nodes.node.path(), 1);
    let files: Vec<_> = std::fs::read_dir(&home).expect("pulled").flatten().map(|entry| entry.path()).collect();
    for file in files.iter().filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))) {
        let bytes = std::fs::read(file).expect("readable");
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        for damage in [None, Some(&flipped), Some(&Vec::new())] {
            std::fs::remove_file(file).expect("removed");
            damage.iter().for_each(|bytes| std::fs::write(file, bytes).expect("written"));
            if !file.ends_with("meta.json") {
                let refused = opened().err().unwrap_or_else(|| panic!("{file:?} is served")).to_string();
                assert!(refused.contains("boxoffice reindex"), "{refused}");
            }
            begun().pull(nodes.node.path(), 2).await.expect("pulled").expect("read once more");
            assert_eq!(std::fs::read(file).expect("readable"), bytes, "{file:?}");
            assert_eq!(titles(&opened().expect("whole"), "evening").await.len(), 50);
        }
    }
}

/// moto's S3 server on a free port, killed when dropped.
struct Moto {
    address: String,
    _child: Child,
}

impl Moto {
    /// `None` when the program is not here; under `BOXOFFICE_REQUIRE_S3` that is a failure.
    async fn start() -> Option<Self> {
        let program = std::env::var("BOXOFFICE_MOTO").ok().filter(|path| Path::new(path).exists());
        let Some(program) = program else {
            assert!(
                std::env::var("BOXOFFICE_REQUIRE_S3").is_err(),
                "BOXOFFICE_MOTO names no program, and this test may not be skipped"
            );
            println!("SKIPPED: no S3 server; `make test` installs moto where Python and its venv module are");
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        let child = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        let moto = Self { address: format!("127.0.0.1:{port}"), _child: child.expect("moto starts") };
        let watch = Stopwatch::start();
        while tokio::net::TcpStream::connect(&moto.address).await.is_err() {
            assert!(watch.seconds() < 60.0, "moto does not listen on {}", moto.address);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Some(moto)
    }

    fn options(&self) -> Vec<(String, String)> {
        let options = [
            ("aws_endpoint", format!("http://{}", self.address)),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", "test".to_owned()),
            ("aws_secret_access_key", "test".to_owned()),
        ];
        options.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_speaks_s3_carries_generations_between_nodes(pool: PgPool) {
    let Some(moto) = Moto::start().await else { return };
    let depot = Depot::open("s3://tickets/search/index", moto.options()).expect("opened");
    let made = reqwest::Client::new().put(format!("http://{}/tickets", moto.address)).send().await.expect("an answer");
    assert!(made.status().is_success(), "{}", made.status());
    two_nodes_serve_the_same(&pool, &depot, &Nodes::new()).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_store_that_is_not_there_is_said(_pool: PgPool) {
    for (url, says) in [("gopher://x/y", "gopher"), ("s3://", "s3://")] {
        let fault = Depot::open(url, []).err().expect("refused").to_string();
        assert!(fault.contains(says), "{fault}");
    }
}
