//! Columns as the model's types: instants, places, counts.

use domain::Place;
use jiff::Timestamp;
use sqlx::{Row, postgres::PgRow};

pub(super) fn instant(row: &PgRow, column: &str) -> sqlx::Result<Timestamp> {
    Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
}

pub(super) fn maybe_instant(row: &PgRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<jiff_sqlx::Timestamp>, _>(column)?.map(jiff_sqlx::Timestamp::to_jiff))
}

pub(super) fn place(row: &PgRow, lat: &str, lon: &str) -> sqlx::Result<Option<Place>> {
    let (lat, lon): (Option<f64>, Option<f64>) = (row.try_get(lat)?, row.try_get(lon)?);
    Ok(lat.zip(lon).and_then(|(lat, lon)| Place::new(lat, lon)))
}

/// A column that its CHECK keeps from being negative.
pub(super) fn natural(row: &PgRow, column: &str) -> sqlx::Result<u32> {
    u32::try_from(row.try_get::<i32, _>(column)?).map_err(|fault| decode(column, fault))
}

pub(super) fn maybe_natural(row: &PgRow, column: &str) -> sqlx::Result<Option<u32>> {
    let value: Option<i32> = row.try_get(column)?;
    value.map(|value| u32::try_from(value).map_err(|fault| decode(column, fault))).transpose()
}

pub(super) fn total(row: &PgRow, column: &str) -> sqlx::Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|fault| decode(column, fault))
}

/// A row that the schema should have refused.
pub(super) fn decode(column: &str, fault: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: fault.into() }
}

/// As Postgres takes it.
pub(super) fn bind(at: Timestamp) -> jiff_sqlx::Timestamp {
    jiff_sqlx::ToSqlx::to_sqlx(at)
}

/// A count as Postgres' integer; what is larger than one fits nowhere in the schema.
pub(super) fn integer(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
