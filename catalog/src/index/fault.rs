//! What can go wrong with an index on disk.

use std::path::PathBuf;

/// We failed; the caller's request was fine.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the search index in {path} is torn ({detail}); `boxoffice reindex` builds a new one")]
    Torn { path: PathBuf, detail: String },
    #[error("the search index in {path} was made by another version of this program; `boxoffice reindex` builds a new one")]
    Version { path: PathBuf },
    #[error(
        "what {url} publishes is torn ({detail}); what was live stays live, `boxoffice reindex --index-store {url}` publishes anew"
    )]
    Store { url: String, detail: String },
    #[error("{path} is being written by another process; wait for it or stop it")]
    Locked { path: PathBuf },
    #[error("reading the catalogue: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the new index holds {indexed} {kind} documents but the database {stored}")]
    Counts { kind: &'static str, indexed: u64, stored: u64 },
    #[error("the new index does not find {count} of {asked} names that the live one finds ({names})")]
    Lost { count: u64, asked: u64, names: String },
    #[error("nothing can be written to {path} any more: {source}")]
    Full { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Internal(String),
}

impl Fault {
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

impl From<std::io::Error> for Fault {
    fn from(source: std::io::Error) -> Self {
        Self::Index(source.into())
    }
}
