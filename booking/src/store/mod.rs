//! Every statement of selling, one file per aggregate. A table's name stands in its own file and in the migrations only.

pub mod allocations;
pub mod area_counts;
pub mod audit;
pub mod checkpoints;
pub mod desks;
#[cfg(test)]
pub mod fixture;
pub mod holds;
pub mod houses;
pub mod idempotency;
pub mod journal;
pub mod looks;
pub mod pass_uses;
mod purchases;
pub mod sale_terms;
pub mod together;
pub mod waitlist;

pub use purchases::{captures, notices, orders, payments, prints, refunds, tickets};

use domain::{Currency, TierId};
use jiff::Timestamp;
use pg::column;
use sqlx::ColumnIndex;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Fault;

/// An instant as a column.
pub(crate) fn sql(at: Timestamp) -> jiff_sqlx::Timestamp {
    column::bind(at)
}

/// Reads a column that is there by the schema's word.
pub(crate) fn col<'r, T, I>(row: &'r PgRow, name: I) -> Result<T, Fault>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    I: ColumnIndex<PgRow>,
{
    Ok(column::get(row, name)?)
}

pub(crate) fn col_id<T: From<Uuid>>(row: &PgRow, name: &str) -> Result<T, Fault> {
    Ok(column::id(row, name)?)
}

pub(crate) fn col_at(row: &PgRow, name: &str) -> Result<Timestamp, Fault> {
    Ok(column::instant(row, name)?)
}

pub(crate) fn col_at_opt(row: &PgRow, name: &str) -> Result<Option<Timestamp>, Fault> {
    Ok(column::maybe_instant(row, name)?)
}

/// Reads a count the schema keeps from being negative.
pub(crate) fn col_count(row: &PgRow, name: &str) -> Result<u32, Fault> {
    Ok(column::count(row, name)?)
}

/// Reads a word of an enum.
pub(crate) fn col_word<T>(row: &PgRow, name: &'static str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
    let word: &str = col(row, name)?;
    parse(word).ok_or_else(|| Fault::corrupt(name, word))
}

pub(crate) fn col_word_opt<T>(row: &PgRow, name: &'static str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
    let word: Option<&str> = col(row, name)?;
    word.map(|word| parse(word).ok_or_else(|| Fault::corrupt(name, word))).transpose()
}

pub(crate) fn col_currency(row: &PgRow, name: &'static str) -> Result<Currency, Fault> {
    col::<&str, _>(row, name)?.parse().map_err(|error| Fault::corrupt(name, error))
}

pub(crate) fn col_tiers(row: &PgRow, name: &'static str) -> Result<Vec<TierId>, Fault> {
    let letters: &str = col(row, name)?;
    letters.chars().map(|letter| TierId::try_from(letter).map_err(|error| Fault::corrupt(name, error))).collect()
}
