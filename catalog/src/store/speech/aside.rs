//! Indexes that are put aside while many rows come.

use sqlx::{AssertSqlSafe, PgConnection};

/// Indexes that are put aside until they come [`back`](Self::back): built behind many rows at once they cost a quarter of what they cost
/// row by row.
#[derive(Debug)]
#[must_use = "an index that does not come back is gone when the transaction ends"]
pub struct Aside {
    /// What makes each again.
    made: Vec<String>,
}

impl Aside {
    /// Takes     `tables`: whose they are, in the order in which others lock them; `indexes`: their names.
    /// Cost      nobody else reads or writes their tables until the transaction ends: for those that are empty yet.
    pub(crate) async fn put(conn: &mut PgConnection, tables: &'static str, indexes: &[&'static str]) -> sqlx::Result<Self> {
        // first: whoever else puts them aside is waited for, and has them back by then
        let lock = format!("-- aside.lock\nLOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *conn).await?;
        let statement = "-- aside.made\nSELECT pg_get_indexdef(to_regclass(name)) FROM unnest($1::text[]) AS name";
        let made = sqlx::query_scalar(statement).bind(indexes).fetch_all(&mut *conn).await?;
        for index in indexes {
            sqlx::raw_sql(AssertSqlSafe(format!("-- aside.put\nDROP INDEX {index}"))).execute(&mut *conn).await?;
        }
        Ok(Self { made })
    }

    /// Builds the indexes again as they were.
    pub async fn back(self, conn: &mut PgConnection) -> sqlx::Result<()> {
        for statement in self.made {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
        }
        Ok(())
    }
}
