//! Catalogue files into Postgres: NDJSON or CSV, plain or zstd, all or nothing a file.
//!
//! ```text
//!  file ─► decode, parse, check (a blocking thread) ─► bounded channel ─► resolve references, COPY what is new,
//!                                                                         update what differs (one transaction) ─► commit
//! ```
//!
//! A file's `id` is kept as `external_id`; references (`venue_id`, `series_id`, `performers[].id`) are external ids too. A bad line
//! stops the writing, not the reading: every bad line is reported, and nothing of the file stays.

mod draft;
mod reader;
mod report;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};

use domain::{Actor, Clock};
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;

use crate::model::Kind;
use crate::store;
use crate::store::audit::Entry;
use reader::Batch;
use report::BadLines;
use writer::Writer;

pub use report::{BadLine, ImportReport, MAX_LINES, MAX_REPORTED, Progress};
pub use source::MAX_LINE_BYTES;

/// From this many written records on, the planner's statistics are renewed at once.
const ANALYZE_FROM: u64 = 5_000;

/// Why nothing of a file was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}: cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: neither its name nor its first record says of what kind it is; say --kind", file.display())]
    UnknownKind { file: PathBuf },
    /// Some lines are bad: the first [`MAX_REPORTED`], and how many there are.
    #[error("{}: {total} bad lines, nothing was imported", file.display())]
    BadLines { file: PathBuf, total: u64, lines: Vec<BadLine> },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Imports one file in one transaction.
///
/// Takes     `kind`: guessed from the file's name or first record when absent; cities cannot be imported alone.
/// Gives     counts; the same file again changes nothing: no version moves, the change feed stays silent.
/// Refuses   bad_lines, with file, line and field: nothing of the file is written.
/// Cost      COPY for new records, one set-based update for known ones; at most four batches of lines in memory.
pub async fn import_file(
    pool: &PgPool,
    clock: &Clock,
    path: &Path,
    kind: Option<Kind>,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<ImportReport, ImportError> {
    let kind = known_kind(path, kind).await?;
    let mut batches = start_reader(path, kind);
    let mut bad = BadLines::default();
    let mut lines = 0;
    let mut tx = pg::begin(pool).await?;
    let mut writer = Writer::new(clock.clone());
    while let Some(batch) = batches.recv().await {
        let batch = batch.map_err(|source| ImportError::Unreadable { file: path.to_owned(), source })?;
        lines = batch.progress.lines;
        bad.extend(batch.bad);
        writer.write(&mut tx, batch.drafts, &mut bad).await?;
        progress(batch.progress);
    }
    if bad.total > 0 {
        return Err(ImportError::BadLines { file: path.to_owned(), total: bad.total, lines: bad.sorted() });
    }
    if writer.created + writer.changed >= ANALYZE_FROM {
        store::analyze(&mut tx).await?;
    }
    tell(&mut tx, path, kind, &writer).await?;
    tx.commit().await?;
    let (created, changed) = (writer.created, writer.changed);
    Ok(ImportReport { kind, lines, created, changed, unchanged: writer.records - created - changed })
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
fn start_reader(path: &Path, kind: Kind) -> mpsc::Receiver<std::io::Result<Batch>> {
    let (batches, receiver) = mpsc::channel(2);
    let file = path.to_owned();
    tokio::task::spawn_blocking(move || {
        if let Err(fault) = reader::read(&file, kind, &batches) {
            // The receiver may be gone already; then nobody wants to know.
            let _ = batches.blocking_send(Err(fault));
        }
    });
    receiver
}
