//! Statements of tests past all verbs.

use sqlx::PgPool;

use crate::name::LeaseName;

/// Runs a statement, as an enemy or a clock would.
pub async fn spoil(pool: &PgPool, statement: &str) -> u64 {
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(pool).await.expect("a statement that works").rows_affected()
}

pub async fn count(pool: &PgPool, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(pool).await.expect("a count")
}

/// The function that claims, without some words of it.
pub async fn claims_without(pool: &PgPool, words: &str) {
    let statement = "SELECT pg_get_functiondef('claim_lease'::regproc)";
    let function: String = sqlx::query_scalar(statement).fetch_one(pool).await.expect("a function");
    let without = function.replace(words, "");
    assert_ne!(without, function, "the words are there");
    sqlx::raw_sql(sqlx::AssertSqlSafe(without)).execute(pool).await.expect("replaced");
}

/// A node that has a lease and whose time is over, with a renewal of its heartbeat that is not yet committed.
pub async fn renewing(pool: &PgPool, name: LeaseName) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let statement = format!(
        "INSERT INTO nodes VALUES ('00000000-0000-0000-0000-00000000000a', NULL, 1, clock_timestamp())
            ON CONFLICT (id) DO UPDATE SET until = excluded.until;
        INSERT INTO leases VALUES ('{name}', '00000000-0000-0000-0000-00000000000a', 1, 1) ON CONFLICT (name) DO NOTHING"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await.expect("a node");
    let mut renewing = pool.begin().await.expect("begun");
    let statement = "UPDATE nodes SET until = clock_timestamp() + interval '1 hour' WHERE url IS NULL";
    sqlx::query(statement).execute(&mut *renewing).await.expect("renewed");
    renewing
}

/// No heartbeat of any node is answered until this ends.
pub async fn away(pool: &PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut away = pool.begin().await.expect("begun");
    sqlx::query("LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE").execute(&mut *away).await.expect("locked");
    away
}

/// Waits until some backend of this database waits for a lock.
pub async fn waits_for_a_lock(pool: &PgPool) {
    let statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '-- leases.claim%'";
    while sqlx::query_scalar::<_, i64>(statement).fetch_one(pool).await.is_ok_and(|waiting| waiting == 0) {
        tokio::task::yield_now().await;
    }
}
