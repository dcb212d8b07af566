//! One private cluster and the programs that share it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Stopwatch;
use sqlx::postgres::PgConnectOptions;

use super::fault::PostgresFault;
use super::folders::ClusterFolders;
use super::postmaster;
use super::programs::Programs;
use super::settings::{HBA, Machine, PORT, Profile, postgresql_conf};

const DATABASE: &str = "boxoffice";
const SUPERUSER: &str = "postgres";

/// A running Postgres that this program uses; when the last program lets go of it, it is stopped.
#[derive(Debug)]
pub struct Cluster {
    folders: ClusterFolders,
    profile: Profile,
    programs: Option<PathBuf>,
    gate: PathBuf,
    /// Holds a shared lock; none once closed.
    users: Mutex<Option<File>>,
}

impl Cluster {
    /// Makes, recovers, starts or adopts the cluster of a data directory.
    ///
    /// Takes     `programs`: the folder of PostgreSQL's programs, if they are to be found nowhere else.
    /// Cost      blocks: 2 to 5 s for a new one, 0.2 s for one that was stopped, nothing for one that runs.
    pub fn open(data_dir: &Path, profile: Profile, programs: Option<&Path>) -> Result<Self, PostgresFault> {
        let folders = ClusterFolders::prepare(data_dir)?;
        let locks = data_dir.join("locks");
        fs::create_dir_all(&locks).map_err(PostgresFault::file(&locks))?;
        let gate = locks.join("postgres.gate");
        let users = open_lock(&locks.join("postgres.users"))?;
        let passage = pass(&gate)?;
        if postmaster::running(&folders.cluster).is_none_or(|found| !found.ready) {
            bring_up(&folders, profile, programs)?;
        }
        users.lock_shared().map_err(PostgresFault::file(&gate))?;
        drop(passage);
        Ok(Self { folders, profile, programs: programs.map(Path::to_owned), gate, users: Mutex::new(Some(users)) })
    }

    /// Whether a data directory holds a cluster, running or not.
    pub fn is_in(data_dir: &Path) -> bool {
        data_dir.join("postgres/cluster/PG_VERSION").exists()
    }

    /// How to connect to its database.
    pub fn connect_options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.folders.socket_dir).port(PORT).username(SUPERUSER).database(DATABASE)
    }

    /// How other programs connect to its database, as a URL.
    pub fn url(&self) -> String {
        let host = self.folders.socket_dir.display().to_string().replace('%', "%25").replace(' ', "%20");
        format!("postgres://{SUPERUSER}@localhost:{PORT}/{DATABASE}?host={host}")
    }

    /// Whether Postgres still runs.
    pub fn running(&self) -> bool {
        postmaster::running(&self.folders.cluster).is_some()
    }

    /// Starts Postgres again after it died under us.
    pub fn revive(&self) -> Result<(), PostgresFault> {
        let _passage = pass(&self.gate)?;
        if postmaster::running(&self.folders.cluster).is_some_and(|found| found.ready) {
            return Ok(());
        }
        bring_up(&self.folders, self.profile, self.programs.as_deref())
    }

    /// Lets go; stops Postgres if nobody else uses it.
    pub fn close(&self) -> Result<(), PostgresFault> {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(users) = users else { return Ok(()) };
        let _passage = pass(&self.gate)?;
        users.unlock().map_err(PostgresFault::file(&self.gate))?;
        match users.try_lock() {
            Ok(()) => {
                postmaster::stop(&self.folders.cluster)?;
                self.folders.tidy(self.profile == Profile::Throwaway);
                Ok(())
            }
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(PostgresFault::file(&self.gate)(error)),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(fault) = self.close() {
            tracing::error!(%fault, "Postgres was not stopped");
        }
    }
}

fn open_lock(path: &Path) -> Result<File, PostgresFault> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(PostgresFault::file(path))
}

