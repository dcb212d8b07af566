//! Why there is no Postgres.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum PostgresFault {
    #[error(
        "no PostgreSQL programs found{wanted}: install them (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install \
         postgresql-server), name their folder with --postgres-bin, or name a running server with --database-url"
    )]
    NoPrograms { wanted: String },
    #[error("as root Postgres needs an unprivileged user, and neither `postgres` nor `nobody` is in /etc/passwd")]
    NoUser,
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{program} failed: {output}")]
    Program { program: String, output: String },
    #[error("Postgres did not start; its log {log} ends with:\n{tail}")]
    Start { log: PathBuf, tail: String },
    #[error("Postgres (process {pid}) did not stop")]
    Stop { pid: i32 },
    #[error("{path} is not a folder of ours: {detail}; remove it or choose another --data-dir")]
    Foreign { path: PathBuf, detail: String },
}

impl PostgresFault {
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> PostgresFault + '_ {
        move |source| PostgresFault::File { path: path.to_owned(), source }
    }
}
