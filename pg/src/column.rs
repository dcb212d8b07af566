//! Columns as values: instants, ids, counts, words of enums. A value that the schema should have refused is a decoding error that names
//! its column.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{ColumnIndex, Decode, Postgres, Row, Type};
use uuid::Uuid;

/// An instant as Postgres takes it.
pub fn bind(at: Timestamp) -> jiff_sqlx::Timestamp {
    at.to_sqlx()
}

/// Reads a column of a type that sqlx knows.
pub fn get<'r, T, I>(row: &'r PgRow, column: I) -> sqlx::Result<T>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
    I: ColumnIndex<PgRow>,
{
    row.try_get(column)
}

/// Reads an id as its own type.
pub fn id<T: From<Uuid>>(row: &PgRow, column: &str) -> sqlx::Result<T> {
    Ok(T::from(row.try_get::<Uuid, _>(column)?))
}

/// Reads an id that may be absent.
pub fn maybe_id<T: From<Uuid>>(row: &PgRow, column: &str) -> sqlx::Result<Option<T>> {
    Ok(row.try_get::<Option<Uuid>, _>(column)?.map(T::from))
}

/// Reads an instant.
pub fn instant(row: &PgRow, column: &str) -> sqlx::Result<Timestamp> {
    Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
}

/// Reads an instant that may be absent.
pub fn maybe_instant(row: &PgRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<jiff_sqlx::Timestamp>, _>(column)?.map(jiff_sqlx::Timestamp::to_jiff))
}

/// Reads a count that its CHECK keeps from being negative.
pub fn count(row: &PgRow, column: &str) -> sqlx::Result<u32> {
    u32::try_from(row.try_get::<i32, _>(column)?).map_err(|fault| decode(column, fault))
}

/// Reads a count that may be absent.
pub fn maybe_count(row: &PgRow, column: &str) -> sqlx::Result<Option<u32>> {
    let value: Option<i32> = row.try_get(column)?;
    value.map(|value| u32::try_from(value).map_err(|fault| decode(column, fault))).transpose()
}

/// Reads a total: a `bigint` that is never negative.
pub fn total(row: &PgRow, column: &str) -> sqlx::Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|fault| decode(column, fault))
}

/// Reads a word of an enum.
pub fn word<T>(row: &PgRow, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> sqlx::Result<T> {
    let word: &str = row.try_get(column)?;
    parse(word).ok_or_else(|| decode(column, format!("{word:?} is no word of ours")))
}

/// A count as Postgres' integer; what is larger than one fits nowhere in the schema.
pub fn integer(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// The error of a row that the schema should have refused.
pub fn decode(column: &str, fault: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: fault.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::PgPool;

    async fn row(pool: &PgPool, expression: &str) -> PgRow {
        let statement = format!("SELECT {expression} AS it");
        sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_one(pool).await.expect("a row")
    }

    #[sqlx::test(migrations = false)]
    async fn a_column_is_read_as_its_value_or_refused_by_name(pool: PgPool) {
        let at: Timestamp = "2027-03-12T12:00:00.123456Z".parse().expect("an instant");
        assert_eq!(instant(&row(&pool, "'2027-03-12T12:00:00.123456Z'::timestamptz").await, "it").ok(), Some(at));
        assert_eq!(maybe_instant(&row(&pool, "NULL::timestamptz").await, "it").ok(), Some(None));
        assert_eq!(count(&row(&pool, "7").await, "it").ok(), Some(7));
        assert_eq!(total(&row(&pool, "7::bigint").await, "it").ok(), Some(7));
        assert_eq!(maybe_count(&row(&pool, "NULL::integer").await, "it").ok(), Some(None));
        let parse = |word: &str| (word == "yes").then_some(true);
        assert_eq!(word(&row(&pool, "'yes'").await, "it", parse).ok(), Some(true));
        for wrong in [count(&row(&pool, "-1").await, "it").err(), word(&row(&pool, "'no'").await, "it", parse).err()] {
            assert!(wrong.expect("refused").to_string().contains("column it"));
        }
    }
}
