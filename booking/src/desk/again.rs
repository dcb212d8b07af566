//! Why a pile is tried again, and how long is waited before.

use std::time::Duration;

use rand::Rng;

use super::write::NotWritten;
use crate::error::Fault;
use crate::store::{allocations, idempotency};

/// Why an attempt came to nothing. Memory is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Again {
    /// Another node sold much, or the organiser exchanged the seat map.
    #[error("the journal does not lead here")]
    Missed,
    /// The database wants it tried again.
    #[error("{0}")]
    Conflict(String),
    #[error("memory disagrees with {0}")]
    Disagreement(&'static str),
    #[error("keys were decided before")]
    Known,
    #[error(transparent)]
    Fault(Fault),
}

impl Again {
    /// The word of the metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missed => "fence",
            Self::Conflict(_) => "conflict",
            Self::Disagreement(_) => "disagreement",
            Self::Known => "known",
            Self::Fault(_) => "fault",
        }
    }
}

impl From<Fault> for Again {
    fn from(fault: Fault) -> Self {
        match (broken_key(&fault).as_deref(), retryable(&fault)) {
            (Some(allocations::KEY), _) => Self::Disagreement("allocations"),
            (Some(idempotency::KEY), _) => Self::Known,
            (_, Some(code)) => Self::Conflict(code),
            (_, None) => Self::Fault(fault),
        }
    }
}

impl From<NotWritten> for Again {
    fn from(not: NotWritten) -> Self {
        match not {
            NotWritten::Disagreement(table) => Self::Disagreement(table),
            NotWritten::Fault(fault) => fault.into(),
        }
    }
}

/// The unique key that a row would have broken.
fn broken_key(fault: &Fault) -> Option<String> {
    let Fault::Database(sqlx::Error::Database(error)) = fault else { return None };
    error.is_unique_violation().then(|| error.constraint().map(str::to_owned)).flatten()
}

/// Serialization failure, deadlock, out of predicate locks; and a connection that broke, maybe in the middle of COMMIT: the fence and
/// the stored outcomes tell what became of it.
fn retryable(fault: &Fault) -> Option<String> {
    let Fault::Database(error) = fault else { return None };
    match error {
        sqlx::Error::Database(error) => {
            error.code().filter(|code| matches!(&**code, "40001" | "40P01" | "53200" | "57P01")).map(Into::into)
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => Some("connection".to_owned()),
        _ => None,
    }
}

/// Anything up to 1 ms doubled with each attempt, at most 64 ms: by chance, so that two nodes do not keep step, and from nothing on, so
/// that the one that lost has a chance to be first next time.
pub fn backoff(attempt: u32) -> Duration {
    let full = Duration::from_millis(1 << attempt.min(6));
    full.mul_f64(rand::rng().random_range(0.0..1.0))
}
