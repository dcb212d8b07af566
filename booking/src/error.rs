//! No, what?, ouch: a refusal, a request that makes no sense, a failure of ours.

use std::time::Duration;

use domain::Invalid;

use crate::rules::corrupt::Corrupt;
use crate::rules::denial::Denial;
use crate::rules::refusal::Refusal;

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
    /// One address or one buyer has as much as may be held at once.
    #[error("too much is held at once; try again in {retry_after:?}")]
    TooManyHolds { retry_after: Duration },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl BookingError {
    /// Whether nothing is wrong but that the database cannot do now what it was asked.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Fault(Fault::Database(error)) => pg::away(error).is_some(),
            Self::Fault(Fault::Unowned(_)) => true,
            _ => false,
        }
    }
}

impl From<Denial> for BookingError {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Refused(refusal) => refusal.into(),
            Denial::Invalid(invalid) => invalid.into(),
            Denial::NotFound | Denial::Gone => Self::NotFound,
            Denial::Corrupt(corrupt) => Self::Fault(corrupt.into()),
        }
    }
}

/// We failed; the source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// `in_time`: the attempts were used up before the patience was, so that a smaller pile may still do better.
    #[error("gave up after {attempts} attempts: {last}")]
    Exhausted { attempts: u32, last: String, in_time: bool },
    /// What failed a pile, told to everyone in it.
    #[error("{0}")]
    PileFailed(String),
    /// The event was deleted while its desk was open.
    #[error("the event is gone")]
    Gone,
    #[error("booking is shutting down")]
    ShuttingDown,
    /// The event has become another node's before this was decided.
    #[error("the event is another node's")]
    NotOwner,
    /// The node that has the event takes no commands from this one.
    #[error("the node that has the event refuses what it is sent (do all nodes have the same secret and version?): {0}")]
    Refused(String),
    /// Whose the event is cannot be said now.
    #[error("it is not known whose the event is: {0}")]
    Unowned(String),
    #[error("a look for the best seats broke off: {0}")]
    LookBroken(#[from] tokio::task::JoinError),
}

impl Fault {
    pub(crate) fn corrupt(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Corrupt(Corrupt::new(what, detail))
    }
}

impl From<lease::Fault> for BookingError {
    fn from(fault: lease::Fault) -> Self {
        match fault {
            lease::Fault::Database(error) => error.into(),
            lease::Fault::Lost => Fault::Unowned(fault.to_string()).into(),
        }
    }
}

impl From<sqlx::Error> for BookingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(Fault::Database(error))
    }
}
