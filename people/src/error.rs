//! What can fail in knowing people.

/// We failed; the source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}
