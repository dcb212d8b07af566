//! Catalogue files into Postgres: NDJSON or CSV, plain or zstd, all or nothing a file.
//!
//! ```text
//!  file ─► decode, parse, check ─► references, what is known ─► COPY what is new, update what differs ─► commit
//!          (a blocking thread)     (a connection of its own)    (one transaction)
//! ```
//!
//! The three work at the same time, with one batch between each two of them; what they remember is bounded, whatever the file's length.
//! Where there are no events yet, indexes of events and bills are built at the end.
//!
//! A file's `id` is kept as `external_id`, beside its `source`: ids of one source never stand for another's, nor does what another
//! organiser calls so. References (`venue_id`, `series_id`, `performers[].id`) are external ids too: the own source's, else those without a
//! source, else the only ones. A bad line stops the writing, not the reading: every bad line is reported, and nothing of the file stays.

mod draft;
mod reader;
mod report;
mod resolver;
mod seen;
mod shape;
mod source;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whose;
mod writer;

use std::path::{Path, PathBuf};

use domain::{Actor, Clock};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::mpsc;

use crate::model::Kind;
use crate::store;
use crate::store::audit::Entry;
use crate::write::check;
use reader::Batch;
use report::{BadLines, bad_lines};
use resolver::{Resolved, Resolver};
use writer::Writer;

pub use report::{BadLine, ImportReport, MAX_REPORTED, Progress};
pub use source::MAX_LINE_BYTES;

/// From this many written records on, the planner's statistics are renewed at once.
const ANALYZE_FROM: u64 = 5_000;
/// From this many events in its first batch on, a file has many.
const MANY: usize = 500;

/// What is said of a file beside what it says itself.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// What it holds.
    pub kind: Option<Kind>,
    /// Who calls its records so, where they do not say it themselves: ids of one source never stand for another's.
    pub source: String,
}

/// Why nothing of a file was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}: cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: neither its name nor its first record says of what kind it is; say --kind", file.display())]
    UnknownKind { file: PathBuf },
    /// Some lines are bad: the first [`MAX_REPORTED`], and how many there are.
    #[error("{}: {}, nothing was imported", file.display(), bad_lines(*total))]
    BadLines { file: PathBuf, total: u64, lines: Vec<BadLine> },
    #[error("the name of the source {detail}")]
    Source { detail: String },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Imports one file in one transaction.
///
/// Takes     `options.kind`: guessed from the file's name or first record when absent; cities cannot be imported alone.
/// Gives     counts; the same file again changes nothing: no version moves, the change feed stays silent.
/// Refuses   bad_lines, with file, line and field: nothing of the file is written.
/// Cost      COPY for new records, one set-based update for known ones; two connections; at most some 200 MiB, however long the file.
pub async fn import_file(
    pool: &PgPool,
    clock: &Clock,
    path: &Path,
    options: ImportOptions,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<ImportReport, ImportError> {
    let ImportOptions { kind, source } = options;
    check::source(&source).map_err(|invalid| ImportError::Source { detail: invalid.detail })?;
    let kind = known_kind(path, kind).await?;
    let mut conn = pool.acquire().await?;
    let mut read = start_reader(path, kind, source);
    let first = read.recv().await;
    let brings_many = first.as_ref().is_some_and(|first| first.as_ref().is_ok_and(|batch| batch.drafts.events() >= MANY));
    // asked before the transaction begins: two that come at once would else each keep the other from locking
    let (mut run, first_of_all) = Run::begin(pool, clock, brings_many && store::events::is_empty(&mut conn).await?).await?;
    let resolver = Resolver::new(conn, clock.clone(), first_of_all);
    let mut batches = start_resolver(resolver, first, read, path);
    let mut so_far = Progress::default();
    let mut whole = false;
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        (so_far, whole) = (batch.progress, batch.last);
        run.take(batch).await?;
        progress(so_far);
    }
    if !whole {
        return Err(ImportError::Unreadable { file: path.to_owned(), source: std::io::Error::other("the reading broke off") });
    }
    let writer = run.end(path, kind).await?;
    let (created, changed) = (writer.created, writer.changed);
    Ok(ImportReport { kind, lines: so_far.lines, created, changed, unchanged: writer.records - created - changed })
}

/// One file on its way into the database.
struct Run {
    tx: Transaction<'static, Postgres>,
    writer: Writer,
    bad: BadLines,
    /// Why the database took no more, when an id was there already: on a line before, as the reader tells at the end, or written meanwhile.
    refused: Option<sqlx::Error>,
}

