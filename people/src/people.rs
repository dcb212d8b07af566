//! The handle to people: shared by all handlers, cheap to clone.

use domain::Clock;
use sqlx::PgPool;

use crate::config::PeopleConfig;
use crate::error::Fault;
use crate::key::KeyCache;
use crate::session::SessionCache;
use crate::store::sessions;

/// Knows who asks.
#[derive(Clone)]
pub struct People {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) config: PeopleConfig,
    pub(crate) sessions: SessionCache,
    pub(crate) keys: KeyCache,
}

impl People {
    /// Opens the door over a migrated database.
    pub fn new(pool: PgPool, clock: Clock, config: PeopleConfig) -> Self {
        let (sessions, keys) = (SessionCache::new(config.sessions_remembered), KeyCache::new(config.keys_remembered));
        Self { pool, clock, config, sessions, keys }
    }

    /// Deletes what is kept no longer: sessions that have ended. Gives how many rows.
    pub async fn purge(&self) -> Result<u64, Fault> {
        sessions::purge(&self.pool, self.clock.now()).await
    }
}
