//! The Postgres process: found by its pid file, started, stopped.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Stopwatch;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::fault::PostgresFault;
use super::folders::ClusterFolders;
use super::programs::Programs;

const TICK: Duration = Duration::from_millis(10);
/// How long the last words of a Postgres that has ended are waited for.
const WRITTEN_LIMIT: Duration = Duration::from_secs(5);
/// How long a start may take while the process lives: crash recovery reads up to max_wal_size.
const START_LIMIT: Duration = Duration::from_secs(600);
/// How long children of a killed postmaster may keep its shared memory.
const ORPHANS_LIMIT: Duration = Duration::from_secs(15);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// What postmaster.pid says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PidFile {
    pub pid: i32,
    pub ready: bool,
}

/// Reads postmaster.pid; its eighth line says whether connections are taken. Source: PostgreSQL, miscadmin.h, LOCK_FILE_LINE_*.
fn parse(text: &str) -> Option<PidFile> {
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse::<i32>().ok()?.abs();
    Some(PidFile { pid, ready: lines.nth(6).is_some_and(|status| status.trim() == "ready") })
}

/// The running postmaster of this cluster, if there is one: a process of that id whose folder is the cluster's.
pub fn running(cluster: &Path) -> Option<PidFile> {
    let found = parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)?;
    test_kill_process(Pid::from_raw(found.pid)?).ok()?;
    let proc = Path::new("/proc").join(found.pid.to_string());
    match fs::read_link(proc.join("cwd")) {
        Ok(folder) => (folder == cluster).then_some(found),
        // without /proc the id must do; a zombie has no folder and is not running
        Err(_) => (!Path::new("/proc/self").exists()).then_some(found),
    }
}

/// Starts Postgres and waits until it takes connections; what a crash left behind is recovered on the way.
pub fn start(folders: &ClusterFolders, programs: &Programs) -> Result<(), PostgresFault> {
    let watch = Stopwatch::start();
    loop {
        sweep(folders)?;
        match start_once(folders, programs) {
            Err(PostgresFault::Start { tail, .. })
                if tail.contains("pre-existing shared memory") && watch.elapsed() < ORPHANS_LIMIT =>
            {
                std::thread::sleep(Duration::from_millis(200));
            }
            outcome => return outcome,
        }
    }
}

/// Removes what a killed Postgres left: both of its lock files hold its process id, and while any process has that id, whoever it
/// is by now, Postgres takes them for a running server and refuses to start.
fn sweep(folders: &ClusterFolders) -> Result<(), PostgresFault> {
    if running(&folders.cluster).is_some() {
        return Ok(());
    }
    let socket = folders.socket();
    for stale in [folders.cluster.join("postmaster.pid"), socket.with_added_extension("lock"), socket] {
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(PostgresFault::file(&stale)(error)),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn start_once(folders: &ClusterFolders, programs: &Programs) -> Result<(), PostgresFault> {
    let log = fs::File::create(&folders.start_log).map_err(PostgresFault::file(&folders.start_log))?;
    let before = logged(&folders.cluster);
    let twin = log.try_clone().map_err(PostgresFault::file(&folders.start_log))?;
    let mut command = folders.owner.command(&programs.path("postgres"), &folders.cluster);
    // a group of its own: Ctrl-C in the terminal is for us, we stop it when we have drained
    command.arg("-D").arg(&folders.cluster).process_group(0).stdout(log).stderr(twin);
    let mut child = command.spawn().map_err(PostgresFault::file(&programs.path("postgres")))?;
    let watch = Stopwatch::start();
    let mut said = false;
    loop {
        if running(&folders.cluster).is_some_and(|found| found.ready) {
            std::thread::spawn(move || child.wait());
            return Ok(());
        }
        let ended = child.try_wait().map_err(PostgresFault::file(&folders.start_log))?.is_some();
        if ended || watch.elapsed() > START_LIMIT {
            return Err(failed(folders, before.as_ref()));
        }
        if !said && watch.elapsed() > Duration::from_secs(3) {
            tracing::warn!(log = %folders.start_log.display(), "Postgres is recovering from a crash");
            said = true;
        }
        std::thread::sleep(TICK);
    }
}

/// Stops Postgres: its "fast" way, which ends connections and writes a checkpoint; if that hangs, the immediate one.
pub fn stop(cluster: &Path) -> Result<(), PostgresFault> {
    let Some(found) = running(cluster) else { return Ok(()) };
    let Some(pid) = Pid::from_raw(found.pid) else { return Ok(()) };
    for signal in [Signal::INT, Signal::QUIT] {
        let _ = kill_process(pid, signal);
        let watch = Stopwatch::start();
        while watch.elapsed() < STOP_LIMIT {
            if running(cluster).is_none() {
                return Ok(());
            }
            std::thread::sleep(TICK);
        }
    }
    Err(PostgresFault::Stop { pid: found.pid })
}

/// Postgres's own log: the file that was written to last, and its length.
///
/// Soon after its start Postgres turns to a log of its own; what it says of its end stands there, and its standard error ends with
/// "redirecting log output".
fn logged(cluster: &Path) -> Option<(PathBuf, u64)> {
    let files = fs::read_dir(cluster.join("log")).ok()?.flatten();
    let newest = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path()))).max()?.1;
    let length = fs::metadata(&newest).ok()?.len();
    Some((newest, length))
}

