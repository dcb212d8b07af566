//! No, what?, ouch: a refusal, a request that makes no sense, a failure of ours.

use std::time::Duration;

use domain::Invalid;

use crate::rules::refusal::Refusal;

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Also what a forged token, and another organiser's event, look like.
    #[error("there is no such thing")]
    NotFound,
    #[error("too much at once; try again in {retry_after:?}")]
    Busy { retry_after: Duration },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// We failed; the source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("corrupt {what}: {detail}")]
    Corrupt { what: &'static str, detail: String },
    /// Another start of the queue has the event.
    #[error("the queue has another owner")]
    Fenced,
    #[error("the queue is shutting down")]
    ShuttingDown,
}

impl Fault {
    pub(crate) fn corrupt(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, detail: detail.to_string() }
    }

    /// Whether another try may do better, the database being away or having said so.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Database(error) if pg::retryable(error) || pg::away(error).is_some())
    }
}

impl QueueError {
    /// Whether nothing is wrong but that the database cannot do now what it was asked.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Fault(Fault::Database(error)) if pg::away(error).is_some())
    }

    /// Who asks again in a moment finds the queue elsewhere, or open again.
    pub(crate) fn again() -> Self {
        Self::Busy { retry_after: Duration::from_secs(1) }
    }
}

impl From<lease::Fault> for QueueError {
    fn from(fault: lease::Fault) -> Self {
        match fault {
            lease::Fault::Database(error) => Fault::from(error).into(),
            lease::Fault::Lost => Self::again(),
        }
    }
}

impl From<sqlx::Error> for QueueError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(Fault::Database(error))
    }
}
