//! No, what?, ouch: a refusal, a request that makes no sense, a failure of ours.

use std::time::Duration;

use crate::refusal::Refusal;

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("the idempotency key was used with another request")]
    KeyReused,
    #[error("a request with this idempotency key is still running")]
    InProgress,
    /// Also what another buyer's hold, order or ticket looks like.
    #[error("there is no such thing")]
    NotFound,
    #[error("too much at once; try again in {retry_after:?}")]
    Busy { retry_after: Duration },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A request that makes no sense: which field, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Invalid {
    pub field: String,
    pub detail: String,
}

impl Invalid {
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

/// We failed; the source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Rows that contradict one another or the code.
    #[error("corrupt {what}: {detail}")]
    Corrupt { what: &'static str, detail: String },
    #[error("gave up after {attempts} attempts: {last}")]
    Exhausted { attempts: u32, last: String },
    /// What failed a pile, told to everyone in it.
    #[error("{0}")]
    PileFailed(String),
    #[error("booking is shutting down")]
    ShuttingDown,
}

impl Fault {
    pub(crate) fn corrupt(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, detail: detail.to_string() }
    }
}

impl From<sqlx::Error> for BookingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(Fault::Database(error))
    }
}
