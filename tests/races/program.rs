//! The real `boxoffice` binary on a data directory of its own, to be killed and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The program that `make test` built.
fn binary() -> String {
    std::env::var("BOXOFFICE_BIN").expect("BOXOFFICE_BIN names the program; `make test` sets it")
}

/// The library that tells a program another time, where Debian puts it.
pub fn faketime() -> Option<PathBuf> {
    let places = std::fs::read_dir("/usr/lib").ok()?.flatten();
    places.map(|place| place.path().join("faketime/libfaketimeMT.so.1")).find(|library| library.exists())
}

/// A command without the test run's own database: it works on the directory's embedded one.
fn command(data_dir: &Path, clock: Option<&str>) -> Command {
    let mut command = Command::new(binary());
    if let Some(offset) = clock {
        // what measures time is left alone
        command.env("FAKETIME", offset).env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        command.env("LD_PRELOAD", faketime().expect("libfaketime is installed"));
    }
    command.env_remove("DATABASE_URL").env("BOXOFFICE_DATA_DIR", data_dir).env("BOXOFFICE_LOG_FILTER", "warn");
    command
}

/// What makes a server one of several nodes.
#[derive(Clone)]
struct Together {
    database_url: String,
    /// Where all nodes have their keys and pictures.
    shared: PathBuf,
    broker: Option<String>,
}

/// A server on a port that stays the same over its lives.
pub struct Program<'a> {
    data_dir: &'a Path,
    pub base: String,
    listen: String,
    child: Option<Child>,
    together: Option<Together>,
    /// How far its clock is from this machine's, as `faketime` reads it.
    clock: Option<&'static str>,
    /// Connections that one address may have; 0: as many as it likes.
    connections: u32,
    /// What else it is told.
    more: Vec<String>,
}

impl<'a> Program<'a> {
    pub fn new(data_dir: &'a Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let listen = format!("127.0.0.1:{port}");
        let base = format!("http://{listen}");
        Self { data_dir, base, listen, child: None, together: None, clock: None, connections: 0, more: Vec::new() }
    }

    /// One of several nodes over one database, which know each other by a secret.
    pub fn node(data_dir: &'a Path, database_url: &str, shared: &Path) -> Self {
        let together = Some(Together { database_url: database_url.to_owned(), shared: shared.to_owned(), broker: None });
        Self { together, ..Self::new(data_dir) }
    }

    /// This node, hearing the others by a broker.
    pub fn with_broker(mut self, url: &str) -> Self {
        if let Some(together) = &mut self.together {
            together.broker = Some(url.to_owned());
        }
        self
    }

    /// This node with a clock that goes wrong by so much, such as `+30s`.
    pub fn with_clock(self, offset: &'static str) -> Self {
        Self { clock: Some(offset), ..self }
    }

    /// This node, where one address may have so many connections.
    pub fn with_connections_of_an_address(self, connections: u32) -> Self {
        Self { connections, ..self }
    }

    /// This node, told this besides.
    pub fn told(self, more: &[&str]) -> Self {
        Self { more: more.iter().map(|&word| word.to_owned()).collect(), ..self }
    }

    /// A command on the server's directory, or on the database of all nodes.
    fn command(&self) -> Command {
        let mut command = command(self.data_dir, self.clock);
        if let Some(Together { database_url, shared, .. }) = &self.together {
            command.env("BOXOFFICE_DATABASE_URL", database_url).env("BOXOFFICE_KEYS_DIR", shared.join("keys"));
            command.env("BOXOFFICE_DATABASE_CONNECTIONS", "8");
        }
        command
    }

    /// What makes the server a node.
    fn node_options(&self) -> Vec<String> {
        let Some(Together { shared, broker, .. }) = &self.together else { return Vec::new() };
        let images = shared.join("images").display().to_string();
        let mut options = vec![
            format!("--node-url={}", self.base),
            "--node-secret=a-secret-of-these-tests".to_owned(),
            format!("--image-store={images}"),
            "--rate-limit-operations=0".to_owned(),
        ];
        options.extend(broker.iter().map(|url| format!("--broker={url}")));
        options
    }

    /// Starts it and waits until it says that it listens.
    pub async fn start(&mut self) {
        self.start_into(Stdio::inherit()).await;
    }

    /// Starts it with another standard error than the test's.
    pub async fn start_into(&mut self, stderr: Stdio) {
        let unlimited = [
            "--sandbox",
            "--rate-limit-holds=0",
            "--rate-limit-sessions=0",
            "--rate-limit-search=0",
            "--rate-limit-reads=0",
            "--rate-limit-webhooks=0",
            "--holds-per-address=0",
            "--places-per-address=0",
            "--sessions-per-address=0",
        ];
        let mut child = self
            .command()
            .args(["serve", "--listen", &self.listen])
            .args(unlimited)
            .arg(format!("--connections-per-address={}", self.connections))
            .args(self.node_options())
            .args(&self.more)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .expect("boxoffice starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        while let Some(line) = lines.next_line().await.expect("readable output") {
            if line.contains("listening on") {
                self.child = Some(child);
                return;
            }
        }
        panic!("boxoffice ended before it listened: {:?}", child.wait().await);
    }

    /// kill -9: nothing is flushed, nothing says goodbye.
    pub async fn kill(&mut self) {
        self.child.take().expect("a running server").kill().await.expect("killed");
    }

    /// kill -9 of the embedded Postgres: its children follow by themselves.
    pub fn kill_postgres(&self) {
        let file = self.data_dir.join("postgres/cluster/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("Postgres runs");
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw).expect("its id");
        kill_process(pid, Signal::KILL).expect("killed");
    }

    /// Sends the server a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().and_then(Child::id).expect("a running server");
        kill_process(Pid::from_raw(pid.cast_signed()).expect("its id"), signal).expect("sent");
    }

    /// SIGTERM, and the end awaited.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        self.ended().await;
    }

    /// Waits until a server that was asked to stop has ended.
    pub async fn ended(&mut self) {
        let mut child = self.child.take().expect("a running server");
        assert!(child.wait().await.expect("it ends").success(), "a drained server ends with 0");
    }

    /// Another command on the same directory.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().await.expect("boxoffice runs")
    }
}
