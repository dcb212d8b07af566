//! Why a pile is tried again, and how long is waited before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::write::NotWritten;
use crate::error::Fault;
use crate::store::{allocations, idempotency, orders, pass_uses};

/// Why an attempt came to nothing. Memory is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Again {
    /// Another node sold much, or the organiser exchanged the seat map.
    #[error("the journal does not lead here")]
    Missed,
    /// The database wants it tried again.
    #[error("{0}")]
    Conflict(String),
    /// The database is away, full, or does not answer. If that came in the middle of COMMIT, the keys tell what became of it.
    #[error("the database is away: {0}")]
    Away(String),
    /// Tables and memory disagree.
    #[error("memory disagrees with {0}")]
    Disagreement(&'static str),
    /// An order's number was taken by another order.
    #[error("two orders have one number")]
    Number,
    /// Some keys were decided before, at another event.
    #[error("keys were decided before")]
    Known,
    /// The event is another node's: its lease has another epoch than this desk's.
    #[error("the event is another node's")]
    NotOwner,
    #[error(transparent)]
    Fault(Fault),
}

impl Again {
    /// The word of the metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missed => "fence",
            Self::Conflict(_) => "conflict",
            Self::Away(_) => "away",
            Self::Disagreement(_) => "disagreement",
            Self::Number => "number",
            Self::Known => "known",
            Self::NotOwner => "not_owner",
            Self::Fault(_) => "fault",
        }
    }
}

impl From<Fault> for Again {
    fn from(fault: Fault) -> Self {
        let Fault::Database(error) = &fault else { return Self::Fault(fault) };
        match (broken_key(error), pg::away(error)) {
            (Some(allocations::KEY), _) => Self::Disagreement("allocations"),
            (Some(pass_uses::KEY), _) => Self::Disagreement("pass_uses"),
            (Some(orders::NUMBER), _) => Self::Number,
            (Some(key), _) if key.starts_with(idempotency::KEYS) => Self::Known,
            _ if broken_check(error) => Self::Disagreement("a CHECK"),
            (_, Some(why)) => Self::Away(why),
            (_, None) if pg::retryable(error) => Self::Conflict(error.to_string()),
            (_, None) => Self::Fault(fault),
        }
    }
}

impl From<NotWritten> for Again {
    fn from(not: NotWritten) -> Self {
        match not {
            NotWritten::Passed => Self::Missed,
            NotWritten::Disagreement(table) => Self::Disagreement(table),
            NotWritten::Fault(fault) => fault.into(),
        }
    }
}

/// The unique key that a row would have broken.
fn broken_key(error: &sqlx::Error) -> Option<&str> {
    let error = error.as_database_error()?;
    error.is_unique_violation().then(|| error.constraint()).flatten()
}

/// Whether a row would have broken what the schema checks: memory allowed what cannot be.
fn broken_check(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_check_violation())
}

/// How often piles of this node were tried again, and why.
#[derive(Debug, Default)]
pub struct Tally {
    pub missed: AtomicU64,
    pub conflicts: AtomicU64,
    pub rebuilds: AtomicU64,
}

impl Tally {
    pub fn again(&self, again: &Again) {
        metrics::counter!("booking_retries_total", "reason" => again.reason()).increment(1);
        match again {
            Again::Missed => self.missed.fetch_add(1, Ordering::Relaxed),
            Again::Conflict(_) => self.conflicts.fetch_add(1, Ordering::Relaxed),
            Again::Away(_) | Again::Disagreement(_) | Again::Number | Again::Known | Again::NotOwner | Again::Fault(_) => 0,
        };
    }
}

/// Does something with the database, which may not answer at all.
pub async fn within<T, E: Into<Again>>(until: Instant, work: impl Future<Output = Result<T, E>>) -> Result<T, Again> {
    match tokio::time::timeout_at(until, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Again::Away("no answer in time".to_owned())),
    }
}

/// Anything up to 1 ms doubled with each attempt, at most 64 ms, or 1 s where the database is `away`: by chance, so that two nodes do
/// not keep step, and from nothing on, so that the one that lost has a chance to be first next time.
pub fn backoff(attempt: u32, away: bool) -> Duration {
    let full = Duration::from_millis(if away { 32 << attempt.min(5) } else { 1 << attempt.min(6) });
    full.mul_f64(rand::rng().random_range(0.0..1.0))
}
