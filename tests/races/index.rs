//! The index and the programs that write it, killed in the middle or out of room: what was live stays live, and nothing is lost.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use acceptance::database;
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Events to index: enough that a build lasts many parts.
const EVENTS: i32 = 8_000;
const PART: &str = "400";
/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn boxoffice(url: &str, dir: &Path, arguments: &[&str]) -> Command {
    let program = std::env::var("BOXOFFICE_BIN").expect("BOXOFFICE_BIN names the program; `make test` sets it");
    let mut command = Command::new(program);
    command.env("DATABASE_URL", url).env("BOXOFFICE_DATA_DIR", dir).env("BOXOFFICE_LOG_FILTER", "warn");
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn run(url: &str, dir: &Path, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = boxoffice(url, dir, arguments).output().await.expect("boxoffice runs");
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// Adds plain events with their lines of the change feed.
async fn add(url: &str, title: &str, count: i32) {
    let mut database = PgConnection::connect(url).await.expect("the database");
    let insert = "WITH new AS (INSERT INTO events (id, slug, title, starts_at)
                      SELECT gen_random_uuid(), 'e', $1 || ' ' || n, now() + n * interval '1 hour' FROM generate_series(1, $2) n RETURNING id)
                  INSERT INTO catalog_changes (kind, id) SELECT 'event', id FROM new";
    sqlx::query(insert).bind(title).bind(count).execute(&mut database).await.expect("inserted");
}

/// A build that is killed (-9) once some of its parts are finished.
async fn killed(url: &str, dir: &Path) {
    let mut build = boxoffice(url, dir, &["reindex", "--part-events", PART]).spawn().expect("boxoffice starts");
    let begun = async {
        let finished = |entry: std::fs::DirEntry| {
            std::fs::read_to_string(entry.path().join("meta.json")).is_ok_and(|meta| meta.contains(r#"\"part\""#))
        };
        while !std::fs::read_dir(dir.join("index")).is_ok_and(|mut found| found.any(|entry| entry.is_ok_and(finished))) {
            assert!(build.try_wait().expect("a process").is_none(), "it was to be killed before its end");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("a finished part");
    build.kill().await.expect("killed");
    assert!(!dir.join("index/CURRENT").exists(), "nothing is live");
}

#[tokio::test]
async fn a_reindex_killed_in_the_middle_goes_on_from_its_finished_parts() {
    let url = database::fresh().await;
    add(&url, "Evening", EVENTS).await;
    for full in [false, true] {
        let dir = tempfile::tempdir().expect("a directory");
        killed(&url, dir.path()).await;
        add(&url, "Late", 3).await;
        let again: &[&str] = if full { &["reindex", "--full"] } else { &["reindex"] };
        let (done, said) = run(&url, dir.path(), again).await;
        assert!(done && said.contains("went on behind") != full, "{said}");
        let (same, said) = run(&url, dir.path(), &["reindex", "--verify"]).await;
        assert!(same && said.contains(" 0 different"), "{said}");
    }
    database::drop_database(&url).await;
}

#[tokio::test]
async fn a_disk_that_is_full_in_the_middle_of_a_reindex_leaves_the_live_index() {
    let (url, dir) = (database::fresh().await, tempfile::tempdir().expect("a directory"));
    let (done, said) = run(&url, dir.path(), &["reindex"]).await;
    assert!(done, "{said}");
    add(&url, "Evening", EVENTS).await;
    // every write beyond 64 KiB of a file fails, as on a full disk
    let program = std::env::var("BOXOFFICE_BIN").expect("BOXOFFICE_BIN");
    let script = format!("trap '' XFSZ; ulimit -f 64; exec '{program}' reindex --part-events {PART}");
    let mut limited = Command::new("bash");
    limited
        .args(["-c", &script])
        .env("DATABASE_URL", &url)
        .env("BOXOFFICE_DATA_DIR", dir.path())
        .env("BOXOFFICE_LOG_FILTER", "warn");
    let Output { status, stderr, .. } = limited.output().await.expect("bash runs");
    let said = String::from_utf8_lossy(&stderr);
    assert!(
        status.code() == Some(1) && said.contains("too large") && said.contains("live index is untouched"),
        "{status}: {said}"
    );
    let current = || std::fs::read_to_string(dir.path().join("index/CURRENT")).expect("a live generation");
    assert_eq!(current(), "gen-1\n");
    // with room again it is done
    let (done, said) = run(&url, dir.path(), &["reindex"]).await;
    assert!(done && current() == "gen-2\n", "{said}");
    let (same, said) = run(&url, dir.path(), &["reindex", "--verify"]).await;
    assert!(same, "{said}");
    database::drop_database(&url).await;
}

/// A file system of its own, unmounted when dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    const MIB: u32 = 24;

    /// `None` where this process may not mount one.
    fn mount(at: &'a Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a directory");
        let size = format!("size={}m,mode=777", Self::MIB);
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }

    /// Fills it up to so many KiB; another call moves the bound.
    fn leave(&self, kib: u32) {
        let ballast = self.0.join("ballast");
        let _ = std::fs::remove_file(&ballast);
        let free = std::process::Command::new("df").args(["--output=avail", "-k"]).arg(self.0).output().expect("df runs");
        let free: u32 =
            String::from_utf8_lossy(&free.stdout).split_whitespace().last().and_then(|kib| kib.parse().ok()).expect("KiB");
        std::fs::write(&ballast, vec![1; (free.saturating_sub(kib) as usize) << 10]).expect("written");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_disk_that_is_really_full_is_said_at_whatever_point_and_leaves_the_live_index() {
    let (url, dir) = (database::fresh().await, tempfile::tempdir().expect("a directory"));
    let index = dir.path().join("index");
    let Some(disk) = Disk::mount(&index) else {
        println!("SKIPPED: this process may not mount a file system");
        return;
    };
    let current = || std::fs::read_to_string(index.join("CURRENT")).expect("a live generation");
    let (done, said) = run(&url, dir.path(), &["reindex"]).await;
    assert!(done, "{said}");
    add(&url, "Evening", EVENTS).await;
    for kib in [0, 8, 100, 300, 600] {
        disk.leave(kib);
        let (done, said) = run(&url, dir.path(), &["reindex", "--part-events", PART]).await;
        assert!(!done && said.contains("No space left") && said.contains("live index is untouched"), "{kib} KiB: {said}");
        assert_eq!(current(), "gen-1\n");
        let left = std::fs::metadata(index.join("probe"));
        assert!(left.is_err(), "{kib} KiB: what was tried is cleared away");
    }
    // with room again it goes on where it stood
    disk.leave(Disk::MIB << 10);
    let (done, said) = run(&url, dir.path(), &["reindex", "--part-events", PART]).await;
    assert!(done && current() == "gen-2\n", "{said}");
    let (same, said) = run(&url, dir.path(), &["reindex", "--verify"]).await;
    assert!(same && said.contains(" 0 different"), "{said}");
    drop(disk);
    database::drop_database(&url).await;
}

/// A server, ready; `kill_on_drop`.
async fn serve(url: &str, dir: &Path) -> Child {
    let mut child =
        boxoffice(url, dir, &["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()).spawn().expect("boxoffice starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    while let Some(line) = lines.next_line().await.expect("readable output") {
        if line.contains("listening on") {
            return child;
        }
    }
    panic!("boxoffice ended before it listened");
}

#[tokio::test]
async fn a_follower_killed_between_database_and_index_loses_nothing() {
    let (url, dir) = (database::fresh().await, tempfile::tempdir().expect("a directory"));
    let (done, said) = run(&url, dir.path(), &["reindex"]).await;
    assert!(done, "{said}");
    for round in 0..3u64 {
        let mut server = serve(&url, dir.path()).await;
        for n in 0..20 {
            add(&url, &format!("Round {round} {n}"), 1).await;
        }
        // somewhere in a poll, a commit or between them
        tokio::time::sleep(Duration::from_millis(round * 130)).await;
        server.kill().await.expect("killed");
        add(&url, "While away", 5).await;
    }
    let _server = serve(&url, dir.path()).await;
    let (same, said) = run(&url, dir.path(), &["reindex", "--verify"]).await;
    assert!(same && said.contains(" 0 different"), "{said}");
    database::drop_database(&url).await;
}

#[tokio::test]
async fn the_comparison_sees_what_a_follower_would_have_lost() {
    let (url, dir) = (database::fresh().await, tempfile::tempdir().expect("a directory"));
    let (done, said) = run(&url, dir.path(), &["reindex"]).await;
    assert!(done, "{said}");
    add(&url, "Lost", 2).await;
    let mut database = PgConnection::connect(&url).await.expect("the database");
    sqlx::query("DELETE FROM catalog_changes").execute(&mut database).await.expect("deleted");
    let _server = serve(&url, dir.path()).await;
    let (same, said) = run(&url, dir.path(), &["reindex", "--verify"]).await;
    assert!(!same && said.matches("missing from the index").count() == 2 && said.contains(" 2 different"), "{said}");
    database::drop_database(&url).await;
}