/// Waits until no other program starts or stops this cluster; the kernel opens the gate when its holder dies.
fn pass(gate: &Path) -> Result<File, PostgresFault> {
    let file = open_lock(gate)?;
    let watch = Stopwatch::start();
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(PostgresFault::file(gate)(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if !said && watch.elapsed() > Duration::from_secs(1) {
            tracing::info!("waiting for another program that starts or stops this Postgres");
            said = true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn bring_up(folders: &ClusterFolders, profile: Profile, programs: Option<&Path>) -> Result<(), PostgresFault> {
    let made_with = fs::read_to_string(folders.cluster.join("PG_VERSION")).ok().and_then(|text| text.trim().parse().ok());
    let programs = Programs::find(programs, made_with)?;
    if made_with.is_none() {
        make(folders, profile, &programs)?;
    }
    configure(folders, &folders.cluster, profile)?;
    postmaster::start(folders, &programs)
}

/// Makes a cluster beside its place and renames it there, so that one that was broken off is never taken for whole.
fn make(folders: &ClusterFolders, profile: Profile, programs: &Programs) -> Result<(), PostgresFault> {
    let beside = folders.cluster.with_extension("new");
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(PostgresFault::file(&beside))?;
    }
    tracing::info!(cluster = %folders.cluster.display(), version = programs.major, "making a Postgres cluster");
    let parent = folders.cluster.parent().unwrap_or(&folders.cluster);
    let mut initdb = folders.owner.command(&programs.path("initdb"), parent);
    initdb.args(["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--username", SUPERUSER]);
    if profile == Profile::Throwaway {
        initdb.arg("--no-sync");
    }
    initdb.arg("--pgdata").arg(&beside);
    run(initdb)?;
    configure(folders, &beside, profile)?;
    create_database(folders, programs, &beside)?;
    fs::rename(&beside, &folders.cluster).map_err(PostgresFault::file(&folders.cluster))
}

/// Creates the database in single-user mode, before anybody can connect.
fn create_database(folders: &ClusterFolders, programs: &Programs, dir: &Path) -> Result<(), PostgresFault> {
    let statement = dir.join("create-database.sql");
    fs::write(&statement, format!("CREATE DATABASE {DATABASE}\n")).map_err(PostgresFault::file(&statement))?;
    let mut single = folders.owner.command(&programs.path("postgres"), dir);
    single
        .arg("--single")
        .arg("-D")
        .arg(dir)
        .args(["-c", "logging_collector=off", "-c", "log_min_messages=error"])
        .arg(SUPERUSER);
    single.stdin(fs::File::open(&statement).map_err(PostgresFault::file(&statement))?);
    run(single)?;
    fs::remove_file(&statement).map_err(PostgresFault::file(&statement))
}

/// Writes the configuration anew: the machine, the socket or the profile may have changed.
fn configure(folders: &ClusterFolders, dir: &Path, profile: Profile) -> Result<(), PostgresFault> {
    let conf = postgresql_conf(Machine::here(), profile, &folders.socket_dir);
    for (name, text) in [("postgresql.conf", conf.as_str()), ("pg_hba.conf", HBA)] {
        let path = dir.join(name);
        fs::write(&path, text).map_err(PostgresFault::file(&path))?;
        folders.owner.own(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(PostgresFault::file(&path))?;
    }
    Ok(())
}

fn run(mut command: std::process::Command) -> Result<(), PostgresFault> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().map_err(PostgresFault::file(Path::new(&program)))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // single-user mode ends well even when its statement failed
    if output.status.success() && !said.contains("ERROR:") {
        return Ok(());
    }
    Err(PostgresFault::Program { program, output: said.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use sqlx::Connection as _;

    fn pid(cluster: &Cluster) -> i32 {
        postmaster::running(&cluster.folders.cluster).expect("running").pid
    }

    /// What kill -9 of our program leaves: the lock is gone, Postgres runs on.
    fn abandon(cluster: Cluster) {
        *cluster.users.lock().expect("whole") = None;
    }

    fn open(home: &tempfile::TempDir) -> Cluster {
        Cluster::open(home.path(), Profile::Throwaway, None).expect("a running cluster")
    }

    async fn answers(cluster: &Cluster) {
        let options: PgConnectOptions = cluster.url().parse().expect("a URL");
        for options in [options, cluster.connect_options()] {
            sqlx::PgConnection::connect_with(&options).await.expect("a connection").ping().await.expect("an answer");
        }
    }

    #[tokio::test]
    async fn a_cluster_is_made_shared_adopted_recovered_and_stopped() {
        let home = tempfile::tempdir().expect("a directory");
        let first = open(&home);
        answers(&first).await;
        let made = pid(&first);

        let second = open(&home);
        assert_eq!(pid(&second), made, "two programs share it");
        first.close().expect("let go");
        assert!(second.running(), "the last one stops it, not the first");
        answers(&second).await;

        abandon(second);
        let third = open(&home);
        assert_eq!(pid(&third), made, "what a killed program left is adopted");

        kill_process(Pid::from_raw(made).expect("an id"), Signal::KILL).expect("killed");
        while third.running() {
            std::thread::sleep(Duration::from_millis(5));
        }
        abandon(third);
        let fourth = open(&home);
        assert_ne!(pid(&fourth), made, "what was killed is recovered");
        answers(&fourth).await;

        let cluster = fourth.folders.cluster.clone();
        fourth.close().expect("stopped");
        assert_eq!(postmaster::running(&cluster), None);
    }

    /// A program of Postgres's own user that has the id which Postgres had.
    struct Stranger(std::process::Child);

    impl Stranger {
        fn of(folders: &ClusterFolders) -> Self {
            let mut command = folders.owner.command(Path::new("sleep"), Path::new("/"));
            Self(command.arg("1000").spawn().expect("a process"))
        }

        /// Writes its id where Postgres wrote its own.
        fn takes_over(&self, lock: &Path) {
            let text = fs::read_to_string(lock).expect("left behind");
            let (_, rest) = text.split_once('\n').expect("lines");
            fs::write(lock, format!("{}\n{rest}", self.0.id())).expect("written");
        }
    }

    impl Drop for Stranger {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    async fn what_was_killed_with_us_starts_at_the_first_try_also_when_its_id_is_somebody_elses_now() {
        let home = tempfile::tempdir().expect("a directory");
        let first = open(&home);
        let (folders, killed) = (first.folders.clone(), pid(&first));
        let socket_lock = folders.socket().with_added_extension("lock");
        kill_process(Pid::from_raw(killed).expect("an id"), Signal::KILL).expect("killed");
        while first.running() {
            std::thread::sleep(Duration::from_millis(5));
        }
        abandon(first);
        let stranger = Stranger::of(&folders);
        stranger.takes_over(&folders.cluster.join("postmaster.pid"));
        stranger.takes_over(&socket_lock);

        // control: left alone, the socket's lock keeps Postgres from starting, and it says so itself
        fs::remove_file(folders.cluster.join("postmaster.pid")).expect("removed");
        let programs = Programs::find(None, None).expect("PostgreSQL");
        let refused = loop {
            let refused = postmaster::start_once(&folders, &programs).expect_err("the lock is taken for a server's").to_string();
            // children of the killed one may not have noticed yet
            if !refused.contains("pre-existing shared memory") {
                break refused;
            }
        };
        assert!(refused.contains("FATAL:") && refused.contains(".s.PGSQL.5432.lock"), "{refused}");
        assert!(!refused.contains("redirecting log output"), "{refused}");

        let second = open(&home);
        assert_ne!(pid(&second), killed);
        answers(&second).await;
    }

    #[test]
    fn postgres_tells_itself_why_it_does_not_start() {
        let home = tempfile::tempdir().expect("a directory");
        let cluster = open(&home);
        let folders = cluster.folders.clone();
        cluster.close().expect("stopped");
        fs::write(folders.cluster.join("custom.conf"), "shared_buffers = '4000TB'\n").expect("written");
        let said = Cluster::open(home.path(), Profile::Throwaway, None).expect_err("it cannot").to_string();
        assert!(said.contains("FATAL:") && said.contains("custom.conf"), "{said}");
    }

    #[test]
    fn a_cluster_that_was_broken_off_in_the_making_is_made_anew() {
        let home = tempfile::tempdir().expect("a directory");
        let half = home.path().join("postgres/cluster.new/base");
        fs::create_dir_all(&half).expect("made");
        assert!(open(&home).running());
        assert!(!half.exists());
    }
}
