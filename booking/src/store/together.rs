//! Several tables written by one statement: a pile waits for the database once instead of once a table.

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, PgConnection, Postgres, Type};

use crate::error::Fault;

/// Statements that become the parts of one `WITH`: all happen or none does, in no order. So no two may touch the same row, and a part
/// sees of the others only what they return.
#[derive(Default)]
pub struct Together {
    text: String,
    arguments: PgArguments,
    /// Arguments of the parts before the last one.
    shift: usize,
}

impl Together {
    /// Adds a statement, whose placeholders count from $1, and whose arguments follow by [`Together::bind`].
    ///
    /// Takes     `name`: what later parts call the rows it returns.
    pub fn part(&mut self, name: &str, statement: &str) -> &mut Self {
        self.shift = self.arguments.len();
        self.text.push_str(if self.text.is_empty() { "WITH " } else { ")\n, " });
        self.text.push_str(name);
        self.text.push_str(" AS (");
        self.push_shifted(statement);
        self
    }

    pub fn bind<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: T) -> Result<&mut Self, Fault> {
        self.arguments.add(value).map_err(sqlx::Error::Encode)?;
        Ok(self)
    }

    /// Writes everything. Gives the `version` that a part returned in its one row.
    ///
    /// Takes     `gives`: that part's name, if one gives a version.
    #[tracing::instrument(name = "db.together", level = "debug", skip_all)]
    pub async fn write(mut self, db: &mut PgConnection, gives: Option<&str>) -> Result<Option<i64>, Fault> {
        if self.text.is_empty() {
            return Ok(None);
        }
        match gives {
            Some(part) => self.text.push_str(&format!(")\nSELECT version FROM {part}")),
            None => self.text.push_str(")\nSELECT 0 WHERE false"),
        }
        Ok(sqlx::query_scalar_with(AssertSqlSafe(self.text), self.arguments).fetch_optional(db).await?)
    }

    /// Appends a statement with its placeholders counted on from those before.
    fn push_shifted(&mut self, statement: &str) {
        let mut pieces = statement.split('$');
        self.text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = piece.split_at(digits);
            match number.parse::<usize>() {
                Ok(number) => self.text.push_str(&format!("${}{rest}", number + self.shift)),
                Err(_) => self.text.push_str(&format!("${piece}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::PgPool;

    async fn notes(db: &mut PgConnection) -> Vec<(i64, String)> {
        sqlx::query_as("SELECT version, word FROM notes ORDER BY version").fetch_all(db).await.expect("rows")
    }

    fn note(together: &mut Together, name: &str, version: i64, word: &str) {
        let statement = "INSERT INTO notes (version, word) VALUES ($1, $2 || '$' || $1) RETURNING version";
        together.part(name, statement).bind(version).expect("bound").bind(word).expect("bound");
    }

    #[sqlx::test(migrations = false)]
    async fn parts_are_written_together_or_not_at_all(pool: PgPool) {
        let mut db = pool.acquire().await.expect("a connection");
        sqlx::raw_sql("CREATE TABLE notes (version bigint PRIMARY KEY, word text)").execute(&mut *db).await.expect("a table");
        assert_eq!(Together::default().write(&mut db, None).await.expect("nothing to do"), None);
        let mut six = Together::default();
        for version in 1..=6 {
            note(&mut six, &format!("n{version}"), version, "word");
        }
        six.part("last", "INSERT INTO notes SELECT version + $1, 'after' FROM n6").bind(10_i64).expect("bound");
        assert_eq!(six.write(&mut db, Some("n3")).await.expect("written"), Some(3));
        let written = notes(&mut db).await;
        let expected = (1..=6).map(|version| (version, format!("word${version}"))).chain([(16, "after".to_owned())]);
        assert_eq!(written, expected.collect::<Vec<_>>());
        let mut twice = Together::default();
        note(&mut twice, "new", 7, "word");
        note(&mut twice, "old", 1, "word");
        twice.write(&mut db, None).await.expect_err("1 is there");
        assert_eq!(notes(&mut db).await, written, "nor is 7");
    }
}
