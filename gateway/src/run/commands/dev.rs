//! `boxoffice dev`: for developers and `make test`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::run::outcome::Outcome;
use crate::run::postgres::{Cluster, Profile};

/// Runs a command with `DATABASE_URL` naming a private Postgres, stops that with it, and ends with its exit code.
pub async fn postgres(data_dir: PathBuf, durable: bool, command: Vec<OsString>) -> Outcome<ExitCode> {
    let profile = if durable { Profile::Durable } else { Profile::Throwaway };
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&data_dir, profile, None)).await??;
    let (program, arguments) = command.split_first().ok_or("a command is needed")?;
    // Ctrl-C reaches the command by itself; we outlive it
    let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let spawned = Command::new(program).args(arguments).env("DATABASE_URL", cluster.url()).kill_on_drop(true).spawn();
    let mut child = spawned.map_err(|error| format!("{}: {error}", program.display()))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = int.recv() => {}
            _ = term.recv() => child.start_kill()?,
        }
    };
    tokio::task::spawn_blocking(move || cluster.close()).await??;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
