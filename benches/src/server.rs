//! Starting and stopping the programs that are measured.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::store;

/// A running `boxoffice serve` (or the same server with the bench-only path), killed when dropped.
pub struct Server {
    pub address: String,
    pub pid: u32,
    /// From the start of the process to the line "listening on".
    pub ready_after: Duration,
    child: Child,
}

/// The program beside this one.
pub fn boxoffice() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("boxoffice");
    if path.exists() {
        Ok(path)
    } else {
        bail!("{} is missing: build it with `cargo build --release -p gateway`", path.display())
    }
}

impl Server {
    /// The demo catalogue in a data directory, served with nothing limited.
    pub async fn demo(dir: &Path) -> Result<Self> {
        let demo = ["demo", "--data-dir", text(dir)?, "--listen", "127.0.0.1:0"];
        Self::start(&boxoffice()?, &[&demo[..], &store::UNLIMITED[..]].concat()).await
    }

    /// Starts `program` with the arguments and waits until it says where it listens.
    pub async fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let watch = Stopwatch::start();
        let mut child = Command::new(program).args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().context("its standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            match lines.next_line().await? {
                Some(line) if line.contains("listening on http://") => {
                    break line.rsplit("http://").next().unwrap_or_default().trim().to_owned();
                }
                Some(_) => {}
                None => bail!("{} {arguments:?} ended before it listened", program.display()),
            }
        };
        let ready_after = watch.elapsed();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, pid: child.id().context("its process id")?, ready_after, child })
    }

    /// kill -9: nothing is flushed, nothing says goodbye.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop (SIGTERM) and waits.
    pub async fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await.context("it did not stop within a minute")??;
        Ok(())
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

/// Runs a program to its end and gives how long it took and its peak of resident memory in KiB.
pub async fn measure(program: &Path, arguments: &[&str]) -> Result<(Duration, u64)> {
    let watch = Stopwatch::start();
    let mut child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn()?;
    let pid = child.id().context("its process id")?;
    let mut peak = 0;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status?;
                if !status.success() {
                    bail!("{} {arguments:?}: {status}", program.display());
                }
                return Ok((watch.elapsed(), peak));
            }
            _ = tick.tick() => peak = peak.max(crate::machine::process_kib(pid, "RssAnon").unwrap_or(0)),
        }
    }
}
