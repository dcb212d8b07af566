//! The way through an event's fence: a connection that is inside is given to nobody else until it has left.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::error::Fault;
use crate::store::desks;

/// A connection that is inside the fence, or may be. Dropped there, it is closed: then Postgres undoes what was begun and lets others in.
pub struct Gate {
    db: Option<PoolConnection<Postgres>>,
    begun: bool,
}

impl Gate {
    pub fn new(db: PoolConnection<Postgres>) -> Gate {
        Gate { db: Some(db), begun: false }
    }

    pub fn db(&mut self) -> Result<&mut PgConnection, Fault> {
        self.db.as_deref_mut().ok_or(Fault::Database(sqlx::Error::WorkerCrashed))
    }

    /// Begins the transaction in which the pile is decided.
    pub async fn begin(&mut self) -> Result<(), Fault> {
        self.begin_with(desks::BEGIN).await
    }

    /// Begins a transaction by this statement.
    pub async fn begin_with(&mut self, statement: &'static str) -> Result<(), Fault> {
        // also when nobody waits for the answer any more: then Postgres may have begun
        self.begun = true;
        self.run(statement).await
    }

    /// Undoes what was begun, and leaves.
    pub async fn roll_back_and_leave(&mut self) -> Result<(), Fault> {
        self.run(desks::ROLL_BACK_AND_LEAVE).await?;
        self.begun = false;
        Ok(())
    }

    /// Commits what was begun, if anything was, and leaves. After an error nobody knows whether it was committed.
    pub async fn commit_and_leave(&mut self) -> Result<(), Fault> {
        // whatever COMMIT says, no transaction is open after it
        let begun = std::mem::take(&mut self.begun);
        self.run(if begun { desks::COMMIT_AND_LEAVE } else { desks::LEAVE }).await
    }

    /// Undoes what was begun and leaves, if the connection still listens.
    pub async fn give_up(mut self) {
        let begun = std::mem::take(&mut self.begun);
        let leaving = self.run(if begun { desks::ROLL_BACK_AND_LEAVE } else { desks::LEAVE });
        if let Ok(Ok(())) = tokio::time::timeout(GIVE_UP, leaving).await {
            self.db = None;
        }
    }

    /// The connection, now that it has left.
    pub fn left(mut self) -> Option<PoolConnection<Postgres>> {
        self.db.take()
    }

    async fn run(&mut self, statements: &'static str) -> Result<(), Fault> {
        desks::run(self.db()?, statements).await
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            drop(db.detach());
        }
    }
}

/// How long a connection may take to leave before it is closed.
const GIVE_UP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture;
    use sqlx::PgPool;

    /// What is begun is undone before anybody else gets the connection. The control forgets that it was begun.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_gives_up_leaves_no_transaction_behind(pool: PgPool) {
        let mut watcher = pool.acquire().await.expect("a connection");
        for remembers in [true, false] {
            let mut gate = Gate::new(pool.acquire().await.expect("a connection"));
            gate.begin().await.expect("begun");
            gate.begun &= remembers;
            gate.give_up().await;
            let inside = fixture::inside(&mut watcher).await.expect("a count");
            assert_eq!(inside, if remembers { 0 } else { 1 });
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_not_begun_is_left_and_what_was_is_committed(pool: PgPool) {
        let mut watcher = pool.acquire().await.expect("a connection");
        for begins in [false, true] {
            let mut gate = Gate::new(pool.acquire().await.expect("a connection"));
            if begins {
                gate.begin().await.expect("begun");
            }
            gate.commit_and_leave().await.expect("left");
            assert!(!gate.begun, "nothing is open after it, whatever COMMIT says");
            assert!(gate.left().is_some());
            assert_eq!(fixture::inside(&mut watcher).await.expect("a count"), 0);
        }
    }
}
