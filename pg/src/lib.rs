//! What every store says to PostgreSQL in the same way: columns as values, and a transaction that is tried again.
//!
//! It knows no table and no noun of ours: a store reads its rows with [`mod@column`] and keeps its own statements.

pub mod column;
mod transaction;

pub use transaction::{Retry, Work, away, begin, begin_briefly, begin_with, retryable, transaction};
