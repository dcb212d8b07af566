//! One named transaction, tried again when the database says that another try may succeed.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// What is done inside a transaction.
pub type Work<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

/// Tries at one transaction before its last error is given.
const TRIES: u32 = 5;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(5);

/// An error that may have come from the database.
pub trait Retry: From<sqlx::Error> {
    /// The database's part of it, if there is one.
    fn database(&self) -> Option<&sqlx::Error>;
}

impl Retry for sqlx::Error {
    fn database(&self) -> Option<&sqlx::Error> {
        Some(self)
    }
}

/// Begins a transaction with `statement`. A caller who gives up in between leaves no connection inside one.
pub async fn begin_with(pool: &PgPool, statement: &'static str) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    // In a task of its own: broken off before Postgres answers, sqlx gives the connection back without a ROLLBACK.
    tokio::spawn(async move { pool.begin_with(statement).await }).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// As [`begin_with`], in the usual way.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(pool, "BEGIN").await
}

/// As [`begin`], for who writes what an import may be changing for minutes: a row that does not come within a second is away. Whoever waited
/// for it would keep a connection from all others.
pub async fn begin_briefly(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(pool, "BEGIN; SET LOCAL lock_timeout = '1s'").await
}

/// Runs `work` in a transaction and commits it; an error of `work` rolls back.
///
/// Takes     `name`: what stands in the span and the log. `work` may run several times: it changes nothing but through its connection.
/// Refuses   whatever `work` refuses, after at most five tries where the database asked for another.
pub async fn transaction<T, E: Retry>(
    name: &'static str,
    pool: &PgPool,
    work: impl for<'c> Fn(&'c mut PgConnection) -> Work<'c, T, E> + Send + Sync,
) -> Result<T, E> {
    let mut pause = PAUSE;
    for n in 1.. {
        match once(pool, &work).await {
            Err(error) if n < TRIES && error.database().is_some_and(retryable) => {
                tracing::debug!(name, n, "a transaction is tried again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            done => return done,
        }
    }
    Err(sqlx::Error::PoolClosed.into())
}

async fn once<T, E: Retry>(pool: &PgPool, work: &impl for<'c> Fn(&'c mut PgConnection) -> Work<'c, T, E>) -> Result<T, E> {
    let mut transaction = begin(pool).await?;
    let done = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(done)
}

/// Whether the database ended a transaction in a way that says: try again. Nothing of it was done.
///
/// Source    SQLSTATE classes of the PostgreSQL manual, appendix A: serialization failure, deadlock, out of locks' memory.
pub fn retryable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01" | "53200"))
}

/// Why the database cannot do now what it was asked, though nothing is wrong with it: it is away, starting, full, out of connections, or
/// waited too long for somebody else. Whether it was done is not known when the connection broke.
///
/// Source    SQLSTATE classes of the PostgreSQL manual, appendix A.
pub fn away(error: &sqlx::Error) -> Option<String> {
    use sqlx::Error as E;
    match error {
        E::Database(error) => error.code().filter(|code| is_away(code)).map(Into::into),
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => Some(error.to_string()),
        _ => None,
    }
}

fn is_away(code: &str) -> bool {
    match code {
        // out of locks' memory: another try may do
        "53200" => false,
        // a query was cancelled, a server shut down, crashed or starts; a session was idle for too long
        "57014" | "57P01" | "57P02" | "57P03" | "57P05" => true,
        // idle or open for too long inside a transaction; a server that only reads; a lock that did not come; a disk that fails
        "25P03" | "25P04" | "25006" | "55P03" | "58030" => true,
        _ => code.starts_with("08") || code.starts_with("53"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn fails(conn: &mut PgConnection, state: &'static str) -> sqlx::Result<()> {
        let statement = format!("DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}'; END $$");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(conn).await.map(|_| ())
    }

    /// How often the work ran, and whether it came to an end.
    async fn tries(pool: &PgPool, state: &'static str, failures: u32) -> (u32, bool) {
        let ran = AtomicU32::new(0);
        let done = transaction("test", pool, |conn| {
            let n = ran.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { if n < failures { fails(conn, state).await } else { Ok(()) } })
        })
        .await;
        (ran.into_inner(), done.is_ok())
    }

    #[sqlx::test(migrations = false)]
    async fn only_what_another_try_may_mend_is_tried_again_and_not_for_ever(pool: PgPool) {
        assert_eq!(tries(&pool, "40001", 2).await, (3, true));
        assert_eq!(tries(&pool, "40P01", 9).await, (TRIES, false));
        assert_eq!(tries(&pool, "23505", 1).await, (1, false), "a broken key stays broken");
    }

    /// Broken off as soon as BEGIN is on its way; the pool's only connection is outside of any transaction when the next one gets it.
    #[sqlx::test(migrations = false)]
    async fn who_gives_up_while_a_transaction_begins_leaves_no_connection_inside_one(pool: PgPool) {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let one = options.connect_with((*pool.connect_options()).clone()).await.expect("a pool");
        for _ in 0..20 {
            let mut beginning = Box::pin(begin(&one));
            let begun = std::future::poll_fn(|cx| std::task::Poll::Ready(beginning.as_mut().poll(cx).is_ready())).await;
            assert!(!begun, "Postgres cannot have answered yet");
            tokio::task::yield_now().await;
            drop(beginning);
            let mut conn = one.acquire().await.expect("a connection");
            let mut at = async || -> String {
                sqlx::query_scalar("SELECT transaction_timestamp()::text").fetch_one(&mut *conn).await.expect("a time")
            };
            assert_ne!(at().await, at().await, "each statement is a transaction of its own");
        }
    }

    #[test]
    fn a_database_that_is_away_is_told_from_one_that_says_no() {
        let away = ["08006", "53100", "53300", "57P01", "57P02", "57P03", "57014", "25P03", "55P03", "58030"];
        assert!(away.iter().all(|code| is_away(code)));
        assert!(["23505", "40001", "53200", "42601", "57000"].iter().all(|code| !is_away(code)));
        assert!(super::away(&sqlx::Error::PoolTimedOut).is_some() && super::away(&sqlx::Error::RowNotFound).is_none());
    }

    /// The control: who begins in the usual way waits for as long as it takes.
    #[sqlx::test(migrations = false)]
    async fn who_begins_briefly_is_told_when_a_lock_does_not_come(pool: PgPool) {
        let locks = async |db: &mut PgConnection| sqlx::query("SELECT pg_advisory_xact_lock(7)").execute(db).await;
        let limit = async |db: &mut PgConnection| sqlx::query_scalar::<_, String>("SHOW lock_timeout").fetch_one(db).await;
        let mut usual = begin(&pool).await.expect("begun");
        assert_eq!(limit(&mut usual).await.expect("a setting"), "0");
        locks(&mut usual).await.expect("its own");
        let mut brief = begin_briefly(&pool).await.expect("begun");
        let refused = locks(&mut brief).await.expect_err("another's");
        assert_eq!(super::away(&refused).as_deref(), Some("55P03"));
        brief.rollback().await.expect("over");
        usual.commit().await.expect("over");
        let mut brief = begin_briefly(&pool).await.expect("begun");
        locks(&mut brief).await.expect("free");
        brief.commit().await.expect("over");
        assert_eq!(limit(&mut *pool.acquire().await.expect("a connection")).await.expect("a setting"), "0", "it ends with it");
    }

    #[sqlx::test(migrations = false)]
    async fn what_postgres_says_when_it_is_full_is_known_as_that(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        let full = fails(&mut conn, "53100").await.expect_err("full");
        assert_eq!(super::away(&full).as_deref(), Some("53100"));
    }
}