/// Why a start failed, in Postgres's own words: the lines that say FATAL or PANIC, wherever they stand, else the end of what it said.
///
/// Its log is written by a process that outlives it by a moment: where no such line stands yet, it is waited for.
fn failed(folders: &ClusterFolders, before: Option<&(PathBuf, u64)>) -> PostgresFault {
    let watch = Stopwatch::start();
    loop {
        let (log, text, told) = last_words(folders, before);
        if told || watch.elapsed() > WRITTEN_LIMIT {
            return PostgresFault::Start { log, tail: text };
        }
        std::thread::sleep(TICK);
    }
}

/// The log, what it ends with, and whether that says why.
fn last_words(folders: &ClusterFolders, before: Option<&(PathBuf, u64)>) -> (PathBuf, String, bool) {
    let said = tail(&folders.start_log, 0);
    let (log, own) = match logged(&folders.cluster) {
        Some((path, _)) => {
            let seen = before.filter(|(old, _)| *old == path).map_or(0, |(_, length)| *length);
            let own = tail(&path, seen);
            (path, own)
        }
        None => (folders.start_log.clone(), String::new()),
    };
    let text = format!("{said}{own}");
    let fatal: Vec<&str> = text.lines().skip_while(|line| !line.contains("FATAL:") && !line.contains("PANIC:")).collect();
    let log = if own.is_empty() { folders.start_log.clone() } else { log };
    if fatal.is_empty() { (log, text, false) } else { (log, fatal.join("\n"), true) }
}

/// What a file holds behind `from`, at most its last 2 KiB.
fn tail(path: &Path, from: u64) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = fs::File::open(path) {
        let length = file.metadata().map_or(0, |meta| meta.len());
        // a log that is shorter than before was begun anew
        let from = if length < from { 0 } else { from };
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(2_048).max(from)));
        let _ = file.take(2_048).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_line_by_line() {
        let text = "4711\n/data/cluster\n1795000000\n5432\n/data/run\n\n  5432001 0\nready   \n";
        assert_eq!(parse(text), Some(PidFile { pid: 4711, ready: true }));
        assert_eq!(parse("4711\n/data\n1\n5432\n"), Some(PidFile { pid: 4711, ready: false }));
        assert_eq!(parse(&text.replace("ready", "starting")), Some(PidFile { pid: 4711, ready: false }));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn another_process_of_the_same_id_is_not_taken_for_postgres() {
        let home = tempfile::tempdir().expect("a directory");
        let cluster = home.path().canonicalize().expect("a path");
        let text = format!("{}\n{}\n1\n5432\n/run\n\n1 0\nready\n", std::process::id(), cluster.display());
        fs::write(cluster.join("postmaster.pid"), text).expect("written");
        assert_eq!(running(&cluster), None);
    }
}
