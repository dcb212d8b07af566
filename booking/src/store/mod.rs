//! Every statement of selling, one file per aggregate. A table's name stands in its own file and in the migrations only.

pub mod allocations;
pub mod area_counts;
pub mod desks;
#[cfg(test)]
pub mod fixture;
pub mod holds;
pub mod houses;
pub mod idempotency;
pub mod journal;
pub mod notices;
pub mod orders;
pub mod payments;
pub mod sale_terms;
pub mod tickets;
pub mod together;

use domain::{Currency, TierId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{ColumnIndex, Row};
use uuid::Uuid;

use crate::error::Fault;

/// An instant as a column.
pub(crate) fn sql(at: Timestamp) -> jiff_sqlx::Timestamp {
    at.to_sqlx()
}

/// Reads a column that is there by the schema's word.
pub(crate) fn col<'r, T, I>(row: &'r PgRow, name: I) -> Result<T, Fault>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    I: ColumnIndex<PgRow>,
{
    Ok(row.try_get(name)?)
}

pub(crate) fn col_id<T: From<Uuid>>(row: &PgRow, name: &str) -> Result<T, Fault> {
    Ok(T::from(col::<Uuid, _>(row, name)?))
}

pub(crate) fn col_at(row: &PgRow, name: &str) -> Result<Timestamp, Fault> {
    Ok(col::<jiff_sqlx::Timestamp, _>(row, name)?.to_jiff())
}

pub(crate) fn col_at_opt(row: &PgRow, name: &str) -> Result<Option<Timestamp>, Fault> {
    Ok(col::<Option<jiff_sqlx::Timestamp>, _>(row, name)?.map(jiff_sqlx::Timestamp::to_jiff))
}

/// Reads a count the schema keeps from being negative.
pub(crate) fn col_count(row: &PgRow, name: &str) -> Result<u32, Fault> {
    u32::try_from(col::<i32, _>(row, name)?).map_err(|_| Fault::corrupt("count", name))
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