impl Run {
    /// Takes     `alone`: whether to keep others out, since these are likely to be the first events of all.
    /// Gives     whether they are.
    async fn begin(pool: &PgPool, clock: &Clock, alone: bool) -> sqlx::Result<(Self, bool)> {
        let (mut tx, mut writer, mut first_of_all) = (pg::begin(pool).await?, Writer::new(clock.clone()), false);
        if alone {
            first_of_all = writer.first_of_all(&mut tx).await?;
            if !first_of_all {
                tx.rollback().await?;
                tx = pg::begin(pool).await?;
            }
        }
        Ok((Self { tx, writer, bad: BadLines::default(), refused: None }, first_of_all))
    }

    /// Writes a batch, as long as nothing is bad.
    async fn take(&mut self, batch: Resolved) -> Result<(), ImportError> {
        self.bad.extend(batch.bad);
        if self.bad.total > 0 || self.refused.is_some() {
            return Ok(());
        }
        match self.writer.write(&mut self.tx, batch.rows).await {
            Err(fault) if fault.as_database_error().is_some_and(|told| told.is_unique_violation()) => self.refused = Some(fault),
            written => written?,
        }
        Ok(())
    }

    /// Commits, if there is nothing bad.
    async fn end(mut self, path: &Path, kind: Kind) -> Result<Writer, ImportError> {
        if self.bad.total > 0 {
            return Err(ImportError::BadLines { file: path.to_owned(), total: self.bad.total, lines: self.bad.sorted() });
        }
        if let Some(fault) = self.refused {
            return Err(fault.into());
        }
        self.writer.end(&mut self.tx).await?;
        if self.writer.created + self.writer.changed >= ANALYZE_FROM {
            store::analyze(&mut self.tx).await?;
        }
        tell(&mut self.tx, path, kind, &self.writer).await?;
        self.tx.commit().await?;
        Ok(self.writer)
    }
}

/// One line of the audit log a file: a line a record would be the file again.
async fn tell(conn: &mut PgConnection, path: &Path, kind: Kind, writer: &Writer) -> sqlx::Result<()> {
    if writer.created + writer.changed == 0 {
        return Ok(());
    }
    let by = Actor::house();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let after = serde_json::json!({ "kind": kind.as_str(), "created": writer.created, "changed": writer.changed });
    let entry = Entry {
        organiser: by.organiser,
        action: "catalogue.import",
        subject: format!("file {name}"),
        event: None,
        before: None,
        after: Some(after),
    };
    store::audit::append(conn, &by, entry).await
}

async fn known_kind(path: &Path, kind: Option<Kind>) -> Result<Kind, ImportError> {
    let file = path.to_owned();
    let guess = move || match kind {
        Some(kind) => Ok(Some(kind)),
        None => source::guess_kind(&file),
    };
    let guessed = tokio::task::spawn_blocking(guess).await.unwrap_or_else(|fault| Err(std::io::Error::other(fault)));
    let guessed = guessed.map_err(|source| ImportError::Unreadable { file: path.to_owned(), source })?;
    guessed.filter(|kind| Kind::INDEXED.contains(kind)).ok_or_else(|| ImportError::UnknownKind { file: path.to_owned() })
}

/// Reads on its own thread; dropping the receiver ends it.
fn start_reader(path: &Path, kind: Kind, from: String) -> mpsc::Receiver<std::io::Result<Batch>> {
    let (batches, receiver) = mpsc::channel(1);
    let file = path.to_owned();
    tokio::task::spawn_blocking(move || {
        if let Err(fault) = reader::read(&file, kind, &from, &batches) {
            // The receiver may be gone already; then nobody wants to know.
            let _ = batches.blocking_send(Err(fault));
        }
    });
    receiver
}

/// Resolves in a task of its own; dropping the receiver ends it.
fn start_resolver(
    mut resolver: Resolver,
    first: Option<std::io::Result<Batch>>,
    mut batches: mpsc::Receiver<std::io::Result<Batch>>,
    path: &Path,
) -> mpsc::Receiver<Result<Resolved, ImportError>> {
    let (resolved, receiver) = mpsc::channel(1);
    let file = path.to_owned();
    tokio::spawn(async move {
        let mut batch = first;
        while let Some(read) = batch {
            let next = match read {
                Ok(batch) => resolver.resolve(batch).await.map_err(ImportError::from),
                Err(source) => Err(ImportError::Unreadable { file: file.clone(), source }),
            };
            if resolved.send(next).await.is_err() {
                return;
            }
            batch = batches.recv().await;
        }
    });
    receiver
}
